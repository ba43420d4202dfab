// The whole page: same bytes each time, nothing from outside, policy hashes that fit, texts left out when
// asked.
#include "sonde/report/report.h"

#include <cstdio>
#include <map>

#include "report_cases.h"
#include "sonde/report/page/embedded.h"
#include "sonde/report/template.h"

namespace sonde::report {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::map<std::string, std::string> files_of(const result::Result& r) {
  std::map<std::string, std::string> files;
  write_report(r, [&](std::string_view path, std::string_view bytes) { files.emplace(path, bytes); });
  return files;
}

TEST(Report, WritesThePageAndEachFigureTwice) {
  const auto files = files_of(honest_result());
  EXPECT_EQ(files.size(), 1 + 2 * (figure_records().size() - 2));
  for (const FigureRecord* record : figure_records()) {
    if (record->name == "predicted_numbers" || record->name == "projections") continue;  // nothing to draw
    const std::string name = "figures/" + std::string(record->name);
    ASSERT_TRUE(files.contains(name + ".svg")) << name;
    EXPECT_THAT(files.at(name + ".svg"), testing::StartsWith("<svg xmlns=\"http://www.w3.org/2000/svg\""));
    EXPECT_EQ(files.at(name + ".png").substr(0, 8), "\x89PNG\r\n\x1a\n") << name;
  }
}

TEST(Report, GivesTheSameBytesEachTime) {
  EXPECT_EQ(files_of(recorded_result()), files_of(recorded_result()));
}

TEST(Report, ReferencesNothingOutside) {
  const std::string html = report_html(recorded_result());
  EXPECT_LT(html.size(), 400'000u);
  for (const char* outside :
       {"src=\"", "<link rel=\"stylesheet", "@import", "url(", "href=\"http", " style=\"", " onclick="}) {
    EXPECT_THAT(html, Not(HasSubstr(outside)));
  }
  EXPECT_THAT(html, HasSubstr("default-src 'none'; style-src 'sha256-"));
  EXPECT_THAT(html, Not(HasSubstr("unsafe-inline")));
}

TEST(Report, LeavesNoTemplateMarkOpen) {
  const std::string html = report_html(recorded_result());
  const std::size_t script = html.rfind("<script>");
  EXPECT_EQ(html.substr(0, script).find("{{"), std::string::npos);
}

TEST(Report, LeavesRowTextsOutWhenAsked) {
  const result::Result r = recorded_result();
  const std::string text = r.best.mistakes[0].text;
  EXPECT_THAT(report_html(r), HasSubstr(text));
  const std::string bare = report_html(r, {.row_texts = RowTexts::left_out});
  EXPECT_THAT(bare, Not(HasSubstr(text)));
  EXPECT_THAT(bare, Not(HasSubstr(r.best.mistakes[0].group)));
  EXPECT_THAT(bare, HasSubstr("Their texts are left out of this report."));
}

TEST(Report, StandsForEmptyAndThinResults) {
  EXPECT_NO_THROW(files_of(result::Result{}));
  result::Result r = recorded_result();
  r.baselines.clear();
  r.leaks.clear();
  r.best.mistakes.clear();
  r.best.confusion = {};
  r.best.per_class.clear();
  r.best.calibration = {};
  for (auto& row : r.results) row.differences.clear(), row.valid_metrics.clear(), row.train_metrics.clear();
  const std::string html = report_html(r);
  EXPECT_THAT(html, Not(HasSubstr("id=\"real\"")));
  EXPECT_THAT(html, Not(HasSubstr("t-valid\"")));
}

TEST(Report, SpeaksOfNumbersWhereNumbersWerePredicted) {
  const std::string html = report_html(recorded_numbers());
  EXPECT_THAT(html, AllOf(HasSubstr("Predicted against true, test"), HasSubstr("Where can it be read off?"),
                          HasSubstr("class=\"errors\""), HasSubstr("a text of one row"),
                          HasSubstr("\u22122.75"), HasSubstr("reviews, rating 1 to 10")));
  EXPECT_THAT(html, AllOf(Not(HasSubstr("id=\"cm\"")), Not(HasSubstr("majority class")),
                          Not(HasSubstr("id=\"hist\""))));
  EXPECT_THAT(report_html(recorded_numbers(), {.row_texts = RowTexts::left_out}),
              Not(HasSubstr("a text of one row")));
}

TEST(Report, ShowsUndefinedMetricsAsSuch) {
  result::Result r = recorded_result();
  for (auto& row : r.results) row.metrics[2].second = {kNone, kNone, kNone};
  const std::string html = report_html(r);
  EXPECT_THAT(html, AllOf(HasSubstr("undefined"), Not(HasSubstr(">nan"))));
}

TEST(Report, SwitchesToMoreThanTwoClasses) {
  result::Result r = recorded_result();
  r.data.classes = {{"a", 3, 1, 1, 1}, {"b", 3, 1, 1, 1}, {"c", 3, 1, 1, 1}, {"d", 3, 1, 1, 1},
                    {"e", 3, 1, 1, 1}, {"f", 3, 1, 1, 1}, {"g", 3, 1, 1, 1}};
  r.best.confusion = {{"a", "b", "c", "d", "e", "f", "g"},
                      std::vector<std::vector<std::int64_t>>(7, {1, 2, 3, 4, 5, 6, 7})};
  r.best.per_class.clear();
  const std::string html = report_html(r);
  EXPECT_THAT(html, HasSubstr("class=\"cm many wide\""));
  EXPECT_THAT(html, HasSubstr("Of 7 classes it finds g best"));
  EXPECT_THAT(html, Not(HasSubstr("id=\"hist\"")));
}

TEST(ChartStyle, PutsEveryLightColourIn) {
  const std::string svg = draw_svg_file(*draw_figure("accuracy_by_address", Reading(recorded_result())));
  EXPECT_THAT(svg, AllOf(HasSubstr("#1d63c4"), Not(HasSubstr("var(")), Not(HasSubstr("light-dark"))));
}

TEST(Template, FillsItsFiveForms) {
  const nlohmann::ordered_json view = {
      {"a", "<x>"}, {"list", {{{"n", 1}}, {{"n", 2}}}}, {"words", {"p", "q"}}, {"off", false}, {"none", ""}};
  EXPECT_EQ(fill_template("{{a}}|{{{a}}}|{{#list}}{{n}}{{a}};{{/list}}|{{#words}}{{.}}{{/words}}", view),
            "&lt;x&gt;|<x>|1&lt;x&gt;;2&lt;x&gt;;|pq");
  EXPECT_EQ(fill_template("{{#off}}x{{/off}}{{^off}}y{{/off}}{{#none}}z{{/none}}{{absent}}{{! c }}", view),
            "y");
  EXPECT_ANY_THROW(fill_template("{{#list}}", view));
}

TEST(Template, DoesNotReadWhatIsSkipped) {
  // The whole view as text would not even be UTF-8.
  EXPECT_EQ(fill_template("{{#off}}{{.}}{{/off}}x", {{"off", false}, {"bytes", "\xFF"}}), "x");
}

TEST(Template, DoesNotFillWhatDataBrings) {
  EXPECT_EQ(fill_template("{{a}}", {{"a", "{{b}}{{{b}}}"}, {"b", "no"}}), "{{b}}{{{b}}}");
}

}  // namespace
}  // namespace sonde::report

// The section of the controls: its answer by the numbers, a row per control, and nothing where none ran.
#include "report_cases.h"
#include "sonde/report/report.h"
#include "sonde/report/sentences.h"

namespace sonde::report {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string answer(const result::Result& r) { return honesty_sentence(Reading(r)).plain(); }

void set_number(result::Result& r, std::size_t control, std::size_t number, metrics::Interval value) {
  r.honesty.controls[control].numbers[number].second = value;
}

TEST(Honesty, SaysWhetherShufflesReachTheResult) {
  result::Result r = honest_result();
  EXPECT_THAT(answer(r), StartsWith("Hardly. None of 19 fits to shuffled labels reaches 78.3"));
  EXPECT_THAT(answer(r), HasSubstr("p = 0.050, the smallest that 19 shuffles can give"));
  set_number(r, 0, 0, {0.15, kNone, kNone});
  EXPECT_THAT(answer(r), StartsWith("It could. 2 of 19 fits to shuffled labels reach 78.3"));
  EXPECT_THAT(answer(r), Not(HasSubstr("significant")));
}

TEST(Honesty, SaysWhatTrainingTheModelAdds) {
  result::Result r = honest_result();
  EXPECT_THAT(answer(r), HasSubstr("training the model adds 17.3 points [15.0, 19.5]"));
  set_number(r, 5, 1, {0.003, -0.01, 0.016});
  EXPECT_THAT(answer(r), HasSubstr("cannot be told apart from it"));
}

TEST(Honesty, SaysWhenTheFeaturesDoNotShortenTheLabels) {
  result::Result r = honest_result();
  EXPECT_THAT(answer(r), HasSubstr("needs 1.38 times fewer bits"));
  set_number(r, 2, 0, {0.97, kNone, kNone});
  EXPECT_THAT(answer(r), HasSubstr("do not shorten the labels"));
}

TEST(Honesty, SaysWhatCorrectionOverAddressesLeaves) {
  result::Result r = honest_result();
  r.honesty.addresses = {{r.best.at, r.best.probe, "", 0.05, 0.1, 0.08, 0.07},
                         {"hidden[0]", r.best.probe, "", 0.2, 0.2, 0.2, 0.3}};
  EXPECT_THAT(answer(r), HasSubstr("counting that 2 hidden states were tried, p = 0.070"));
  EXPECT_THAT(report_html(r), HasSubstr("Benjamini–Hochberg"));
}

TEST(Honesty, ThePageHasARowForEveryControlAndTheFiguresAreNumberedOn) {
  const std::string html = report_html(honest_result());
  for (const char* text :
       {"Could this be an accident?", "Shuffled labels", "Control task", "Codelength", "Learning curve",
        "Other training rows", "+27.0 [25.0, 29.0]", "1.38 times shorter", "5,381 bits instead of 7,414",
        "Figure 2.", "Figure 3.", "Figure 4.", "href=\"#accident\""})
    EXPECT_THAT(html, HasSubstr(text)) << text;
}

TEST(Honesty, AnUnknownControlAndAnUndefinedOneStillShow) {
  result::Result r = honest_result();
  r.honesty.controls[1].numbers = {{"selectivity", {kNone, kNone, kNone}}};
  r.honesty.controls[2].name = "new_control";
  const std::string html = report_html(r);
  EXPECT_THAT(html, AllOf(HasSubstr("New control"), HasSubstr("undefined"), Not(HasSubstr(">nan"))));
}

TEST(Honesty, SaysWhatErasingLeavesAndHowManyDirectionsThatTakes) {
  result::Result r = honest_result();
  const std::string html = report_html(r);
  for (const char* text : {"Linear erasure", "51.0 % [49.0, 53.0]",
                           "before 78.3 %; without reading anything 50.6 %, difference +0.4",
                           "Nullspace projection", "3 directions", "after 3 rounds"})
    EXPECT_THAT(html, HasSubstr(text)) << text;
  EXPECT_THAT(html, Not(HasSubstr("more than 3")));
  set_number(r, 7, 2, {0.05, 0.03, 0.07});
  EXPECT_THAT(report_html(r), HasSubstr("more than 3 directions"));
  set_number(r, 7, 0, {2.5, kNone, kNone});
  EXPECT_THAT(report_html(r), HasSubstr("more than 2.5 directions"));
}

TEST(Honesty, IsAbsentWithoutControls) {
  EXPECT_THAT(report_html(recorded_result()), Not(HasSubstr("Could this be an accident?")));
}

}  // namespace
}  // namespace sonde::report

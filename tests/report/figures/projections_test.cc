// One figure a picture, under its own name; none without pictures.
#include "../picture_cases.h"
#include "../report_cases.h"
#include "sonde/report/report.h"

namespace sonde::report {
namespace {

const FigureRecord& record() {
  for (const FigureRecord* one : figure_records()) {
    if (one->name == "projections") return *one;
  }
  throw std::logic_error("not in the catalogue");
}

TEST(Projections, AreOneFigureAPicture) {
  result::Result r = recorded_result();
  EXPECT_TRUE(draw_figures(record(), Reading(r)).empty());
  r.pictures = {plane_picture(), token_picture(), result::Picture{}};
  const std::vector<Figure> figures = draw_figures(record(), Reading(r));
  ASSERT_EQ(figures.size(), 2u);
  EXPECT_EQ(figures[0].name, "picture-1-tsne");
  EXPECT_EQ(figures[1].name, "tokens");
}

TEST(Projections, StandInTheReportWithHowToReadThem) {
  result::Result r = recorded_result();
  EXPECT_EQ(report_html(r).find("id=\"pictures\""), std::string::npos);
  r.pictures = {plane_picture(), token_picture()};
  const std::string html = report_html(r);
  EXPECT_THAT(html,
              testing::HasSubstr("<b>Picture 1.</b> t-SNE of 6 examples, at hidden[2]. Only who is near whom "
                                 "can be read. Trustworthiness over 2 neighbours: 0.912."));
  EXPECT_THAT(html, testing::HasSubstr("<b>Picture 2.</b> PCA of 4 tokens of row 7"));
  std::vector<std::string> files;
  write_report(r, [&](std::string_view path, std::string_view) { files.emplace_back(path); });
  EXPECT_THAT(files, testing::IsSupersetOf(
                         {"figures/picture-1-tsne.svg", "figures/picture-1-tsne.png", "figures/tokens.svg"}));
}

}  // namespace
}  // namespace sonde::report

// The section of a recipe: its slips, both editions where both ran, and nothing for a study that is none.
#include "report_cases.h"
#include "sonde/report/report.h"

namespace sonde::report {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(RecipeSection, TellsSlipsAndBothEditions) {
  const std::string html = report_html(recipe_result());
  for (const char* text : {"id=\"recipe\"", "A study of layers", "run as corrected",
                           "As published its best is", "Padding &amp; mean", "Pads are averaged in.",
                           "../published/report.html", "Both editions, address by address", "61.0"})
    EXPECT_THAT(html, HasSubstr(text)) << text;
}

TEST(RecipeSection, ShowsTheSlipsOfAnEditionAlone) {
  result::Result r = recipe_result();
  r.recipe.other = {};
  const std::string html = report_html(r);
  EXPECT_THAT(html, HasSubstr("Padding &amp; mean"));
  EXPECT_THAT(html, Not(HasSubstr("Both editions, address by address")));
}

TEST(RecipeSection, IsAbsentForAnyOtherStudy) {
  EXPECT_THAT(report_html(recorded_result()), Not(HasSubstr("id=\"recipe\"")));
}

}  // namespace
}  // namespace sonde::report

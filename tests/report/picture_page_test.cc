#include "sonde/report/picture_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "picture_cases.h"

namespace sonde::report {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(PicturePage, StandsAloneAndAllowsOnlyItsOwnScript) {
  const std::string page = picture_html(plane_picture());
  EXPECT_THAT(page, HasSubstr("default-src 'none'; style-src 'sha256-"));
  EXPECT_THAT(page, Not(HasSubstr("src=\"")));
  EXPECT_EQ(page, picture_html(plane_picture()));
}

TEST(PicturePage, DataNeverBecomesMarkup) {
  result::Picture picture = token_picture();
  picture.classes = {"<img onerror=x>", "b"};
  picture.labels = {0, 1, 0, 1};
  picture.at = "<at>";
  const std::string page = picture_html(picture);
  EXPECT_THAT(page, Not(HasSubstr("</script><b>")));
  EXPECT_THAT(page, Not(HasSubstr("<img")));
  EXPECT_THAT(page, Not(HasSubstr("<at>")));
  EXPECT_THAT(page, HasSubstr("\\u003c/script\\u003e\\u003cb\\u003e"));
}

TEST(PicturePage, HoldsTheStillDrawingAndTheNumbers) {
  const std::string page = picture_html(plane_picture());
  EXPECT_THAT(page, HasSubstr("<svg viewBox=\"0 0 800 520\""));
  EXPECT_THAT(page, HasSubstr("\"x\":[0.0,1.0,2.0,10.0,11.0,12.0]"));
  EXPECT_THAT(page, HasSubstr("Only who is near whom can be read."));
}

}  // namespace
}  // namespace sonde::report

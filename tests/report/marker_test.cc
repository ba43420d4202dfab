#include "sonde/report/marker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace sonde::report {
namespace {

TEST(Marker, TenClassesLookDifferentAndTheRestAlike) {
  std::set<std::string> marks;
  for (int index = 0; index < kMarkers; ++index) marks.insert(class_marker(index, 10, 20, 4));
  EXPECT_EQ(marks.size(), 10u);
  EXPECT_EQ(class_marker(10, 1, 2, 3), class_marker(37, 1, 2, 3));
  EXPECT_EQ(class_marker(0, 1, 2, 3), "<circle class=\"pt k0f\" cx=\"1.0\" cy=\"2.0\" r=\"3.0\"/>");
  EXPECT_THAT(class_marker(7, 1, 2, 3), testing::HasSubstr("pt k2o"));  // hollow, of the colour of class 2
}

TEST(Marker, StepsOfTheScale) {
  for (const auto& [share, step] :
       {std::pair{0.0, "s0f"}, {0.124, "s0f"}, {0.126, "s1f"}, {0.99, "s7f"}, {1.0, "s7f"}})
    EXPECT_THAT(shade_marker(share, 1, 2, 3), testing::HasSubstr(step)) << share;
  EXPECT_THAT(shade_marker(std::nan(""), 1, 2, 3), testing::HasSubstr("s0f"));
}

}  // namespace
}  // namespace sonde::report

#include "cases.h"

namespace sonde::metrics {
namespace {

TEST(Accuracy, EqualsScikitLearn) {
  expect_golden("accuracy");
  expect_golden("balanced_accuracy");
}

// Accuracies that a published table of four online probes prints, and the counts they come from.
TEST(Accuracy, GivesPublishedFractions) {
  EXPECT_DOUBLE_EQ(value_of(from_confusion({{67, 4}, {14, 59}}), "accuracy"), 126.0 / 144);
  EXPECT_NEAR(value_of(from_confusion({{159, 38}, {30, 141}}), "accuracy"), 0.815217, 5e-7);
  EXPECT_NEAR(value_of(from_confusion({{159, 38}, {33, 138}}), "accuracy"), 0.807065, 5e-7);
  EXPECT_NEAR(value_of(from_confusion({{126, 45}, {77, 120}}), "accuracy"), 0.668478, 5e-7);
}

TEST(Accuracy, LeavesAbsentClassesOutOfTheBalance) {
  EXPECT_DOUBLE_EQ(value_of(from_confusion({{3, 1, 0}, {1, 1, 0}, {0, 0, 0}}), "balanced_accuracy"),
                   (0.75 + 0.5) / 2);
}

}  // namespace
}  // namespace sonde::metrics

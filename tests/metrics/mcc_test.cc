#include "cases.h"

namespace sonde::metrics {
namespace {

TEST(Mcc, EqualsScikitLearn) { expect_golden("mcc"); }

// Matthews values that a published table of four online probes prints, and the counts they come from.
TEST(Mcc, GivesPublishedFigures) {
  EXPECT_NEAR(value_of(from_confusion({{67, 4}, {14, 59}}), "mcc"), .757752, 5e-7);
  EXPECT_NEAR(value_of(from_confusion({{159, 38}, {30, 141}}), "mcc"), .630322, 5e-7);
  EXPECT_NEAR(value_of(from_confusion({{159, 38}, {33, 138}}), "mcc"), .613169, 5e-7);
  EXPECT_NEAR(value_of(from_confusion({{126, 45}, {77, 120}}), "mcc"), .346969, 5e-7);
}

TEST(Mcc, IsZeroForAConstantPredictor) { EXPECT_EQ(value_of(from_confusion({{5, 0}, {9, 0}}), "mcc"), 0); }

TEST(Mcc, IsOneWhenPerfectAndMinusOneWhenInverted) {
  EXPECT_DOUBLE_EQ(value_of(from_confusion({{5, 0}, {0, 9}}), "mcc"), 1);
  EXPECT_DOUBLE_EQ(value_of(from_confusion({{0, 5}, {9, 0}}), "mcc"), -1);
}

TEST(Mcc, IsSymmetricUnderSwappingTheClasses) {
  EXPECT_DOUBLE_EQ(value_of(from_confusion({{67, 4}, {14, 59}}), "mcc"),
                   value_of(from_confusion({{59, 14}, {4, 67}}), "mcc"));
}

}  // namespace
}  // namespace sonde::metrics

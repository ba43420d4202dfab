#include "cases.h"

namespace sonde::metrics {
namespace {

TEST(PrecisionRecall, EqualsScikitLearn) {
  expect_golden("precision");
  expect_golden("recall");
  expect_golden("f1");
}

void expect_published(const std::vector<std::vector<int>>& counts, double precision, double recall,
                      double f1) {
  const Case c = from_confusion(counts);
  EXPECT_NEAR(value_of(c, "precision"), precision, 5e-7);  // printed with six digits
  EXPECT_NEAR(value_of(c, "recall"), recall, 5e-7);
  EXPECT_NEAR(value_of(c, "f1"), f1, 5e-7);
}

// Macro figures that a published table of four online probes prints, and the counts they come from.
TEST(PrecisionRecall, GivesPublishedMacroFigures) {
  expect_published({{67, 4}, {14, 59}}, .881834, .875941, .874613);
  expect_published({{159, 38}, {30, 141}}, .814490, .815834, .814774);
  expect_published({{159, 38}, {33, 138}}, .806108, .807062, .806435);
  expect_published({{126, 45}, {77, 120}}, .673981, .672990, .668390);
}

TEST(PrecisionRecall, IsZeroForAClassThatIsNeverPredicted) {
  const ConfusionMatrix confusion = confusion_matrix(from_confusion({{4, 0}, {4, 0}}).predictions());
  const ClassReport report = class_report(confusion, 1);
  EXPECT_EQ(report.precision, 0);
  EXPECT_EQ(report.recall, 0);
  EXPECT_EQ(report.f1, 0);
  EXPECT_EQ(report.support, 4);
}

}  // namespace
}  // namespace sonde::metrics

#include "sonde/study/answers.h"

#include <gtest/gtest.h>

namespace sonde::study {
namespace {

Matrix scores_of(const std::vector<float>& second) {
  Matrix scores(static_cast<std::int64_t>(second.size()), 2);
  for (std::int64_t i = 0; i < scores.rows(); ++i) {
    scores.row(i)[0] = 1 - second[i];
    scores.row(i)[1] = second[i];
  }
  return scores;
}

TEST(AnswersTest, FlatteryExchangesTheClassesOnlyWhereMoreAreRight) {
  const std::vector<std::int32_t> labels = {1, 1, 0, 0};
  Answers wrong, right;
  wrong.set(2, scores_of({0.25f, 0.75f, 0.75f, 0.75f}));  // one of four is right
  wrong.flatter(2, labels);
  EXPECT_EQ(wrong.predicted(2), (std::vector<std::int32_t>{1, 0, 0, 0}));
  EXPECT_EQ(wrong.scores(2).row(0)[1], 0.75f);
  right.set(2, scores_of({0.75f, 0.25f, 0.25f, 0.75f}));  // half are right: nothing to gain
  right.flatter(2, labels);
  EXPECT_EQ(right.predicted(2), (std::vector<std::int32_t>{1, 0, 0, 1}));
}

TEST(AnswersTest, KeepsTheFirstRowsOfAPart) {
  Answers answers;
  answers.set(2, scores_of({0.25f, 0.75f, 0.5f}));
  answers.keep_first(2, 5);
  EXPECT_EQ(answers.scores(2).rows, 3);
  answers.keep_first(2, 2);
  EXPECT_EQ(answers.predicted(2), (std::vector<std::int32_t>{0, 1}));
  EXPECT_EQ(answers.scores(2).rows, 2);
  EXPECT_EQ(answers.scores(2).row(1)[1], 0.75f);
}

}  // namespace
}  // namespace sonde::study

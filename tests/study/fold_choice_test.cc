#include "sonde/study/fold_choice.h"

#include <gmock/gmock.h>

#include <cmath>

namespace sonde::study {
namespace {

using data::Part;

TEST(FoldChoice, TakesTheBestAndTheFirstOfEquals) {
  const std::vector<result::Values> values{{{"accuracy", 0.5}, {"log_loss", 0.7}},
                                           {{"accuracy", 0.8}, {"log_loss", 0.4}},
                                           {{"accuracy", 0.8}, {"log_loss", 0.3}},
                                           {{"accuracy", std::nan("")}, {"log_loss", std::nan("")}}};
  EXPECT_EQ(best_of(values, "accuracy"), 1u);
  EXPECT_EQ(best_of(values, "log_loss"), 2u) << "smaller losses are better";
}

TEST(FoldChoice, NamesWhatMostFoldsChose) {
  result::Result result;
  for (const double value : {0.9, 0.7, 0.8})
    result.results.push_back({.valid_metrics = {{"accuracy", value}}});
  const std::vector<std::size_t> rivals{0, 1, 2};
  EXPECT_EQ(most_chosen(std::vector<std::size_t>{1, 1, 0}, rivals, result), 1u);
  EXPECT_EQ(most_chosen(std::vector<std::size_t>{1, 2, 1, 2}, rivals, result), 2u) << "the better of equals";
}

TEST(FoldChoice, AveragesOverFolds) {
  const std::vector<result::Values> folds{{{"accuracy", 0.5}, {"auroc", 0.5}},
                                          {{"accuracy", 0.75}, {"auroc", std::nan("")}}};
  const result::Values mean = mean_values(folds);
  EXPECT_EQ(result::find(mean, "accuracy"), 0.625);
  EXPECT_TRUE(std::isnan(result::find(mean, "auroc")));
}

TEST(FoldChoice, ComposesWhatEachFoldTests) {
  const std::vector<data::Fold> folds{{.parts = {Part::test, Part::train, Part::test}},
                                      {.parts = {Part::train, Part::test, Part::train}}};
  Matrix a(3, 1), b(3, 1);
  for (int i = 0; i < 3; ++i) a.row(i)[0] = static_cast<float>(i), b.row(i)[0] = static_cast<float>(10 + i);
  const std::vector<MatrixView> scores{std::as_const(a).view(), std::as_const(b).view()};
  const Matrix composed = compose(folds, scores);
  EXPECT_EQ(composed.row(0)[0], 0);
  EXPECT_EQ(composed.row(1)[0], 11);
  EXPECT_EQ(composed.row(2)[0], 2);
}

TEST(FoldChoice, JudgesRowsByTheirOwnTruth) {
  const std::vector<std::int32_t> labels{0, 1, 1, 0};
  fitting::FoldFits fits;
  fitting::ScoredRows scored{{1, 3}, Matrix(2, 2)};
  scored.scores.row(0)[1] = scored.scores.row(1)[1] = 1;  // both said to be of class 1; row 3 is not
  fits.choosing.push_back(std::move(scored));
  const FoldJudgement judgement =
      judge_folds(fits, {.labels = labels, .targets = {}, .classes = 2}, metrics::Task::classes);
  EXPECT_EQ(result::find(judgement.choosing[0], "accuracy"), 0.5);
}

}  // namespace
}  // namespace sonde::study

#include "sonde/fitting/fold_fits.h"

#include <gmock/gmock.h>

#include "sonde/core/random.h"

namespace sonde::fitting {
namespace {

using data::Part;

// A probe that answers with the share of its training rows in class 1, and so tells what it was fitted on.
class Share : public probes::FittedProbe {
 public:
  explicit Share(float share) : share_(share) {}
  Matrix scores(const probes::ProbeInput& input) const override {
    Matrix scores(input.rows, 2);
    for (std::int64_t i = 0; i < input.rows; ++i) {
      scores.row(i)[0] = 1 - share_;
      scores.row(i)[1] = share_;
    }
    return scores;
  }
  probes::SavedProbe save() const override { return {}; }
  const std::vector<std::string>& classes() const override { return classes_; }
  const probes::FitReport& report() const override { return report_; }
  probes::InputKind input_kind() const override { return probes::InputKind::none; }

 private:
  float share_;
  std::vector<std::string> classes_{"no", "yes"};
  probes::FitReport report_;
};

float share_of(std::span<const std::int32_t> labels) {
  float ones = 0;
  for (const std::int32_t label : labels) ones += static_cast<float>(label);
  return ones / static_cast<float>(labels.size());
}

class ShareProbe : public probes::Probe {
 public:
  std::unique_ptr<probes::FittedProbe> fit(const probes::LabelledInput& train,
                                           const RunContext&) const override {
    return std::make_unique<Share>(share_of(train.labels));
  }
  std::string_view kind() const override { return "share"; }
  probes::InputKind input_kind() const override { return probes::InputKind::none; }
  nlohmann::ordered_json options() const override { return {}; }
};

const std::vector<std::string> kClasses{"no", "yes"};

struct Rows {
  std::vector<std::int32_t> labels;
  std::vector<std::int64_t> groups;
  Matrix features;

  explicit Rows(std::int64_t n) : features(n, 3) {
    const RandomStream stream(5, "fold fits test");
    for (std::int64_t i = 0; i < n; ++i) {
      labels.push_back(stream.below(3, i) == 0 ? 1 : 0);
      groups.push_back(i / 4);
      for (int j = 0; j < 3; ++j) {
        features.row(i)[j] = static_cast<float>(stream.uniform(n + 3 * i + j) + (j == 0 ? labels[i] : 0));
      }
    }
  }
  probes::LabelledInput all() const {
    return {probes::ProbeInput::of_features(features.view()), labels, kClasses};
  }
  data::SplitInput input() const {
    return {.rows = features.rows(), .labels = labels, .classes = kClasses, .groups = groups};
  }
  std::vector<std::int32_t> labels_of(const std::vector<std::int64_t>& rows) const {
    std::vector<std::int32_t> some;
    for (const std::int64_t row : rows) some.push_back(labels[row]);
    return some;
  }
};

TEST(FoldFits, ScoresEachRowByTheProbeThatDidNotSeeIt) {
  const Rows rows(60);
  for (const double valid : {0.0, 0.2}) {
    const auto folds = data::make_folds(rows.input(), {.method = "kfold", .valid = valid});
    const FoldFits fits = fit_in_folds(ShareProbe(), rows.all(), folds, {});
    ASSERT_EQ(fits.choosing.size(), 5u);
    for (std::size_t f = 0; f < folds.size(); ++f) {
      const float share = share_of(rows.labels_of(folds[f].rows_of(Part::train)));
      for (const std::int64_t row : folds[f].rows_of(Part::test)) EXPECT_EQ(fits.tested.row(row)[1], share);
      EXPECT_EQ(fits.training[f].rows, folds[f].rows_of(Part::train));
      EXPECT_EQ(fits.choosing[f].rows, folds[f].rows_of(valid > 0 ? Part::valid : Part::train));
    }
  }
}

TEST(FoldFits, ScoresRowsForChoosingByInnerFoldsWhenNested) {
  const Rows rows(60);
  const auto folds = data::make_folds(rows.input(), {.method = "nested", .inner = 3});
  const FoldFits fits = fit_in_folds(ShareProbe(), rows.all(), folds, {});
  for (std::size_t f = 0; f < folds.size(); ++f) {
    const data::Fold& fold = folds[f];
    const float outer = share_of(rows.labels_of(fold.rows_of(Part::train)));
    for (const std::int64_t row : fold.rows_of(Part::test)) EXPECT_EQ(fits.tested.row(row)[1], outer);
    const ScoredRows& chosen = fits.choosing[f];
    ASSERT_EQ(chosen.rows, fold.rows_of(Part::train));
    for (std::size_t i = 0; i < chosen.rows.size(); ++i) {
      std::vector<std::int64_t> kept;
      for (std::int64_t row = 0; row < 60; ++row) {
        if (fold.inner[row] >= 0 && fold.inner[row] != fold.inner[chosen.rows[i]]) kept.push_back(row);
      }
      EXPECT_EQ(chosen.scores.row(static_cast<std::int64_t>(i))[1], share_of(rows.labels_of(kept)));
    }
  }
}

// By hand: copy a fold's rows, fit, score.
TEST(FoldFits, HandsARealProbeTheRightRows) {
  const Rows rows(80);
  const auto folds = data::make_folds(rows.input(), {.method = "stratified_kfold", .valid = 0, .folds = 4});
  const auto probe = probes::make_probe("logistic");
  const FoldFits fits = fit_in_folds(*probe, rows.all(), folds, {});
  for (const data::Fold& fold : folds) {
    const auto train = fold.rows_of(Part::train), test = fold.rows_of(Part::test);
    const auto copy = [&](const std::vector<std::int64_t>& some) {
      Matrix matrix(static_cast<std::int64_t>(some.size()), 3);
      for (std::size_t i = 0; i < some.size(); ++i) {
        for (int j = 0; j < 3; ++j)
          matrix.row(static_cast<std::int64_t>(i))[j] = rows.features.row(some[i])[j];
      }
      return matrix;
    };
    const Matrix seen = copy(train), unseen = copy(test);
    const auto labels = rows.labels_of(train);
    const auto fitted = probe->fit({probes::ProbeInput::of_features(seen.view()), labels, kClasses}, {});
    const Matrix scores = fitted->scores(probes::ProbeInput::of_features(unseen.view()));
    for (std::size_t i = 0; i < test.size(); ++i) {
      EXPECT_EQ(fits.tested.row(test[i])[1], scores.row(static_cast<std::int64_t>(i))[1]);
    }
  }
  EXPECT_NE(fits.whole, nullptr);
  EXPECT_TRUE(fits.converged);
}

}  // namespace
}  // namespace sonde::fitting

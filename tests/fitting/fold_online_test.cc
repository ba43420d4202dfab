// Closed forms fitted in folds from sums against the same probes fitted to the stored rows of every fold.
#include "sonde/fitting/fold_online.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../capture/golden_model.h"
#include "sonde/core/random.h"

namespace sonde::fitting {
namespace {

using sonde::testing::GoldenModel;

constexpr std::int64_t kTexts = 200;

class FoldOnlineTest : public ::testing::Test {
 protected:
  FoldOnlineTest() {
    std::vector<std::int64_t> picked;
    const auto known = static_cast<std::int64_t>(golden_.all_texts().size());
    for (std::int64_t i = 0; i < kTexts; ++i) {
      picked.push_back(static_cast<std::int64_t>(RandomStream(1, "texts").below(known, i)));
      labels_.push_back(static_cast<std::int32_t>((picked.back() + (i % 5 == 0)) % 2));
      numbers_.push_back(labels_.back() + 0.3 * RandomStream(2, "numbers").uniform(i));
    }
    batch_ = golden_.batch(picked);
    const std::vector<std::string> asked = {"hidden[1]"};
    capture_.emplace(model_, capture::resolve(model_.graph(), asked).addresses, RunContext{});
    stored_ = std::move(capture_->run(batch_, "mean", {})[0].values);
  }

  std::vector<data::Fold> folds(const data::SplitOptions& options) const {
    return data::make_folds({.rows = kTexts, .labels = labels_, .classes = classes_}, options);
  }

  // Both ways agree on what every fit says of every row.
  void expect_same(const probes::Probe& probe, const std::vector<data::Fold>& folds, double tolerance) const {
    const bool numbers = probes::probe_record(probe.kind()).target == probes::TargetKind::numbers;
    const probes::LabelledInput known = numbers
                                            ? probes::LabelledInput{.targets = numbers_}
                                            : probes::LabelledInput{.labels = labels_, .classes = classes_};
    probes::LabelledInput rows = known;
    rows.input = probes::ProbeInput::of_features(stored_.view());
    const FoldFits expected = fit_in_folds(probe, rows, folds, {});
    const std::vector<OnlineTask> tasks = {{0, &probe}};
    const FoldFits got =
        std::move(fit_folds_online(*capture_, tasks, {.texts = {.batch = &batch_}, .labelled = known}, folds,
                                   {.threads = 2})[0]
                      .fits);
    const auto same = [&](const Matrix& a, const Matrix& b) {
      ASSERT_EQ(a.rows(), b.rows());
      ASSERT_EQ(a.cols(), b.cols());
      for (std::int64_t i = 0; i < a.rows() * a.cols(); ++i)
        ASSERT_NEAR(a.data()[i], b.data()[i], tolerance) << i;
    };
    same(got.tested, expected.tested);
    for (std::size_t f = 0; f < folds.size(); ++f) {
      EXPECT_EQ(got.training[f].rows, expected.training[f].rows);
      EXPECT_EQ(got.choosing[f].rows, expected.choosing[f].rows);
      same(got.training[f].scores, expected.training[f].scores);
      same(got.choosing[f].scores, expected.choosing[f].scores);
    }
    same(got.whole->scores(rows.input), expected.whole->scores(rows.input));
    EXPECT_EQ(got.converged, expected.converged);
  }

  GoldenModel golden_{"bert"};
  capture::LanguageModel model_{golden_.folder()};
  text::TokenBatch batch_;
  std::vector<std::int32_t> labels_;
  std::vector<double> numbers_;
  std::vector<std::string> classes_ = {"even", "odd"};
  std::optional<capture::Capture> capture_;
  Matrix stored_;
};

TEST_F(FoldOnlineTest, AgreesWithFitsToStoredRows) {
  const data::SplitOptions plain{.method = "stratified_kfold", .valid = 0, .folds = 5},
      held{.method = "kfold", .valid = 0.2, .folds = 4},
      nested{.method = "nested", .valid = 0, .folds = 3, .inner = 4};
  for (const data::SplitOptions& split : {plain, held, nested}) {
    SCOPED_TRACE(split.method);
    const std::vector<data::Fold> folds = this->folds(split);
    expect_same(*probes::make_probe("ridge", {{"alpha", 2.0}}), folds, 3e-5);
    expect_same(*probes::make_probe("lda", {{"shrinkage", 0.1}}), folds, 3e-5);
    expect_same(*probes::make_probe("lda"), folds, 3e-5);
    expect_same(*probes::make_probe("mass_mean"), folds, 3e-5);
  }
}

TEST_F(FoldOnlineTest, APenaltyIsChosenOnWhatEachFoldHoldsOut) {
  expect_same(*probes::make_probe("ridge", {{"alpha", "auto"}}),
              folds({.method = "kfold", .valid = 0.2, .folds = 4}), 3e-5);
}

TEST_F(FoldOnlineTest, RefusesWhatNeedsRows) {
  const std::vector<data::Fold> plain = folds({.method = "kfold", .valid = 0, .folds = 4});
  const auto refusal = [&](const char* kind, const nlohmann::json& options) {
    const auto probe = probes::make_probe(kind, options);
    const std::vector<OnlineTask> tasks = {{0, probe.get()}};
    try {
      (void)fit_folds_online(*capture_, tasks,
                             {.texts = {.batch = &batch_},
                              .labelled = {.labels = labels_, .classes = classes_, .targets = numbers_}},
                             plain, {});
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::usage);
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  EXPECT_THAT(refusal("sgd", {}), ::testing::HasSubstr("does not follow from sums"));
  EXPECT_THAT(refusal("ridge", {{"alpha", "auto"}}), ::testing::HasSubstr("without a validation part"));
}

}  // namespace
}  // namespace sonde::fitting

#include <gmock/gmock.h>

#include <cmath>

#include "recorded_forms.h"
#include "toy.h"

namespace sonde::probes {
namespace {

TEST(Ridge, PredictsWhatScikitLearnsPipelinePredicts) {
  const nlohmann::json cases = closed_forms("ridge");
  ASSERT_EQ(cases.size(), 3u);
  for (const nlohmann::json& given : cases) {
    const RecordedRows rows(given);
    const std::vector<double> y = given["y"];
    for (const std::string target : {"identity", "log1p"}) {
      const auto probe = make_probe(
          "ridge", {{"alpha", given["alpha"]}, {"standardize", given["standardize"]}, {"target", target}});
      const auto fitted = probe->fit({.input = rows.first(), .targets = std::span(y).first(rows.train)}, {});
      const Matrix scores = fitted->scores(rows.rest());
      for (std::int64_t i = 0; i < scores.rows(); ++i) {
        const double expected = given[target][i];
        // Saved weights are float32: 2^-24 of terms of a sum that are up to about 10 times as large.
        EXPECT_NEAR(scores.row(i)[0], expected, 3e-6 * std::max(1.0, std::abs(expected))) << target;
      }
    }
  }
}

TEST(Ridge, FoldsTheScalerIntoItsWeights) {
  const Toy toy = make_toy(60, 3, 1);
  const auto fitted = make_probe("ridge")->fit(toy.labelled(), {});
  const LinearWeights& linear = *fitted->linear();
  ASSERT_EQ(linear.weight.rows(), 1);
  ASSERT_EQ(linear.weight.cols(), 6);
  const Matrix scores = fitted->scores(toy.input());
  for (std::int64_t i = 0; i < 60; ++i) {
    double sum = linear.bias[0];
    for (int j = 0; j < 6; ++j) sum += double(linear.weight.row(0)[j]) * toy.features.row(i)[j];
    EXPECT_FLOAT_EQ(scores.row(i)[0], static_cast<float>(sum));
  }
}

TEST(Ridge, CertifiesItsOptimum) {
  const Toy toy = make_toy(60, 3, 1);
  const auto fitted = make_probe("ridge")->fit(toy.labelled(), {});
  ASSERT_TRUE(fitted->report().certificate.has_value());
  EXPECT_LE(fitted->report().certificate->kkt, 1e-12);
  EXPECT_EQ(fitted->report().certificate->nonzero, 6);
  // The objective, from its definition in standardized units.
  const LinearWeights& linear = *fitted->linear();
  double objective = 0;
  for (int j = 0; j < 6; ++j) {
    double mean = 0, square = 0;
    for (std::int64_t i = 0; i < 60; ++i) mean += toy.features.row(i)[j] / 60;
    for (std::int64_t i = 0; i < 60; ++i) square += std::pow(toy.features.row(i)[j] - mean, 2) / 60;
    objective += std::pow(linear.weight.row(0)[j], 2) * square;
  }
  const Matrix scores = fitted->scores(toy.input());
  for (std::int64_t i = 0; i < 60; ++i) objective += std::pow(toy.targets[i] - scores.row(i)[0], 2);
  // At an optimum the objective is flat: weights rounded to float32 change it by less than their own
  // rounding.
  EXPECT_NEAR(fitted->report().certificate->objective, objective, 1e-5 * objective);
}

double squared_error(const FittedProbe& fitted, const Toy& toy) {
  const Matrix scores = fitted.scores(toy.input());
  double sum = 0;
  for (std::int64_t i = 0; i < scores.rows(); ++i) sum += std::pow(toy.targets[i] - scores.row(i)[0], 2);
  return sum;
}

TEST(Ridge, ChoosesAlphaOnTheValidationPart) {
  const Toy train = make_toy(30, 3, 1), validation = make_toy(200, 3, 2);
  const auto chosen =
      make_probe("ridge", {{"alpha", "auto"}})->fit(train.labelled(), validation.labelled(), {});
  const double alpha = chosen->save().metadata["options"]["alpha_chosen"];
  const double least = squared_error(*chosen, validation);
  for (const double other : {1e-2, 1.0, 10.0, 1e3, 1e6}) {
    const auto fitted = make_probe("ridge", {{"alpha", other}})->fit(train.labelled(), {});
    // Errors are compared in float64 when choosing, in float32 here.
    EXPECT_LE(least, squared_error(*fitted, validation) * (1 + 1e-5)) << alpha << " against " << other;
  }
}

// Squared error at row `out` of a ridge on raw features that was fitted to all other rows.
double error_without(const Toy& toy, std::int64_t out, double alpha) {
  const std::int64_t n = toy.features.rows(), d = toy.features.cols();
  Matrix others(n - 1, d);
  std::vector<double> targets(toy.targets);
  targets.erase(targets.begin() + out);
  for (std::int64_t r = 0; r < n - 1; ++r)
    std::ranges::copy(toy.features.row(r < out ? r : r + 1), others.row(r).begin());
  const auto fitted = make_probe("ridge", {{"alpha", alpha}, {"standardize", false}})
                          ->fit({.input = ProbeInput::of_features(others.view()), .targets = targets}, {});
  const MatrixView alone{toy.features.data() + out * d, 1, d, d};
  return std::pow(toy.targets[out] - fitted->scores(ProbeInput::of_features(alone)).row(0)[0], 2);
}

TEST(Ridge, ChoosesAlphaByLeavingRowsOutWhereThereIsNoValidationPart) {
  const Toy toy = make_toy(25, 3, 1);
  const auto chosen =
      make_probe("ridge", {{"alpha", "auto"}, {"standardize", false}})->fit(toy.labelled(), {});
  const double alpha = chosen->save().metadata["options"]["alpha_chosen"];
  const auto left_out = [&](double value) {
    double sum = 0;
    for (std::int64_t i = 0; i < 25; ++i) sum += error_without(toy, i, value);
    return sum;
  };
  const double least = left_out(alpha);
  // Errors are compared in float64 when choosing, from float32 weights here.
  for (const double other : {1e-2, 1.0, 10.0, 1e2, 1e4}) EXPECT_LE(least, left_out(other) * (1 + 1e-5));
}

TEST(Ridge, UndoesTheLogarithmTrulyAndThePublishedWayTwoHigher) {
  const Toy toy = make_toy(60, 3, 1);
  const auto fit = [&](const char* target) {
    return make_probe("ridge", {{"target", target}})->fit(toy.labelled(), {})->scores(toy.input());
  };
  const Matrix truly = fit("log1p"), published = fit("log1p_plus_one");
  for (std::int64_t i = 0; i < 60; ++i) EXPECT_FLOAT_EQ(published.row(i)[0], truly.row(i)[0] + 2);
}

TEST(Ridge, RefusesTheLogarithmOfWhatHasNone) {
  Toy toy = make_toy(20, 2, 1);
  toy.targets[4] = -1;
  try {
    (void)make_probe("ridge", {{"target", "log1p"}})->fit(toy.labelled(), {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::input);
    EXPECT_THAT(error.what(), testing::AllOf(testing::HasSubstr("row 4"), testing::HasSubstr("-1")));
  }
  EXPECT_NO_THROW((void)make_probe("ridge")->fit(toy.labelled(), {}));
}

TEST(Ridge, RefusesOptionsThatMakeNoSense) {
  for (const nlohmann::json& options :
       {nlohmann::json{{"alpha", -1}}, nlohmann::json{{"alpha", "strong"}}, nlohmann::json{{"target", "log"}},
        nlohmann::json{{"standardize", 3}}}) {
    try {
      (void)make_probe("ridge", options);
      ADD_FAILURE() << options.dump();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::usage) << options.dump();
    }
  }
}

TEST(Ridge, TakesOptionsAsTextsOfACommandLine) {
  const auto [kind, options] =
      parse_kind_and_options("ridge:alpha=0.1,fit_intercept=false,standardize=false");
  const auto probe = make_probe(kind, options);
  EXPECT_EQ(probe->options()["alpha"], 0.1);
  const Toy toy = make_toy(40, 2, 1);
  EXPECT_EQ(probe->fit(toy.labelled(), {})->linear()->bias, std::vector<float>{0});
}

TEST(Ridge, RefusesASavedProbeWithoutItsTarget) {
  const Toy toy = make_toy(20, 2, 1);
  SavedProbe saved = make_probe("ridge")->fit(toy.labelled(), {})->save();
  for (const nlohmann::ordered_json& target : {nlohmann::ordered_json("sqrt"), nlohmann::ordered_json(3)}) {
    saved.metadata["options"]["target"] = target;
    EXPECT_THROW((void)open_probe(saved), Error);
  }
}

}  // namespace
}  // namespace sonde::probes

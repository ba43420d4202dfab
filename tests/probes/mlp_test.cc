// What only the perceptron promises: it learns what no line separates, keeps the best epoch and not the last,
// folds its scaler, and its published slip has the floor that follows from it.
#include <gmock/gmock.h>

#include <cmath>

#include "published.h"
#include "toy.h"

namespace sonde::probes {
namespace {

// Four clouds at the corners of a square; opposite corners are of one class.
Toy exclusive_or(std::int64_t n, std::uint64_t seed) {
  const RandomStream stream(seed, "xor");
  Toy toy{.features = Matrix(n, 2), .classes = {"different", "same"}};
  for (std::int64_t i = 0; i < n; ++i) {
    const bool right = i % 2 == 1, up = i / 2 % 2 == 1;
    toy.features.row(i)[0] = static_cast<float>(10 + (right ? 1 : -1) + 0.8 * (stream.uniform(2 * i) - 0.5));
    toy.features.row(i)[1] = static_cast<float>(-3 + (up ? 1 : -1) + 0.8 * (stream.uniform(2 * i + 1) - 0.5));
    toy.labels.push_back(right == up ? 1 : 0);
  }
  return toy;
}

LabelledInput features_of(const Toy& toy) {
  return {ProbeInput::of_features(toy.features.view()), toy.labels, toy.classes};
}

TEST(Mlp, LearnsWhatNoLineSeparates) {
  const Toy train = exclusive_or(200, 1), test = exclusive_or(100, 2);
  for (const char* activation : {"relu", "gelu"}) {
    const auto mlp = make_probe("mlp", {{"hidden", "16x8"}, {"activation", activation}, {"lr", 0.01}});
    EXPECT_EQ(accuracy_of(*mlp->fit(features_of(train), {}), test), 1) << activation;
  }
  // A line that has three of the four clouds on their sides is the best there is.
  EXPECT_LE(accuracy_of(*make_probe("logistic")->fit(features_of(train), {}), test), 0.75);
}

// Random labels: whatever is learned does not carry over, so the validation loss soon rises while the network
// learns the training rows by heart.
TEST(Mlp, KeepsTheBestEpochAndNotTheLast) {
  Toy train = make_toy(60, 2, 1), validation = make_toy(60, 2, 2);
  const RandomStream stream(9, "random labels");
  for (std::int64_t i = 0; i < 60; ++i) {
    train.labels[i] = static_cast<std::int32_t>(stream.below(2, i));
    validation.labels[i] = static_cast<std::int32_t>(stream.below(2, 100 + i));
  }
  const nlohmann::json options = {{"hidden", 64}, {"lr", 0.01}, {"epochs", 60}, {"patience", 0}};
  const auto probe = make_probe("mlp", options);
  const auto last = probe->fit(features_of(train), {});
  const auto best = probe->fit(features_of(train), features_of(validation), {});
  const std::int64_t kept = best->report().details["epoch_kept"];
  EXPECT_EQ(best->report().n_iter, 60);
  EXPECT_LT(kept, 60);
  EXPECT_NE(values_of(best->scores(validation.input())), values_of(last->scores(validation.input())));
  // The kept parameters are those of a run that ended at that epoch.
  nlohmann::json until_kept = options;
  until_kept["epochs"] = kept;
  const auto stopped = make_probe("mlp", until_kept)->fit(features_of(train), {});
  EXPECT_EQ(values_of(best->scores(validation.input())), values_of(stopped->scores(validation.input())));
  // And their loss is the one reported: mean of −ln p, with p rounded to float and weights folded.
  double loss = 0;
  const Matrix scores = best->scores(validation.input());
  for (std::int64_t i = 0; i < 60; ++i) loss -= std::log(scores.row(i)[validation.labels[i]]) / 60;
  EXPECT_NEAR(best->report().details["validation_loss"].get<double>(), loss, 1e-5);
}

TEST(Mlp, StopsWhenItsPatienceIsOver) {
  Toy train = make_toy(60, 2, 1), validation = make_toy(60, 2, 2);
  for (std::int32_t& label : validation.labels) label = 1 - label;  // learning makes it worse from the start
  const auto probe = make_probe("mlp", {{"hidden", 32}, {"epochs", 40}, {"patience", 3}, {"lr", 0.01}});
  const auto fitted = probe->fit(features_of(train), features_of(validation), {});
  EXPECT_EQ(fitted->report().n_iter, fitted->report().details["epoch_kept"].get<std::int64_t>() + 3);
}

// Softmax of two sigmoids is at most 1/(1 + e⁻¹), whatever the weights: the loss cannot fall below
// ln(1 + e⁻¹) = 0.3133.
TEST(Mlp, SquashedTwiceHasAFloor) {
  const Toy toy = exclusive_or(120, 3);
  const nlohmann::json options = {{"hidden", 32}, {"lr", 0.02}, {"epochs", 80}};
  nlohmann::json slip = options;
  slip["head"] = "sigmoid";
  const auto published = make_probe("mlp", slip)->fit(features_of(toy), {});
  const auto right = make_probe("mlp", options)->fit(features_of(toy), {});
  const double floor = std::log1p(std::exp(-1.0));
  EXPECT_GT(published->report().details["training_loss"].get<double>(), floor - 1e-6);
  EXPECT_LT(published->report().details["training_loss"].get<double>(), floor + 0.02);
  EXPECT_LT(right->report().details["training_loss"].get<double>(), 0.02);
  const Matrix scores = published->scores(toy.input());
  for (std::int64_t i = 0; i < 120; ++i)
    for (const float p : scores.row(i)) EXPECT_LE(p, std::exp(-floor) + 1e-6);
}

// With its scaler folded a probe sees the same numbers whether a feature is in metres or in millimetres.
TEST(Mlp, DoesNotCareAboutUnitsWhenStandardised) {
  const Toy toy = make_toy(80, 3, 4);
  Toy scaled = make_toy(80, 3, 4);
  for (std::int64_t i = 0; i < 80; ++i) scaled.features.row(i)[2] = 1024 * scaled.features.row(i)[2] - 512;
  const auto probe = make_probe("mlp", {{"hidden", 16}, {"epochs", 10}});
  const Matrix a = probe->fit(features_of(toy), {})->scores(toy.input());
  const Matrix b = probe->fit(features_of(scaled), {})->scores(scaled.input());
  // 30 steps from inputs that differ in their last bits.
  for (std::int64_t i = 0; i < 240; ++i) EXPECT_NEAR(a.data()[i], b.data()[i], 1e-4);
}

TEST(Mlp, TakesAnotherStartFromAnotherSeed) {
  const Toy toy = make_toy(40, 2, 4);
  const auto probe = make_probe("mlp", {{"hidden", 8}, {"epochs", 2}});
  EXPECT_NE(values_of(probe->fit(features_of(toy), {.seed = 1})->scores(toy.input())),
            values_of(probe->fit(features_of(toy), {.seed = 2})->scores(toy.input())));
}

// Document 1 of the published studies: one generator serves a network that is never used and one for each
// layer, so that the k-th layer's start follows k + 1 others.
TEST(Mlp, RepeatsAPublishedTrainingLayerByLayer) {
  const nlohmann::json given = published("mlp");
  const std::int64_t n = given["n"], d = given["d"];
  const std::vector<std::string> classes{"0", "1"};
  std::vector<std::int32_t> labels;
  for (std::int32_t i = 0; i < n; ++i) labels.push_back(i % 2);
  const auto probe = make_probe("mlp", {{"hidden", d},
                                        {"head", "sigmoid"},
                                        {"epochs", given["epochs"]},
                                        {"batch", given["batch"]},
                                        {"lr", given["lr"]},
                                        {"shuffle", false},
                                        {"standardize", false},
                                        {"keep", "last"},
                                        {"draws", "torch"},
                                        {"seed", given["seed"]},
                                        {"built_before", 1},
                                        {"stream", "continued"}});
  ASSERT_EQ(given["runs"].size(), 3u);
  EXPECT_EQ(make_probe("mlp")->placed(2), nullptr);
  for (std::int64_t place = 0; place < 3; ++place) {
    const nlohmann::json run = given["runs"][place];
    const Matrix rows = published_rows(run["data_seed"], n, d, [&](std::int64_t i, std::int64_t j, double v) {
      return v + (j < 3 ? 0.5 * static_cast<double>(labels[i]) : 0.0);
    });
    const LabelledInput all{ProbeInput::of_features(rows.view()), labels, classes, {}};
    const auto fitted = probe->placed(place)->fit(all, all, {});  // the validation part is not looked at
    EXPECT_EQ(fitted->report().n_iter, 5);
    std::vector<float> parameters;
    for (const NamedTensor& tensor : fitted->save().tensors)
      parameters.insert(parameters.end(), tensor.values.begin(), tensor.values.end());
    ASSERT_EQ(parameters.size(), run["parameters"].size());
    for (std::size_t p = 0; p < parameters.size(); ++p) {
      // Ten steps of Adam of 1e-3 each; a gradient near 0 may round to another sign, which costs a step.
      EXPECT_NEAR(parameters[p], run["parameters"][p].get<float>(), 2e-5) << place << " " << p;
    }
  }
}

TEST(Mlp, RefusesWidthsThatAreNone) {
  for (const char* hidden : {"", "0", "12x", "x5", "-3", "8,8", "4x2.5", "abc"}) {
    try {
      (void)make_probe("mlp", {{"hidden", hidden}});
      ADD_FAILURE() << hidden << " was accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::usage);
      EXPECT_THAT(error.what(), testing::HasSubstr("256x64"));
    }
  }
}

}  // namespace
}  // namespace sonde::probes

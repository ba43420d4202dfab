#include <gmock/gmock.h>

#include <cmath>
#include <fstream>

#include "published.h"
#include "sonde/probes/online.h"
#include "toy.h"

namespace sonde::probes {
namespace {

std::unique_ptr<FittedProbe> fit(const Toy& toy, const nlohmann::json& options, std::uint64_t seed = 0) {
  return make_probe("sgd", options)->fit(toy.labelled(), {.seed = seed});
}

nlohmann::json recorded() {
  std::ifstream file(SONDE_TEST_DATA "/solvers/scikit_learn_sgd.json");
  return nlohmann::json::parse(file)["pipelines"];
}

TEST(Sgd, GivesTheProbabilitiesOfScikitLearnsRunningPipeline) {
  const nlohmann::json pipelines = recorded();
  ASSERT_EQ(pipelines.size(), 3u);
  for (const nlohmann::json& given : pipelines) {
    const std::int64_t n = given["x"].size(), d = given["x"][0].size(), train = given["train"];
    Matrix x(n, d);
    for (std::int64_t i = 0; i < n; ++i)
      std::ranges::copy(given["x"][i].get<std::vector<float>>(), x.row(i).begin());
    const auto y = given["y"].get<std::vector<std::int32_t>>();
    std::vector<std::string> classes;
    for (int c = 0; c < given["classes"]; ++c) classes.push_back(std::to_string(c));
    const nlohmann::json& o = given["options"];
    const auto fitted =
        make_probe("sgd", {{"alpha", o["alpha"]},
                           {"l1_ratio", o["l1_ratio"]},
                           {"schedule", o["learning_rate"]},
                           {"eta0", o["eta0"]},
                           {"batch", given["batch"]},
                           {"epochs", given["epochs"]},
                           {"patience", 0}})
            ->fit({ProbeInput::of_features({x.data(), train, d, d}), std::span(y).first(train), classes}, {});
    const Matrix scores = fitted->scores(ProbeInput::of_features({x.data() + train * d, n - train, d, d}));
    for (std::int64_t i = 0; i < n - train; ++i) {
      for (std::size_t c = 0; c < classes.size(); ++c) {
        // Saved weights are float32: 2^-24 of margins of about 30.
        EXPECT_NEAR(scores.row(i)[c], given["probabilities"][i][c].get<double>(), 4e-6);
      }
    }
  }
}

// Document 3 of the published studies, with the draws that scikit-learn makes after np.random.seed().
TEST(Sgd, RepeatsAPublishedTraining) {
  const nlohmann::json runs = published("sgd");
  ASSERT_EQ(runs.size(), 4u);
  for (const nlohmann::json& run : runs) {
    const std::int64_t n = run["n"], d = run["d"];
    std::vector<std::int32_t> labels;
    for (std::int32_t i = 0; i < n; ++i) labels.push_back(i * 5 % 7 % 2);
    const Matrix x = published_rows(run["data_seed"], n, d, [&](std::int64_t i, std::int64_t j, double v) {
      return v + (j == 0 ? 0.3 * static_cast<double>(labels[i]) : 0.0);
    });
    const auto fitted = make_probe("sgd", {{"batch", run["batch"]},
                                           {"held", run["held"]},
                                           {"patience", run["patience"]},
                                           {"warmup", run["warmup"]},
                                           {"alpha", run["alpha"]},
                                           {"draws", "numpy"},
                                           {"seed", run["seed"]}})
                            ->fit({ProbeInput::of_features(x.view()), labels, {{"0", "1"}}}, {});
    EXPECT_EQ(fitted->report().n_iter, run["steps"]) << run["name"];
    EXPECT_EQ(fitted->report().details["stopped"], "plateau") << run["name"];
    const double held_loss = run["held_loss"];
    EXPECT_NEAR(fitted->report().details["held_loss"].get<double>(), held_loss, 1e-9 + 1e-8 * held_loss);
    const Matrix scores = fitted->scores(ProbeInput::of_features(x.view()));
    // Saved weights are float32, and unpenalised steps make margins of hundreds.
    for (std::int64_t i = 0; i < 20; ++i)
      EXPECT_NEAR(scores.row(i)[1], run["probabilities"][i].get<double>(), 1e-5) << run["name"] << " " << i;
  }
}

TEST(Sgd, FollowsNumpyForTwoClassesOnly) {
  const Toy toy = make_toy(60, 3, 1);
  try {
    (void)fit(toy, {{"draws", "numpy"}});
    ADD_FAILURE() << "three classes were taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage);
  }
}

// With tol 1 every loss below twice the best is called equal to it, so that the first held loss stays the
// best. A held loss is first seen in the step after warmup + 1 whole batches, and then `patience` times more.
TEST(Sgd, StopsAtTheEarliestStepThatWarmupAndPatienceAllow) {
  const Toy toy = make_toy(400, 2, 1);
  nlohmann::json options = {{"tol", 1}, {"batch", 8}, {"alpha", 1}};
  const auto defaults = fit(toy, options);
  EXPECT_EQ(defaults->report().n_iter, 17) << "warmup 10, patience 5";
  EXPECT_EQ(defaults->report().details["stopped"], "plateau");
  EXPECT_TRUE(defaults->report().converged);
  options.update({{"warmup", 25}, {"patience", 10}, {"held", 0.5}});
  EXPECT_EQ(fit(toy, options)->report().n_iter, 37);
  options.update({{"warmup", 0}, {"patience", 1}});
  EXPECT_EQ(fit(toy, options)->report().n_iter, 3);
}

// numpy's isclose has an absolute part too: losses below 1e-8 are all the same.
TEST(Sgd, LossesThatDifferByLessThan1EMinus8AreTheSame) {
  Toy toy = make_toy(400, 2, 1);
  for (std::int64_t i = 0; i < 400; ++i) toy.features.row(i)[0] = toy.labels[i] == 0 ? -100.0f : 100.0f;
  const auto fitted = fit(toy, {{"tol", 0}, {"batch", 8}});
  EXPECT_EQ(fitted->report().n_iter, 17);
  EXPECT_LT(fitted->report().details["held_loss"].get<double>(), 1e-8);
}

// Steps that are too small to overshoot lower the loss of rows that are all alike, step by step.
TEST(Sgd, GoesOnWhileTheHeldLossFalls) {
  Toy toy = make_toy(400, 2, 1);
  for (std::int64_t i = 0; i < 400; ++i) {
    for (float& value : toy.features.row(i)) value = toy.labels[i] == 0 ? -1.0f : 1.0f;
  }
  const auto fitted = fit(
      toy, {{"schedule", "constant"}, {"eta0", 1e-3}, {"batch", 8}, {"epochs", 3}, {"standardize", false}});
  EXPECT_EQ(fitted->report().n_iter, 150);
  EXPECT_EQ(fitted->report().details["stopped"], "epochs");
  EXPECT_FALSE(fitted->report().converged);
}

TEST(Sgd, LearnsNoRowThatItHolds) {
  const Toy toy = make_toy(400, 2, 1);
  const auto fitted = fit(toy, {{"tol", 1}, {"batch", 10}, {"alpha", 1}, {"held", 0.25}});
  // 11 whole batches of 10, then 6 with ⌈2.5⌉ rows held.
  EXPECT_EQ(fitted->report().n_iter, 17);
  EXPECT_EQ(fitted->report().details["rows_learned"], 11 * 10 + 6 * 7);
}

TEST(Sgd, ABatchOfOneRowIsLearnedWhole) {
  const Toy toy = make_toy(30, 2, 1);
  const auto fitted = fit(toy, {{"batch", 1}, {"epochs", 1}});
  EXPECT_EQ(fitted->report().details["rows_learned"], 30);
  EXPECT_FALSE(fitted->report().details.contains("held_loss"));
}

TEST(Sgd, StopsAtMaxStepsAndAtTheLastEpoch) {
  const Toy toy = make_toy(100, 2, 1);
  const auto few = fit(toy, {{"batch", 8}, {"max_steps", 5}});
  EXPECT_EQ(few->report().n_iter, 5);
  EXPECT_EQ(few->report().details["stopped"], "max_steps");
  EXPECT_EQ(few->report().details["rows_learned"], 40);
  const auto all = fit(toy, {{"batch", 8}, {"patience", 0}, {"epochs", 2}});
  EXPECT_EQ(all->report().n_iter, 26) << "13 batches an epoch, the last with 4 rows";
  EXPECT_EQ(all->report().details["rows_learned"], 200);
  EXPECT_TRUE(all->report().converged) << "it was not asked to look for a plateau";
}

TEST(Sgd, TheFirstRowIsWorthOneBit) {
  const Toy toy = make_toy(20, 2, 1);
  const auto fitted = fit(toy, {{"batch", 1}, {"max_steps", 1}});
  EXPECT_DOUBLE_EQ(fitted->report().details["progressive_loss"].get<double>(), std::log(2.0));
}

TEST(Sgd, TheSeedDecidesWhichRowsAreHeld) {
  const Toy toy = make_toy(400, 2, 1);
  const nlohmann::json options = {{"batch", 8}};
  const auto one = values_of(fit(toy, options, 1)->scores(toy.input()));
  EXPECT_EQ(values_of(fit(toy, options, 1)->scores(toy.input())), one);
  EXPECT_NE(values_of(fit(toy, options, 2)->scores(toy.input())), one);
}

TEST(Sgd, ShufflingIsLearningTheRowsInThatOrder) {
  const Toy toy = make_toy(100, 3, 1);
  const auto shuffled = fit(toy, {{"shuffle", true}, {"epochs", 1}}, 3);
  const OnlinePlan plan = make_probe("sgd", {{"shuffle", true}})->online()->plan();
  const std::vector<std::int64_t> order = epoch_order(plan, 100, 0, {.seed = 3});
  EXPECT_NE(order, epoch_order(plan, 100, 1, {.seed = 3}));
  const auto laid_out = fit(reordered(toy, order), {{"epochs", 1}}, 3);
  EXPECT_EQ(values_of(shuffled->scores(toy.input())), values_of(laid_out->scores(toy.input())));
  EXPECT_NE(values_of(fit(toy, {{"epochs", 1}}, 3)->scores(toy.input())),
            values_of(shuffled->scores(toy.input())));
}

TEST(Sgd, LearnsThePlantedClassAndPointsAtTheSecond) {
  Toy toy = make_toy(400, 2, 1);
  for (std::int64_t i = 0; i < 400; ++i) toy.features.row(i)[3] = static_cast<float>(toy.labels[i]);
  const auto fitted = fit(toy, {});
  EXPECT_GT(fitted->linear()->weight.row(0)[3], 0);
  EXPECT_GT(accuracy_of(*fitted, toy), 0.99);
}

TEST(Sgd, StrongL1LeavesNothingButTheBias) {
  const Toy toy = make_toy(200, 2, 1);
  const auto fitted = fit(toy, {{"l1_ratio", 1}, {"alpha", 10}});
  EXPECT_THAT(values_of(Matrix(1, 6)), testing::ElementsAreArray(fitted->linear()->weight.row(0)));
}

TEST(Sgd, RefusesWeightsBeyondFloat32) {
  Toy toy = make_toy(40, 2, 1);
  for (std::int64_t i = 0; i < 40; ++i) toy.features.row(i)[0] = 3e38f;
  try {
    (void)fit(toy, {{"standardize", false}, {"schedule", "constant"}, {"eta0", 1e6}});
    ADD_FAILURE() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::input);
    EXPECT_THAT(error.what(), testing::HasSubstr("standardize"));
  }
}

TEST(Sgd, RefusesOptionsThatMakeNoSense) {
  for (const nlohmann::json& options :
       {nlohmann::json{{"alpha", 0}}, nlohmann::json{{"l1_ratio", 1.5}}, nlohmann::json{{"schedule", "fast"}},
        nlohmann::json{{"batch", 0}}, nlohmann::json{{"epochs", 0}}, nlohmann::json{{"held", 0}},
        nlohmann::json{{"held", 1}}, nlohmann::json{{"patience", -1}}, nlohmann::json{{"eta0", 0}},
        nlohmann::json{{"max_steps", 0}}}) {
    try {
      (void)make_probe("sgd", options);
      ADD_FAILURE() << options.dump();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::usage) << options.dump();
    }
  }
}

}  // namespace
}  // namespace sonde::probes

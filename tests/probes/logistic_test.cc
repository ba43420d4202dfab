#include <gmock/gmock.h>

#include <cmath>
#include <fstream>

#include "toy.h"

namespace sonde::probes {
namespace {

nlohmann::json recorded() {
  std::ifstream file(SONDE_TEST_DATA "/probes/scikit_learn.json");
  return nlohmann::json::parse(file)["logistic"];
}

std::vector<std::string> class_names(int k) {
  std::vector<std::string> names;
  for (int c = 0; c < k; ++c) names.push_back(std::to_string(c));
  return names;
}

TEST(Logistic, GivesTheProbabilitiesOfScikitLearnsPipeline) {
  ASSERT_EQ(recorded().size(), 3u);
  for (const nlohmann::json& given : recorded()) {
    const std::int64_t n = given["x"].size(), d = given["x"][0].size(), train = given["train"];
    Matrix x(n, d);
    for (std::int64_t i = 0; i < n; ++i)
      std::ranges::copy(given["x"][i].get<std::vector<float>>(), x.row(i).begin());
    const auto y = given["y"].get<std::vector<std::int32_t>>();
    const auto classes = class_names(given["classes"]);
    const auto probe =
        make_probe("logistic", {{"c", 0.5}, {"class_weight", given["balanced"] ? "balanced" : "none"}});
    const MatrixView first{x.data(), train, d, d}, rest{x.data() + train * d, n - train, d, d};
    const auto fitted = probe->fit({ProbeInput::of_features(first), std::span(y).first(train), classes}, {});
    const Matrix scores = fitted->scores(ProbeInput::of_features(rest));
    for (std::int64_t i = 0; i < n - train; ++i) {
      for (std::size_t c = 0; c < classes.size(); ++c) {
        // Saved weights are float32: 2^-24 of margins of about 10.
        EXPECT_NEAR(scores.row(i)[c], given["probabilities"][i][c].get<double>(), 2e-6);
      }
    }
  }
}

TEST(Logistic, CertifiesItsOptimum) {
  const Toy toy = make_toy(90, 3, 1);
  const auto fitted = make_probe("logistic")->fit(toy.labelled(), {});
  ASSERT_TRUE(fitted->report().certificate.has_value());
  EXPECT_TRUE(fitted->report().converged);
  EXPECT_GT(fitted->report().n_iter, 0);
  EXPECT_LE(fitted->report().certificate->kkt, 1e-8);
  EXPECT_EQ(fitted->report().certificate->nonzero, 3 * 6);
}

// The scaler is folded in: the saved weights alone, on raw features, give the probabilities.
TEST(Logistic, FoldsTheScalerIntoItsWeights) {
  const Toy toy = make_toy(60, 2, 1);
  const auto fitted = make_probe("logistic")->fit(toy.labelled(), {});
  const LinearWeights& linear = *fitted->linear();
  ASSERT_EQ(linear.weight.rows(), 1);
  ASSERT_EQ(linear.weight.cols(), 6);
  ASSERT_EQ(linear.bias.size(), 1u);
  const Matrix scores = fitted->scores(toy.input());
  for (std::int64_t i = 0; i < 60; ++i) {
    double margin = linear.bias[0];
    for (int j = 0; j < 6; ++j) margin += double(linear.weight.row(0)[j]) * toy.features.row(i)[j];
    EXPECT_NEAR(scores.row(i)[1], 1 / (1 + std::exp(-margin)), 1e-6);
  }
}

TEST(Logistic, LearnsThePlantedClassAndPointsAtTheSecond) {
  Toy toy = make_toy(200, 2, 1);
  for (std::int64_t i = 0; i < 200; ++i) toy.features.row(i)[3] = static_cast<float>(toy.labels[i]);
  const auto fitted = make_probe("logistic")->fit(toy.labelled(), {});
  EXPECT_GT(fitted->linear()->weight.row(0)[3], 0);
  EXPECT_GT(accuracy_of(*fitted, toy), 0.99);
}

TEST(Logistic, ChoosesCOnTheValidationPart) {
  const Toy train = make_toy(60, 2, 1), validation = make_toy(200, 2, 2);
  const auto chosen =
      make_probe("logistic", {{"c", "auto"}})->fit(train.labelled(), validation.labelled(), {});
  const double c = chosen->save().metadata["options"]["c_chosen"];
  const auto loss = [&](double value) {
    const auto fitted = make_probe("logistic", {{"c", value}})->fit(train.labelled(), {});
    const Matrix scores = fitted->scores(validation.input());
    double sum = 0;
    for (std::int64_t i = 0; i < 200; ++i) sum -= std::log(scores.row(i)[validation.labels[i]]);
    return sum;
  };
  for (const double other : {1e-4, 1e-2, 1.0, 100.0}) EXPECT_LE(loss(c), loss(other) + 1e-9) << other;
  EXPECT_THROW((void)make_probe("logistic", {{"c", "auto"}})->fit(train.labelled(), {}), Error);
}

// Three columns tell the classes apart and three are noise. A strong L1 penalty drops the noise, and the
// saved weights are zero there though the scaler is folded in.
TEST(Logistic, KeepsExactZerosOfAnL1Penalty) {
  Toy toy = make_toy(200, 2, 1);
  for (std::int64_t i = 0; i < 200; ++i) {
    for (std::int64_t j = 3; j < 6; ++j)
      toy.features.row(i)[j] = static_cast<float>(RandomStream(8, "noise").uniform(i * 6 + j));
  }
  const auto sparse = make_probe("logistic", {{"l1_ratio", 1}, {"c", 0.05}})->fit(toy.labelled(), {});
  const auto dense = make_probe("logistic", {{"l1_ratio", 1}, {"c", 100}})->fit(toy.labelled(), {});
  const auto zeros = [](const FittedProbe& fitted) {
    return std::ranges::count(fitted.linear()->weight.row(0), 0.0f);
  };
  EXPECT_GT(zeros(*sparse), 0);
  EXPECT_LT(zeros(*sparse), 6);
  EXPECT_EQ(zeros(*dense), 0);
  EXPECT_EQ(sparse->report().certificate->nonzero, 6 - zeros(*sparse));
  EXPECT_LE(sparse->report().certificate->kkt, 1e-8);
}

// A scaled copy of a column is the same column to a probe that scales: the scores do not change.
TEST(Logistic, FoldsTheScalerIntoSparseWeightsToo) {
  const Toy toy = make_toy(80, 3, 1);
  Toy stretched = make_toy(80, 3, 1);
  for (std::int64_t i = 0; i < 80; ++i) stretched.features.row(i)[1] = 64 * toy.features.row(i)[1] - 32;
  const auto probe = make_probe("logistic", {{"l1_ratio", 0.7}, {"c", 0.2}});
  const Matrix a = probe->fit(toy.labelled(), {})->scores(toy.input());
  const Matrix b = probe->fit(stretched.labelled(), {})->scores(stretched.input());
  // Saved weights are float32: 2^-24 of margins of about 10.
  for (std::int64_t i = 0; i < 80 * 3; ++i) EXPECT_NEAR(a.data()[i], b.data()[i], 2e-6);
}

TEST(Logistic, ChoosesCAlongAnL1Path) {
  const Toy train = make_toy(60, 2, 1), validation = make_toy(200, 2, 2);
  const auto chosen = make_probe("logistic", {{"c", "auto"}, {"l1_ratio", 1}})
                          ->fit(train.labelled(), validation.labelled(), {});
  const double c = chosen->save().metadata["options"]["c_chosen"];
  const auto alone = make_probe("logistic", {{"c", c}, {"l1_ratio", 1}})->fit(train.labelled(), {});
  const Matrix a = chosen->scores(validation.input()), b = alone->scores(validation.input());
  for (std::int64_t i = 0; i < 400; ++i) EXPECT_NEAR(a.data()[i], b.data()[i], 1e-6);
}

TEST(Logistic, RefusesOptionsThatMakeNoSense) {
  EXPECT_THROW((void)make_probe("logistic", {{"c_sweep", "1 0"}}), Error);
  EXPECT_THROW((void)make_probe("logistic", {{"c_sweep", "1:2"}}), Error);
  EXPECT_THROW((void)make_probe("logistic", {{"solver", "sag"}}), Error);
  EXPECT_THROW((void)make_probe("logistic", {{"seed", -1}}), Error);
  for (const nlohmann::json& options :
       {nlohmann::json{{"c", 0}}, nlohmann::json{{"c", "-1"}}, nlohmann::json{{"c", "strong"}},
        nlohmann::json{{"l1_ratio", 1.5}}, nlohmann::json{{"class_weight", "equal"}},
        nlohmann::json{{"max_iter", 0}}}) {
    try {
      (void)make_probe("logistic", options);
      ADD_FAILURE() << options.dump();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::usage) << options.dump();
    }
  }
}

TEST(Logistic, TakesOptionsAsTextsOfACommandLine) {
  const auto [kind, options] = parse_kind_and_options("logistic:c=0.1,standardize=false,fit_intercept=false");
  const auto probe = make_probe(kind, options);
  EXPECT_EQ(probe->options()["c"], 0.1);
  EXPECT_EQ(probe->options()["standardize"], false);
  const Toy toy = make_toy(40, 2, 1);
  EXPECT_EQ(probe->fit(toy.labelled(), {})->linear()->bias, std::vector<float>{0});
}

// A sweep leaves the fit as it was, records each value of c, and sets saga's path beside that of the optima.
TEST(Logistic, RecordsASweepOfC) {
  const Toy toy = make_toy(80, 2, 4);
  nlohmann::json options = {{"l1_ratio", 1}, {"c", 2}, {"standardize", false}};
  const auto plain = make_probe("logistic", options)->fit(toy.labelled(), {});
  options["c_sweep"] = {0.01, 0.5, 3.0, 40.0};
  const auto exact = make_probe("logistic", options)->fit(toy.labelled(), {});
  EXPECT_EQ(values_of(exact->linear()->weight), values_of(plain->linear()->weight));
  const nlohmann::ordered_json path = exact->report().details["path"];
  ASSERT_EQ(path.size(), 4u);
  EXPECT_FALSE(exact->report().details.contains("exact_path"));
  double objective = 0;
  for (const auto& point : path) {
    EXPECT_TRUE(point["converged"]);
    EXPECT_LE(point["kkt"], 1e-8);
    EXPECT_GE(point["objective"], objective);  // of C · loss + penalty: rises with C
    objective = point["objective"];
    const double d = static_cast<double>(toy.features.cols());
    EXPECT_DOUBLE_EQ(point["density"].get<double>(), point["nonzero"].get<double>() / d);
  }
  options.update({{"solver", "saga"}, {"tol", 1e-4}, {"max_iter", 5}, {"seed", 3}});
  const auto saga = make_probe("logistic", options)->fit(toy.labelled(), {});
  EXPECT_FALSE(saga->report().converged);
  EXPECT_EQ(saga->report().n_iter, 5);
  EXPECT_EQ(saga->report().details["exact_path"], path);
  for (std::size_t i = 0; i < path.size(); ++i)
    EXPECT_GE(saga->report().details["path"][i]["objective"], path[i]["objective"]) << i;
  // The value of the sweep that is c itself ends where the fit ends.
  options["c_sweep"] = "2 7";
  const auto own = make_probe("logistic", options)->fit(toy.labelled(), {});
  EXPECT_EQ(own->report().details["path"][0]["objective"], own->report().certificate->objective);
}

TEST(Logistic, SaysWhenItDidNotConverge) {
  const Toy toy = make_toy(60, 2, 1);
  const auto fitted = make_probe("logistic", {{"max_iter", 1}})->fit(toy.labelled(), {});
  EXPECT_FALSE(fitted->report().converged);
  EXPECT_EQ(fitted->report().n_iter, 1);
}

}  // namespace
}  // namespace sonde::probes

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "contrast_toy.h"
#include "published.h"
#include "toy.h"

namespace sonde::probes {
namespace {

const nlohmann::json kLong = {{"lr", 0.01}, {"weight_decay", 0.5}, {"epochs", 2000}};

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

const NamedTensor& tensor(const SavedProbe& saved, const std::string& name) {
  return *std::ranges::find(saved.tensors, name, &NamedTensor::name);
}

// The decay takes the random start away, so that nothing but the planted direction is left.
TEST(Ccs, RecoversAPlantedDirectionWithoutLabels) {
  const ContrastToy toy = make_contrast(120, 12, 3, 5), fresh = make_contrast(120, 12, 3, 5);
  const auto fitted = make_probe("ccs", kLong)->fit(toy.labelled(), {});
  EXPECT_EQ(contrast_accuracy(*fitted, fresh), 1);
  const SavedProbe saved = fitted->save();
  // The truth of a statement is along +direction; prompt 0 says class 0.
  for (int p = 0; p < 2; ++p)
    EXPECT_GT(cosine_with(toy.direction, tensor(saved, "weight").values.data() + p * 12), 0.99);
  EXPECT_LT(double(saved.metadata["details"]["loss"]), 0.005);
  EXPECT_EQ(saved.metadata["details"]["losses"].size(), 10u);
}

// With sign=none labels decide nothing: other labels give the same scores.
TEST(Ccs, UsesLabelsForNothingButTheSign) {
  ContrastToy toy = make_contrast(40, 6, 1, 3);
  const auto probe = make_probe("ccs", {{"sign", "none"}, {"epochs", 50}});
  const auto before = values_of(probe->fit(toy.labelled(), {})->scores(toy.input()));
  for (std::int32_t& label : toy.labels) label = 1 - label;
  EXPECT_EQ(values_of(probe->fit(toy.labelled(), {})->scores(toy.input())), before);
  const auto oriented = make_probe("ccs", {{"epochs", 50}});
  const auto fitted = oriented->fit(toy.labelled(), {});
  EXPECT_GE(contrast_accuracy(*fitted, toy), 0.5);
  EXPECT_EQ(fitted->report().details["train_accuracy"], contrast_accuracy(*fitted, toy));
  const auto turned = values_of(fitted->scores(toy.input()));
  for (std::int32_t& label : toy.labels) label = 1 - label;
  const auto back = values_of(oriented->fit(toy.labelled(), {})->scores(toy.input()));
  for (std::size_t i = 0; i < back.size(); ++i) EXPECT_NEAR(back[i], 1 - turned[i], 1e-6);
}

// ½(p₀ + 1 − p₁) from the saved numbers, and the same of the negated layer: its accuracy a becomes 1 − a, so
// that max(a, 1 − a) stays.
TEST(Ccs, ScoresAsThePaperDoesAndKeepsItsAccuracyWhenNegated) {
  const ContrastToy toy = make_contrast(50, 5, 0.1, 8);
  const auto fitted = make_probe("ccs", {{"epochs", 100}})->fit(toy.labelled(), {});
  SavedProbe saved = fitted->save();
  const auto& weight = tensor(saved, "weight").values;
  const auto& bias = tensor(saved, "bias").values;
  const Matrix scores = fitted->scores(toy.input());
  for (std::int64_t i = 0; i < 50; ++i) {
    double p[2];
    for (int s = 0; s < 2; ++s) {
      double sum = bias[s];
      for (int j = 0; j < 5; ++j) sum += double(weight[s * 5 + j]) * toy.rows.row(i)[s * 5 + j];
      p[s] = sigmoid(sum);
    }
    EXPECT_NEAR(scores.row(i)[0], 0.5 * (p[0] + 1 - p[1]), 1e-6);
  }
  for (NamedTensor& part : saved.tensors) {
    for (float& value : part.values) value = -value;
  }
  const double a = contrast_accuracy(*fitted, toy), b = contrast_accuracy(*open_probe(saved), toy);
  ASSERT_LT(a, 1);
  EXPECT_NEAR(a + b, 1, 1e-9);
}

// Where there is nothing to find, the larger of a and 1 − a is above one half all the same. Of 25 fair coins
// it is E max(B, 25 − B) / 25 with B binomial.
TEST(Ccs, FlattersItselfOnlyWhereItSaysSo) {
  double binomial = std::pow(0.5, 25), expected = 0;
  for (int b = 0; b <= 25; ++b) {
    expected += binomial * std::max(b, 25 - b) / 25;
    binomial *= (25.0 - b) / (b + 1);
  }
  EXPECT_NEAR(expected, 0.58, 0.001);
  const int rounds = 80;
  double plain = 0, flattered = 0;
  for (int seed = 0; seed < rounds; ++seed) {
    const ContrastToy train = make_contrast(75, 4, 0, 2 * seed), test = make_contrast(25, 4, 0, 2 * seed + 1);
    const auto fitted = make_probe("ccs", {{"sign", "flattering"}, {"epochs", 40}, {"restarts", 2}})
                            ->fit(train.labelled(), {});
    EXPECT_EQ(fitted->report().details["accuracy_shown"], "max(a, 1 - a)");
    const double a = contrast_accuracy(*fitted, test);
    plain += a / rounds;
    flattered += std::max(a, 1 - a) / rounds;
  }
  // One round deviates by 0.1 (plain) and 0.06: over 80 rounds four deviations are 0.045 and 0.027.
  EXPECT_NEAR(plain, 0.5, 0.045);
  EXPECT_NEAR(flattered, expected, 0.027);
}

TEST(Ccs, KeepsTheRestartOfTheLowestLoss) {
  const ContrastToy toy = make_contrast(30, 4, 0.3, 2);
  for (const char* rank : {"after", "before"}) {
    const auto fitted = make_probe("ccs", {{"epochs", 30}, {"rank", rank}})->fit(toy.labelled(), {});
    const auto& details = fitted->report().details;
    const auto losses = details["losses"].get<std::vector<double>>();
    EXPECT_EQ(losses[details["restart"].get<std::size_t>()], *std::ranges::min_element(losses));
    EXPECT_EQ(details["loss"], *std::ranges::min_element(losses));
  }
  // The loss before update 30 is the loss after update 29.
  const auto before = make_probe("ccs", {{"epochs", 30}, {"rank", "before"}})->fit(toy.labelled(), {});
  const auto earlier = make_probe("ccs", {{"epochs", 29}})->fit(toy.labelled(), {});
  EXPECT_EQ(before->report().details["losses"], earlier->report().details["losses"]);
}

// A part centred by its own mean does not notice that all its rows moved; its scores on the training rows are
// those of mean. One centred by the training mean does.
TEST(Ccs, CentresAPartByItselfOnlyWhenAsked) {
  const ContrastToy toy = make_contrast(40, 5, 0.5, 4);
  ContrastToy moved = make_contrast(40, 5, 0.5, 4);
  for (std::int64_t i = 0; i < 40; ++i) {
    for (int j = 0; j < 5; ++j) moved.rows.row(i)[j] += 2;
  }
  const auto own = make_probe("ccs", {{"epochs", 60}, {"center", "own"}})->fit(toy.labelled(), {});
  const auto mean = make_probe("ccs", {{"epochs", 60}})->fit(toy.labelled(), {});
  const auto a = values_of(own->scores(toy.input())), b = values_of(mean->scores(toy.input()));
  const auto c = values_of(own->scores(moved.input())), d = values_of(mean->scores(moved.input()));
  double shift = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_NEAR(a[i], b[i], 1e-6);  // the bias with the mean in it is a float near 5
    EXPECT_NEAR(a[i], c[i], 1e-6);
    shift = std::max<double>(shift, std::abs(b[i] - d[i]));
  }
  EXPECT_GT(shift, 0.01);
  SavedProbe saved = own->save();
  EXPECT_EQ(values_of(open_probe(saved)->scores(moved.input())), c);
}

// Document 0 of the published studies: a layer that is never used, a layer and a permutation per restart, the
// loss before the last update ranks, and the test rows are centred by their own mean.
TEST(Ccs, RepeatsAPublishedSearch) {
  const nlohmann::json given = published("ccs");
  const std::int64_t n = given["n"], d = given["d"], kept = given["kept"];
  const auto drawn = [&](std::int64_t seed, std::int64_t rows) {
    replay::NumpyRandomState draws(seed);
    std::vector<double> values(rows * d);
    for (double& value : values) value = draws.random_sample() - 0.5;
    return values;
  };
  const std::vector<double> shared = drawn(31, n), direction = drawn(32, 1), own = drawn(33, n),
                            other = drawn(34, n);
  Matrix rows(n, 2 * d);
  std::vector<std::int32_t> labels;
  for (std::int64_t i = 0; i < n; ++i) {
    labels.push_back(static_cast<std::int32_t>(i % 2));
    const double truth = i % 2 == 0 ? 1 : -1;
    for (std::int64_t j = 0; j < d; ++j) {
      const double base = shared[i * d + j] / 8, lean = truth * (direction[j] / 64);
      rows.row(i)[j] = static_cast<float>(base + lean + own[i * d + j] / 16);
      rows.row(i)[d + j] = static_cast<float>(base - lean + other[i * d + j] / 16 + 0.25);
    }
  }
  const std::vector<std::string> classes{"0", "1"};
  const MatrixView train{rows.data(), kept, 2 * d, 2 * d},
      test{rows.data() + kept * 2 * d, n - kept, 2 * d, 2 * d};
  const auto fitted =
      make_probe("ccs", {{"center", "own"},
                         {"rank", "before"},
                         {"sign", "none"},
                         {"draws", "torch"},
                         {"seed", given["seed"]},
                         {"built_before", 1}})
          ->fit({ProbeInput::of_contrast(train, 2), std::span(labels).first(kept), classes}, {.threads = 2});
  const auto losses = given["losses"].get<std::vector<double>>();
  const nlohmann::ordered_json& details = fitted->report().details;
  ASSERT_EQ(details["losses"].size(), losses.size());
  for (std::size_t r = 0; r < losses.size(); ++r) {
    // 1,000 steps of AdamW in float32 sums of another order; losses differ by 1e-4 between restarts.
    EXPECT_NEAR(details["losses"][r].get<double>(), losses[r], 1e-5) << r;
  }
  EXPECT_EQ(details["restart"], std::ranges::min_element(losses) - losses.begin());
  const Matrix scores = fitted->scores(ProbeInput::of_contrast(test, 2));
  std::int64_t right = 0;
  for (std::int64_t i = 0; i < scores.rows(); ++i) {
    EXPECT_NEAR(scores.row(i)[0], given["confidence"][i].get<double>(), 1e-3) << i;
    right += (scores.row(i)[0] < 0.5F ? 1 : 0) == labels[kept + i];
  }
  const double accuracy = static_cast<double>(right) / static_cast<double>(n - kept);
  EXPECT_DOUBLE_EQ(std::max(accuracy, 1 - accuracy), given["accuracy"].get<double>());
}

TEST(Ccs, HasNoMeanToSubtractWithoutNormalising) {
  EXPECT_THROW((void)make_probe("ccs", {{"normalize", "none"}, {"center", "own"}}), Error);
}

// Scaling a feature of both prompts changes nothing once deviations are divided out.
TEST(Ccs, DoesNotSeeScalesWithMeanStd) {
  const ContrastToy toy = make_contrast(40, 5, 0.5, 4);
  ContrastToy scaled = make_contrast(40, 5, 0.5, 4);
  for (std::int64_t i = 0; i < 40; ++i) {
    for (const int j : {1, 6}) scaled.rows.row(i)[j] *= 64;  // exact in floats
  }
  const auto probe = make_probe("ccs", {{"epochs", 60}, {"normalize", "mean_std"}});
  const auto a = values_of(probe->fit(toy.labelled(), {})->scores(toy.input()));
  const auto b = values_of(probe->fit(scaled.labelled(), {})->scores(scaled.input()));
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-6);
}

TEST(Ccs, RefusesOtherNumbersOfPrompts) {
  const ContrastToy toy = make_contrast(12, 3, 1, 1, 4);
  try {
    (void)make_probe("ccs")->fit(toy.labelled(), {});
    ADD_FAILURE() << "four prompts were accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::input);
    EXPECT_THAT(error.what(), testing::AllOf(testing::HasSubstr("prompts"), testing::HasSubstr("4")));
  }
  const auto fitted = make_probe("ccs", {{"epochs", 5}})->fit(make_contrast(12, 3, 1, 1).labelled(), {});
  EXPECT_THROW((void)fitted->scores(toy.input()), Error);
}

}  // namespace
}  // namespace sonde::probes

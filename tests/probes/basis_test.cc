// What only the number classifier promises: the source's loss at the first step, numbers that were never
// trained on decoded through a basis that fits, and the best look at the validation part kept.
#include <gmock/gmock.h>

#include <cmath>

#include "published.h"
#include "toy.h"

namespace sonde::probes {
namespace {

// Numbers with features, and the views that a fit takes.
struct Numbers {
  Matrix features;
  std::vector<double> targets;
  LabelledInput labelled() const {
    return {.input = ProbeInput::of_features(features.view()), .targets = targets};
  }
  double accuracy(const FittedProbe& fitted) const {
    const Matrix scores = fitted.scores(ProbeInput::of_features(features.view()));
    double right = 0;
    for (std::size_t i = 0; i < targets.size(); ++i) right += std::round(scores.data()[i]) == targets[i];
    return right / static_cast<double>(targets.size());
  }
};

// The loss before the first step is ln(open classes) and the L1 term of a fresh start: parameters uniform in
// ±b have a mean size of b/2. 945 of 1,000 classes open, 2,048 features, 100 latent dimensions.
TEST(Basis, BeginsWithTheLossOfTheSource) {
  const RandomStream stream(1, "small");
  Numbers numbers{Matrix(945, 2048), {}};
  for (std::int64_t i = 0; i < 945 * 2048; ++i)
    numbers.features.data()[i] = static_cast<float>(0.04 * (stream.uniform(i) - 0.5));
  for (int x = 0; x < 945; ++x) numbers.targets.push_back(x + 55);
  const double activation = 0.001 * 204900 / (2 * std::sqrt(2048.0));
  const double sinusoid = activation, binary = 0.001 * 1100 / (2 * std::sqrt(10.0));
  for (const auto& [basis, expected] : {std::pair{"sinusoid", std::log(945) + activation + sinusoid},
                                        std::pair{"binary", std::log(945) + activation + binary}}) {
    const auto fitted =
        make_probe("basis", {{"basis", basis}, {"range", "0:1000"}, {"steps", 1}, {"batch", 512}})
            ->fit(numbers.labelled(), {});
    EXPECT_EQ(fitted->report().details["classes_open"], 945);
    // Logits of a spread of 0.07 add 0.003; the L1 sum of 409,800 draws spreads by 0.004.
    EXPECT_NEAR(fitted->report().details["first_loss"].get<double>(), expected, 0.02) << basis;
  }
  EXPECT_NEAR(std::log(945) + activation + sinusoid, 11.38, 0.01);  // as the study prints: 11.39
  EXPECT_NEAR(std::log(945) + activation + binary, 9.29, 0.01);
}

// The same L1 terms of the very parameters that torch draws at seed 0, in the order of the two maps.
TEST(Basis, BeginsWithThePenaltyOfTheSource) {
  const nlohmann::json expected = published("basis")["first_l1"];
  Numbers numbers{Matrix(945, 2048), {}};
  for (int x = 0; x < 945; ++x) numbers.targets.push_back(x + 55);
  for (const char* basis : {"sinusoid", "binary"}) {
    const auto loss = [&](double l1) {
      return make_probe("basis", {{"basis", basis},
                                  {"range", "0:1000"},
                                  {"steps", 1},
                                  {"batch", 16},
                                  {"draws", "torch"},
                                  {"l1", l1}})
          ->fit(numbers.labelled(), {})
          ->report()
          .details["first_loss"]
          .get<double>();
    };
    // The cross-entropy cancels: the parameters and the rows are the same.
    EXPECT_NEAR(loss(1e-3) - loss(0), expected[basis].get<double>(), 1e-6) << basis;
  }
}

// Document 2 of the published studies on a small range: torch's start, torch's rows, a list of closed
// classes, looks after steps 1, 21, 41 and 61, and the parameters of the last step.
TEST(Basis, RepeatsAPublishedTraining) {
  const nlohmann::json given = published("basis");
  const std::int64_t d = given["d"];
  const auto numbers_from = [&](std::int64_t seed, const nlohmann::json& values) {
    const auto numbers = values.get<std::vector<std::int64_t>>();
    Numbers drawn{published_rows(seed, std::ssize(numbers), d,
                                 [&](std::int64_t i, std::int64_t j, double v) {
                                   return v + ((numbers[i] >> (j % 6) & 1) != 0 ? 0.5 : 0.0);
                                 }),
                  {numbers.begin(), numbers.end()}};
    return drawn;
  };
  const Numbers train = numbers_from(21, given["targets"]), held = numbers_from(22, given["held"]);
  nlohmann::json options = {{"basis", "binary"},         {"range", "0:40"},         {"mask", "listed"},
                            {"closed", given["closed"]}, {"steps", given["steps"]}, {"batch", given["batch"]},
                            {"every", given["every"]},   {"look", "start"},         {"keep", "last"},
                            {"lr", given["lr"]},         {"draws", "torch"},        {"seed", 0}};
  const auto fitted = make_probe("basis", options)->fit(train.labelled(), held.labelled(), {});
  const nlohmann::ordered_json& details = fitted->report().details;
  EXPECT_EQ(details["classes_open"], 36);
  EXPECT_NEAR(details["first_loss"].get<double>(), given["first_loss"].get<double>(), 1e-5);
  // 61 steps of Adam on float32 gradients that are summed in another order.
  EXPECT_NEAR(details["last_loss"].get<double>(), given["last_loss"].get<double>(), 1e-4);
  EXPECT_EQ(details["validation_accuracy"], *std::ranges::max_element(given["looks"]));
  EXPECT_EQ(details["step_kept"], 61);
  std::vector<float> parameters;
  for (const NamedTensor& tensor : fitted->save().tensors)
    parameters.insert(parameters.end(), tensor.values.begin(), tensor.values.end());
  ASSERT_EQ(parameters.size(), given["parameters"].size());
  for (std::size_t p = 0; p < parameters.size(); ++p)
    EXPECT_NEAR(parameters[p], given["parameters"][p].get<float>(), 2e-3) << p;
  const Matrix said = fitted->scores(ProbeInput::of_features(held.features.view()));
  for (std::int64_t i = 0; i < said.rows(); ++i)
    EXPECT_EQ(said.row(i)[0], given["said"][i].get<float>()) << i;
  options["keep"] = "best";
  const auto best = make_probe("basis", options)->fit(train.labelled(), held.labelled(), {});
  EXPECT_EQ(held.accuracy(*best), details["validation_accuracy"].get<double>());
}

TEST(Basis, RefusesListsThatDoNotFit) {
  EXPECT_THROW((void)make_probe("basis", {{"mask", "listed"}}), Error);
  EXPECT_THROW((void)make_probe("basis", {{"closed", "1 2"}}), Error);
  Numbers numbers{Matrix(4, 2), {0, 1, 2, 3}};
  for (std::int64_t i = 0; i < 8; ++i) numbers.features.data()[i] = static_cast<float>(i);
  const auto probe = make_probe("basis", {{"mask", "listed"}, {"closed", {2, 7}}, {"steps", 1}});
  try {
    (void)probe->fit(numbers.labelled(), {});
    ADD_FAILURE() << "a training row of a closed class was taken";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("a training row has a closed class"));
  }
}

// Embeddings as a linear image of Fourier features of the number, with some noise. Numbers divisible by seven
// are kept for the test.
Numbers fourier(bool held_out, std::uint64_t seed) {
  constexpr std::int64_t kWidth = 48, kFeatures = 16;
  const RandomStream image(1, "image"), noise(seed, "noise");
  std::vector<double> rows;
  Numbers numbers;
  for (int repeat = 0; repeat < 4; ++repeat) {
    for (int x = 0; x < 100; ++x) {
      if ((x % 7 == 0) != held_out) continue;
      numbers.targets.push_back(x);
      for (std::int64_t j = 0; j < kWidth; ++j) {
        double value = 0;
        for (std::int64_t f = 0; f < kFeatures; ++f) {
          const double angle = x * std::exp(-static_cast<double>(f / 2) * std::log(100.0) / 8);
          value +=
              (f % 2 == 0 ? std::sin(angle) : std::cos(angle)) * (2 * image.uniform(j * kFeatures + f) - 1);
        }
        rows.push_back(value + 0.1 * (noise.uniform(rows.size()) - 0.5));
      }
    }
  }
  numbers.features = Matrix(static_cast<std::int64_t>(numbers.targets.size()), kWidth);
  std::ranges::copy(rows, numbers.features.data());
  return numbers;
}

TEST(Basis, DecodesNumbersItNeverSawThroughABasisThatFits) {
  const Numbers train = fourier(false, 1), test = fourier(true, 2);
  const auto accuracy = [&](const char* basis) {
    const auto fitted =
        make_probe("basis", {{"basis", basis}, {"range", "0:100"}, {"steps", 1500}, {"l1", 1e-4}})
            ->fit(train.labelled(), {});
    return test.accuracy(*fitted);
  };
  const double sinusoid = accuracy("sinusoid"), binary = accuracy("binary"), onehot = accuracy("onehot");
  EXPECT_GT(sinusoid, 0.9);
  EXPECT_LT(binary, sinusoid - 0.3);
  EXPECT_EQ(onehot, 0);  // a column that was never trained stands for nothing
}

// How a number from 0 to 63 is stored: as waves of periods 8, 16, 32 and 64, or as a line.
enum class Storage { waves, line };

// A linear image of that, with some noise; every fourth number is kept for the test.
Numbers stored(Storage storage, bool held_out, std::uint64_t seed) {
  constexpr std::int64_t kWidth = 48;
  const RandomStream image(1, "image"), noise(seed, "noise");
  std::vector<double> rows;
  Numbers numbers;
  for (int x = 0; x < 4 * 64; ++x) {
    const int number = x % 64;
    if ((number % 4 == 1) != held_out) continue;
    numbers.targets.push_back(number);
    std::vector<double> parts;
    for (int period = 8; period <= 64 && storage == Storage::waves; period *= 2) {
      parts.push_back(std::sin(2 * M_PI * number / period));
      parts.push_back(std::cos(2 * M_PI * number / period));
    }
    if (storage == Storage::line) parts = {number / 64.0};
    for (std::int64_t j = 0; j < kWidth; ++j) {
      double value = 0.01 * (noise.uniform(rows.size()) - 0.5);
      for (std::size_t f = 0; f < parts.size(); ++f) value += parts[f] * (2 * image.uniform(j * 8 + f) - 1);
      rows.push_back(value);
    }
  }
  numbers.features = Matrix(static_cast<std::int64_t>(numbers.targets.size()), kWidth);
  std::ranges::copy(rows, numbers.features.data());
  return numbers;
}

double accuracy_on_unseen(Storage storage, const char* kind, nlohmann::json options) {
  if (std::string_view(kind) == "basis")
    options.update({{"range", "0:64"}, {"steps", 3000}, {"l1", 1e-4}, {"lr", 0.003}});
  const Numbers train = stored(storage, false, 1), test = stored(storage, true, 2);
  return test.accuracy(*make_probe(kind, options)->fit(train.labelled(), {}));
}

// The order of the bases says how numbers are stored: waves where they are waves, the line where a line.
TEST(Basis, TheOrderOfBasesSaysHowNumbersAreStored) {
  const double sinusoid = accuracy_on_unseen(Storage::waves, "basis", {{"basis", "sinusoid"}});
  const double binary = accuracy_on_unseen(Storage::waves, "basis", {{"basis", "binary"}});
  const double line = accuracy_on_unseen(Storage::waves, "least_squares", {{"target", "identity"}});
  const double logarithm = accuracy_on_unseen(Storage::waves, "least_squares", {{"target", "log1p"}});
  EXPECT_GT(sinusoid, 0.9);
  EXPECT_GT(sinusoid, binary + 0.3);
  EXPECT_GT(binary, std::max(line, logarithm) + 0.05);
  const double best = accuracy_on_unseen(Storage::line, "least_squares", {{"target", "identity"}});
  EXPECT_GT(best, 0.9);
  EXPECT_GT(best, 0.3 + accuracy_on_unseen(Storage::line, "least_squares", {{"target", "log1p"}}));
  for (const char* basis : {"sinusoid", "binary"})
    EXPECT_GT(best, 0.1 + accuracy_on_unseen(Storage::line, "basis", {{"basis", basis}})) << basis;
}

TEST(Basis, KeepsTheBestLookAndNotTheLast) {
  const Numbers train = fourier(false, 1), validation = fourier(true, 2);
  nlohmann::json options = {
      {"basis", "sinusoid"}, {"range", "0:100"}, {"steps", 400}, {"every", 50}, {"lr", 0.03}};
  const auto fitted = make_probe("basis", options)->fit(train.labelled(), validation.labelled(), {});
  const std::int64_t kept = fitted->report().details["step_kept"];
  ASSERT_LT(kept, 400);
  EXPECT_EQ(validation.accuracy(*fitted), fitted->report().details["validation_accuracy"].get<double>());
  const auto last = make_probe("basis", options)->fit(train.labelled(), {});
  EXPECT_NE(last->save().tensors[0].values, fitted->save().tensors[0].values);
  options["steps"] = kept;
  const auto stopped = make_probe("basis", options)->fit(train.labelled(), {});
  const ProbeInput input = ProbeInput::of_features(validation.features.view());
  EXPECT_EQ(values_of(fitted->scores(input)), values_of(stopped->scores(input)));
  const auto tensors = fitted->save().tensors, expected = stopped->save().tensors;
  for (std::size_t i = 0; i < tensors.size(); ++i) EXPECT_EQ(tensors[i].values, expected[i].values);
}

// Closing the classes that are never trained on changes what is learned; with none closed all are pushed
// down.
TEST(Basis, ClosesUnseenClassesOnlyWhenAsked) {
  const Numbers train = fourier(false, 1);
  const nlohmann::json options = {{"range", "0:100"}, {"steps", 3}};
  nlohmann::json all = options;
  all["mask"] = "none";
  EXPECT_EQ(make_probe("basis", options)->fit(train.labelled(), {})->report().details["classes_open"], 85);
  EXPECT_EQ(make_probe("basis", all)->fit(train.labelled(), {})->report().details["classes_open"], 100);
}

TEST(Basis, RefusesTargetsThatAreNoClass) {
  Numbers numbers = fourier(false, 1);
  const auto expect_refused = [&](const nlohmann::json& options, const char* words) {
    try {
      (void)make_probe("basis", options)->fit(numbers.labelled(), {});
      ADD_FAILURE() << "not refused: " << words;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::input);
      EXPECT_THAT(error.what(), testing::HasSubstr(words));
    }
  };
  numbers.targets[17] = 4.5;
  expect_refused({{"range", "0:100"}}, "row 17");
  numbers.targets[17] = 100;
  expect_refused({{"range", "0:100"}}, "100");
  numbers.targets[17] = 1e12;
  expect_refused({}, "range");
  numbers.targets.assign(numbers.targets.size(), 3);
  expect_refused({{"range", "0:100"}}, "one target");
  for (const char* range : {"", "5", "5:", ":5", "5:5", "9:2", "0:1e9", "0:99999999", "a:b", "1:2:3"})
    EXPECT_THROW((void)make_probe("basis", {{"range", range}}), Error) << range;
}

}  // namespace
}  // namespace sonde::probes

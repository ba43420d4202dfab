// What only attention pooling promises: it finds the token that tells, reads ragged examples, and is the mean
// of the tokens when its queries are zero.
#include <gmock/gmock.h>

#include <cmath>

#include "toy.h"

namespace sonde::probes {
namespace {

constexpr std::int64_t kWidth = 8;

// Examples of 1 to 20 tokens. One token of each is marked (column 0) and says the class (column 1); the
// others say one at random.
struct Ragged {
  std::vector<float> values;
  std::vector<std::int64_t> offsets{0}, telling;
  std::vector<std::int32_t> labels;
  std::vector<std::string> classes = {"minus", "plus"};

  MatrixView view() const { return {values.data(), offsets.back(), kWidth, kWidth}; }
  LabelledInput labelled() const { return {ProbeInput::of_tokens(view(), offsets), labels, classes}; }
  double accuracy(const FittedProbe& fitted) const {
    const Matrix scores = fitted.scores(labelled().input);
    const std::vector<std::int32_t> predicted = predicted_classes(scores.view());
    double right = 0;
    for (std::size_t i = 0; i < labels.size(); ++i) right += predicted[i] == labels[i];
    return right / static_cast<double>(labels.size());
  }
};

Ragged one_telling_token(std::int64_t n, std::uint64_t seed) {
  const RandomStream stream(seed, "ragged");
  Ragged ragged;
  std::uint64_t at = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const auto tokens = static_cast<std::int64_t>(1 + stream.below(20, at++));
    const auto telling = static_cast<std::int64_t>(stream.below(tokens, at++));
    ragged.labels.push_back(static_cast<std::int32_t>(i % 2));
    for (std::int64_t t = 0; t < tokens; ++t) {
      const bool plus = t == telling ? i % 2 == 1 : stream.below(2, at++) == 1;
      for (std::int64_t j = 0; j < kWidth; ++j) {
        double value = 3 + 0.4 * (stream.uniform(at++) - 0.5);
        if (j == 0 && t == telling) value += 2;
        if (j == 1) value += plus ? 1 : -1;
        ragged.values.push_back(static_cast<float>(value));
      }
    }
    ragged.telling.push_back(telling);
    ragged.offsets.push_back(ragged.offsets.back() + tokens);
  }
  return ragged;
}

const NamedTensor& tensor(const SavedProbe& saved, const char* name) {
  return *std::ranges::find(saved.tensors, name, &NamedTensor::name);
}

TEST(Attention, FindsTheOneTellingToken) {
  const Ragged train = one_telling_token(300, 1), test = one_telling_token(200, 2);
  const auto fitted = make_probe("attention", {{"heads", 1}, {"lr", 0.02}})->fit(train.labelled(), {});
  EXPECT_GT(test.accuracy(*fitted), 0.98);
  // The saved query itself, applied by hand: its largest product is that of the telling token.
  const SavedProbe saved = fitted->save();
  const std::vector<float>& query = tensor(saved, "queries").values;
  for (std::size_t i = 0; i < test.labels.size(); ++i) {
    std::int64_t best = -1;
    double most = 0;
    for (std::int64_t t = test.offsets[i]; t < test.offsets[i + 1]; ++t) {
      double product = 0;
      for (std::int64_t j = 0; j < kWidth; ++j) product += query[j] * test.view().row(t)[j];
      if (best >= 0 && product <= most) continue;
      best = t - test.offsets[i];
      most = product;
    }
    EXPECT_EQ(best, test.telling[i]);
  }
  // The mean over all tokens, on which no more than a linear probe is asked, tells much less.
  Matrix mean(300, kWidth), test_mean(200, kWidth);
  for (const auto& [from, to] : {std::pair{&train, &mean}, std::pair{&test, &test_mean}}) {
    for (std::int64_t i = 0; i < to->rows(); ++i) {
      const auto tokens = static_cast<float>(from->offsets[i + 1] - from->offsets[i]);
      for (std::int64_t t = from->offsets[i]; t < from->offsets[i + 1]; ++t)
        for (std::int64_t j = 0; j < kWidth; ++j) to->row(i)[j] += from->view().row(t)[j] / tokens;
    }
  }
  const auto logistic =
      make_probe("logistic")->fit({ProbeInput::of_features(mean.view()), train.labels, train.classes}, {});
  const Matrix scores = logistic->scores(ProbeInput::of_features(test_mean.view()));
  const std::vector<std::int32_t> predicted = predicted_classes(scores.view());
  double right = 0;
  for (std::size_t i = 0; i < predicted.size(); ++i) right += predicted[i] == test.labels[i];
  EXPECT_LT(right / 200, 0.9);
}

// The scores follow from the saved tensors by the definition, in doubles.
TEST(Attention, ScoresAreTheirDefinition) {
  const Ragged ragged = one_telling_token(40, 3);
  const auto fitted = make_probe("attention", {{"heads", 3}, {"epochs", 5}})->fit(ragged.labelled(), {});
  const SavedProbe saved = fitted->save();
  const auto &queries = tensor(saved, "queries").values, &weight = tensor(saved, "weight").values,
             &bias = tensor(saved, "bias").values;
  const Matrix scores = fitted->scores(ragged.labelled().input);
  for (std::int64_t i = 0; i < 40; ++i) {
    double margin = bias[1] - bias[0];
    for (std::int64_t h = 0; h < 3; ++h) {
      std::vector<double> products;
      for (std::int64_t t = ragged.offsets[i]; t < ragged.offsets[i + 1]; ++t) {
        products.push_back(0);
        for (std::int64_t j = 0; j < kWidth; ++j)
          products.back() += queries[h * kWidth + j] * ragged.view().row(t)[j];
      }
      double sum = 0;
      for (const double product : products) sum += std::exp(product);
      for (std::size_t t = 0; t < products.size(); ++t) {
        for (std::int64_t j = 0; j < kWidth; ++j) {
          margin += std::exp(products[t]) / sum * ragged.view().row(ragged.offsets[i] + t)[j] *
                    (weight[3 * kWidth + h * kWidth + j] - weight[h * kWidth + j]);
        }
      }
    }
    // Float products and sums of numbers up to 10.
    EXPECT_NEAR(scores.row(i)[1], 1 / (1 + std::exp(-margin)), 1e-5);
  }
}

TEST(Attention, KeepsTheBestEpochAndNotTheLast) {
  Ragged train = one_telling_token(40, 1), validation = one_telling_token(60, 2);
  const RandomStream stream(4, "random labels");
  for (std::int64_t i = 0; i < 40; ++i) train.labels[i] = static_cast<std::int32_t>(stream.below(2, i));
  nlohmann::json options = {{"lr", 0.02}, {"epochs", 40}, {"patience", 0}};
  const auto fitted = make_probe("attention", options)->fit(train.labelled(), validation.labelled(), {});
  const std::int64_t kept = fitted->report().details["epoch_kept"];
  ASSERT_LT(kept, 40);
  const auto last = make_probe("attention", options)->fit(train.labelled(), {});
  EXPECT_NE(tensor(last->save(), "weight").values, tensor(fitted->save(), "weight").values);
  options["epochs"] = kept;
  const auto stopped = make_probe("attention", options)->fit(train.labelled(), {});
  EXPECT_EQ(tensor(stopped->save(), "weight").values, tensor(fitted->save(), "weight").values);
}

TEST(Attention, RefusesAnExampleWithoutTokens) {
  Ragged ragged = one_telling_token(20, 1);
  const auto fitted = make_probe("attention", {{"epochs", 1}})->fit(ragged.labelled(), {});
  ragged.offsets[8] = ragged.offsets[7];
  for (int what = 0; what < 2; ++what) {
    try {
      if (what == 0) (void)fitted->scores(ragged.labelled().input);
      if (what == 1) (void)make_probe("attention")->fit(ragged.labelled(), {});
      ADD_FAILURE() << "an empty example was accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::input);
      EXPECT_THAT(error.what(), testing::HasSubstr("row 7"));
    }
  }
}

}  // namespace
}  // namespace sonde::probes

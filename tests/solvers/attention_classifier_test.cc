#include "sonde/solvers/attention_classifier.h"

#include "nets.h"

namespace sonde::solvers {
namespace {

std::vector<std::int64_t> offsets_of(const std::vector<std::int64_t>& counts) {
  std::vector<std::int64_t> offsets{0};
  for (const std::int64_t count : counts) offsets.push_back(offsets.back() + count);
  return offsets;
}

TEST(AttentionClassifier, FollowsTorchFromTheSameStart) {
  for (const nlohmann::json& golden : recorded_networks("attention")) {
    const Matrix tokens = matrix_of(golden["tokens"], golden["d"]);
    const auto offsets = offsets_of(golden["counts"]);
    const auto y = golden["y"].get<std::vector<std::int32_t>>();
    Team team({.threads = 2});
    AttentionClassifier classifier(
        {.width = golden["d"],
         .heads = golden["heads"],
         .classes = golden["k"],
         .batch = 7,
         .most_tokens = 8},
        {}, {.lr = golden["lr"], .weight_decay = golden["weight_decay"], .decoupled = true}, team);
    expect_same_run(golden, classifier.parameters(), [&](const std::vector<std::int64_t>& rows) {
      return classifier.step({tokens.view(), offsets, y}, rows);
    });
  }
}

TEST(AttentionClassifier, StepsAlongTheSlopeOfItsLoss) {
  const RandomStream stream(5, "attention");
  const std::vector<std::int64_t> offsets = offsets_of({3, 1, 5, 2, 4, 2});
  Matrix tokens(17, 3);
  for (std::int64_t i = 0; i < 51; ++i) tokens.data()[i] = static_cast<float>(2 * stream.uniform(i) - 1);
  const std::vector<std::int32_t> labels = {0, 1, 0, 1, 1, 0};
  Team team({.threads = 1});
  AttentionClassifier classifier({.width = 3, .heads = 2, .classes = 2, .batch = 6, .most_tokens = 5}, {},
                                 gradient_step(), team);
  classifier.draw_start(stream);
  for (std::int64_t i = 0; i < 6; ++i)
    classifier.parameters()[i] = static_cast<float>(stream.uniform(90 + i) - 0.5);
  const std::vector<float> before(classifier.parameters().begin(), classifier.parameters().end());
  const auto by_definition = [&](const std::vector<double>& parameters) {
    double loss = 0;
    for (std::int64_t i = 0; i < 6; ++i) {
      std::vector<double> pooled(6);
      for (std::int64_t h = 0; h < 2; ++h) {
        double sum = 0;
        for (int pass = 0; pass < 2; ++pass) {
          for (std::int64_t t = offsets[i]; t < offsets[i + 1]; ++t) {
            double product = 0;
            for (std::int64_t j = 0; j < 3; ++j) product += parameters[h * 3 + j] * tokens.row(t)[j];
            if (pass == 0) sum += std::exp(product);
            for (std::int64_t j = 0; j < 3 && pass == 1; ++j)
              pooled[h * 3 + j] += std::exp(product) / sum * tokens.row(t)[j];
          }
        }
      }
      loss += cross_entropy_of(dense(pooled, parameters, 6, 2), labels[i]) / 6;
    }
    return loss;
  };
  const std::vector<std::int64_t> rows = {0, 1, 2, 3, 4, 5};
  const std::vector<double> start(before.begin(), before.end());
  EXPECT_NEAR(classifier.step({tokens.view(), offsets, labels}, rows), by_definition(start),
              1e-6);  // float sums
  expect_slopes(before, classifier.parameters(), by_definition);
}

}  // namespace
}  // namespace sonde::solvers

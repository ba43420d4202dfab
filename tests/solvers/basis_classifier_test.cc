#include "sonde/solvers/basis_classifier.h"

#include "nets.h"

namespace sonde::solvers {
namespace {

TEST(BasisClassifier, FollowsTorchFromTheSameStart) {
  for (const nlohmann::json& golden : recorded_networks("basis")) {
    const Matrix x = matrix_of(golden["x"], golden["d"]), basis = matrix_of(golden["basis"], golden["m"]);
    const auto y = golden["y"].get<std::vector<std::int32_t>>();
    Team team({.threads = 2});
    BasisClassifier classifier({x.view(), basis.view(), y}, golden["latent"],
                               {.lr = golden["lr"], .l1 = golden["l1"]}, 16, team);
    expect_same_run(golden, classifier.parameters(),
                    [&](const std::vector<std::int64_t>& rows) { return classifier.step(rows); });
  }
}

TEST(BasisClassifier, StepsAlongTheSlopeOfItsLoss) {
  const RandomStream stream(5, "basis");
  Matrix x(5, 4), basis(6, 3);
  for (std::int64_t i = 0; i < 20; ++i) x.data()[i] = static_cast<float>(2 * stream.uniform(i) - 1);
  for (std::int64_t i = 0; i < 18; ++i) basis.data()[i] = static_cast<float>(2 * stream.uniform(50 + i) - 1);
  const std::vector<std::int32_t> labels = {0, 5, 2, 3, 1};
  Team team({.threads = 1});
  AdamOptions options = gradient_step();
  options.l1 = 0.05;
  BasisClassifier classifier({x.view(), basis.view(), labels}, 2, options, 7, team);
  classifier.draw_start(stream);
  const std::vector<float> before(classifier.parameters().begin(), classifier.parameters().end());
  const std::vector<std::int64_t> rows = {4, 0, 0, 1, 2, 3, 3};
  const auto penalty = [](const std::vector<double>& parameters) {
    double sum = 0;
    for (const double p : parameters) sum += 0.05 * std::abs(p);
    return sum;
  };
  const auto by_definition = [&](const std::vector<double>& parameters) {
    double sum = penalty(parameters);
    for (const std::int64_t row : rows) {
      const std::vector<double> mapped = dense({x.row(row).begin(), x.row(row).end()}, parameters, 0, 2);
      std::vector<double> logits;
      for (std::int64_t c = 0; c < 6; ++c) {
        const std::vector<double> of_class =
            dense({basis.row(c).begin(), basis.row(c).end()}, parameters, classifier.basis_map().offset, 2);
        logits.push_back(mapped[0] * of_class[0] + mapped[1] * of_class[1]);
      }
      sum += cross_entropy_of(logits, labels[row]) / 7;
    }
    return sum;
  };
  const std::vector<double> start(before.begin(), before.end());
  EXPECT_NEAR(classifier.penalty(), penalty(start), 1e-12);
  EXPECT_NEAR(classifier.step(rows) + penalty(start), by_definition(start), 1e-6);  // float sums
  expect_slopes(before, classifier.parameters(), by_definition);
}

// More rows, classes and columns than a piece has, and a batch that no piece divides.
TEST(BasisClassifier, HasTheSameBitsOnAnyNumberOfThreads) {
  const RandomStream stream(6, "threads");
  Matrix x(50, 600), basis(300, 530);
  for (std::int64_t i = 0; i < 30000; ++i) x.data()[i] = static_cast<float>(2 * stream.uniform(i) - 1);
  for (std::int64_t i = 0; i < 159000; ++i) basis.data()[i] = static_cast<float>(stream.uniform(40000 + i));
  std::vector<std::int32_t> labels;
  for (int i = 0; i < 50; ++i) labels.push_back(5 * i);
  std::vector<std::vector<float>> found;
  for (const int threads : {1, 2, 5}) {
    Team team({.threads = threads});
    BasisClassifier classifier({x.view(), basis.view(), labels}, 9, {.l1 = 1e-3}, 700, team);
    classifier.draw_start(stream);
    std::vector<std::int64_t> rows(700);
    for (int t = 0; t < 3; ++t) {
      draw_rows(50, stream, t, rows);
      (void)classifier.step(rows);
    }
    found.emplace_back(classifier.parameters().begin(), classifier.parameters().end());
  }
  EXPECT_EQ(found[0], found[1]);
  EXPECT_EQ(found[0], found[2]);
}

}  // namespace
}  // namespace sonde::solvers

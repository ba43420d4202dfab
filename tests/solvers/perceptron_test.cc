#include "sonde/solvers/perceptron.h"

#include "nets.h"
#include "sonde/solvers/minibatches.h"

namespace sonde::solvers {
namespace {

TEST(Perceptron, FollowsTorchFromTheSameStart) {
  for (const nlohmann::json& golden : recorded_networks("mlp")) {
    const auto sizes = golden["sizes"].get<std::vector<std::int64_t>>();
    const Matrix x = matrix_of(golden["x"], sizes[0]);
    const auto y = golden["y"].get<std::vector<std::int32_t>>();
    Team team({.threads = 2});
    Perceptron network({.sizes = sizes,
                        .activation = kernels::activation_named(golden["activation"].get<std::string>()),
                        .head = golden["head"] == "sigmoid" ? Head::sigmoid : Head::logits},
                       {.lr = golden["lr"], .weight_decay = golden["weight_decay"], .decoupled = true}, 8,
                       team);
    Matrix block(8, sizes[0]);
    expect_same_run(golden, network.parameters(), [&](const std::vector<std::int64_t>& rows) {
      const auto n = static_cast<std::int64_t>(rows.size());
      std::vector<std::int32_t> labels;
      for (const std::int64_t row : rows) labels.push_back(y[row]);
      const MutableMatrixView view{block.data(), n, sizes[0], sizes[0]};
      gather(x.view(), rows, {}, view);
      return network.step(view, labels);
    });
  }
}

TEST(Perceptron, StepsAlongTheSlopeOfItsLoss) {
  const std::vector<std::int64_t> sizes = {3, 4, 5, 3};
  const RandomStream stream(5, "perceptron");
  Matrix x(6, 3);
  for (std::int64_t i = 0; i < 18; ++i) x.data()[i] = static_cast<float>(2 * stream.uniform(i) - 1);
  const std::vector<std::int32_t> labels = {0, 1, 2, 2, 1, 1};
  for (const Head head : {Head::logits, Head::sigmoid}) {
    Team team({.threads = 1});
    Perceptron network({.sizes = sizes, .activation = kernels::Activation::gelu, .head = head},
                       gradient_step(), 6, team);
    network.draw_start(stream);
    const std::vector<float> before(network.parameters().begin(), network.parameters().end());
    const auto by_definition = [&](const std::vector<double>& parameters) {
      double sum = 0;
      for (std::int64_t i = 0; i < 6; ++i) {
        std::vector<double> values(x.row(i).begin(), x.row(i).end());
        for (std::size_t l = 0; l < 3; ++l) {
          values = dense(values, parameters, network.layers()[l].offset, sizes[l + 1]);
          for (double& v : values) {
            if (l < 2) v *= 0.5 * std::erfc(-v / std::sqrt(2.0));
            if (l == 2 && head == Head::sigmoid) v = 1 / (1 + std::exp(-v));
          }
        }
        sum += cross_entropy_of(values, labels[i]) / 6;
      }
      return sum;
    };
    const std::vector<double> start(before.begin(), before.end());
    EXPECT_NEAR(network.step(x.view(), labels), by_definition(start), 1e-6);  // float sums
    expect_slopes(before, network.parameters(), by_definition);
  }
}

// Layers wider than a piece, so that several workers have something to do.
TEST(Perceptron, HasTheSameBitsOnAnyNumberOfThreads) {
  const RandomStream stream(6, "threads");
  Matrix x(40, 300);
  for (std::int64_t i = 0; i < 12000; ++i) x.data()[i] = static_cast<float>(2 * stream.uniform(i) - 1);
  std::vector<std::int32_t> labels;
  for (int i = 0; i < 40; ++i) labels.push_back(i % 4);
  std::vector<std::vector<float>> found;
  for (const int threads : {1, 2, 5}) {
    Team team({.threads = threads});
    Perceptron network({.sizes = {300, 290, 150, 4}}, {}, 40, team);
    network.draw_start(stream);
    for (int t = 0; t < 5; ++t) (void)network.step(x.view(), labels);
    found.emplace_back(network.parameters().begin(), network.parameters().end());
  }
  EXPECT_EQ(found[0], found[1]);
  EXPECT_EQ(found[0], found[2]);
}

}  // namespace
}  // namespace sonde::solvers

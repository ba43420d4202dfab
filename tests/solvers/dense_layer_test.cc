#include "sonde/solvers/dense_layer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace sonde::solvers {
namespace {

// Uniform between ±1/√inputs: bounds, mean 0 and variance bound²/3.
TEST(DenseLayer, BeginsAsTorchDistributesIt) {
  const DenseLayer layer{16, 500, 3};
  std::vector<float> parameters(layer.offset + layer.size(), 7);
  draw_start(layer, RandomStream(1, "start"), parameters);
  EXPECT_EQ(parameters[2], 7);
  double sum = 0, squares = 0;
  for (std::int64_t i = 0; i < layer.size(); ++i) {
    const double value = parameters[layer.offset + i];
    EXPECT_LE(std::abs(value), 0.25);
    sum += value;
    squares += value * value;
  }
  const auto n = static_cast<double>(layer.size());
  EXPECT_NEAR(sum / n, 0, 5 * 0.25 / std::sqrt(3 * n));                     // five deviations of a mean
  EXPECT_NEAR(squares / n, 0.0625 / 3, 0.0625 * 5 / std::sqrt(11.25 * n));  // and of a mean square
}

TEST(DenseLayer, WorksBlockByBlock) {
  const DenseLayer layer{2, 3, 0};
  const std::vector<float> parameters = {1, 2,  3,  4, 5,
                                         6, 10, 20, 30};  // rows (1 2) (3 4) (5 6), then the bias
  Matrix x(2, 2), y(2, 3), dx(2, 2), weight(2, 2);
  const std::vector<float> values = {1, 0, 2, -1};
  std::copy(values.begin(), values.end(), x.data());
  forward(layer, parameters, x.view(), {0, 1}, y.view());
  forward(layer, parameters, x.view(), {1, 2}, y.view());
  EXPECT_EQ(std::vector(y.data(), y.data() + 6), (std::vector<float>{11, 23, 35, 10, 22, 34}));
  Matrix dy(2, 3);
  const std::vector<float> slopes = {1, 0, -1, 2, 1, 0};
  std::copy(slopes.begin(), slopes.end(), dy.data());
  backward(layer, parameters, dy.view(), {0, 1}, dx.view());
  backward(layer, parameters, dy.view(), {1, 1}, dx.view());
  EXPECT_EQ(std::vector(dx.data(), dx.data() + 4), (std::vector<float>{-4, -4, 5, 8}));
  std::vector<float> bias(2);
  gradient(x.view(), dy.view(), {1, 2}, weight.view(), bias);
  EXPECT_EQ(std::vector(weight.data(), weight.data() + 4), (std::vector<float>{2, -1, -1, 0}));
  EXPECT_EQ(bias, (std::vector<float>{1, -1}));
}

}  // namespace
}  // namespace sonde::solvers

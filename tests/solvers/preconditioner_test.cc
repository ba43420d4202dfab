#include "sonde/solvers/preconditioner.h"

#include <gtest/gtest.h>

#include "sonde/core/random.h"

namespace sonde::solvers {
namespace {

Matrix random_matrix(std::int64_t n, std::int64_t d) {
  const RandomStream stream(6, "preconditioner");
  Matrix x(n, d);
  for (std::int64_t i = 0; i < n * d; ++i) x.data()[i] = static_cast<float>(stream.uniform(i) - 0.4);
  return x;
}

// (I + a XᵀX) v written out.
std::vector<double> apply_model(const Matrix& x, double a, std::span<const double> v) {
  std::vector<double> result(v.begin(), v.end());
  for (std::int64_t i = 0; i < x.rows(); ++i) {
    double margin = 0;
    for (std::int64_t j = 0; j < x.cols(); ++j) margin += x.row(i)[j] * v[j];
    for (std::int64_t j = 0; j < x.cols(); ++j) result[j] += a * margin * x.row(i)[j];
  }
  return result;
}

// With all rows used, applying it must undo the model, in feature space and in sample space.
TEST(Preconditioner, InvertsItsModel) {
  for (const auto& [n, d] : {std::pair{20, 7}, std::pair{28, 7}, std::pair{6, 15}}) {
    const Matrix x = random_matrix(n, d);
    const DenseDesign design(x.view());
    const auto made = make_preconditioner({.x = &design, .curvature = 0.7, .with_bias = false});
    std::vector<double> v(d);
    for (int j = 0; j < d; ++j) v[j] = j - 3.5;
    std::vector<double> image = apply_model(x, 0.7, v);
    made->apply(image);
    for (int j = 0; j < d; ++j) EXPECT_NEAR(image[j], v[j], 1e-12);
  }
}

TEST(Preconditioner, IsAMereScaleForSparseRows) {
  const SparseRows sparse{.cols = 3, .offsets = {0, 1, 2}, .columns = {0, 2}, .values = {2, 1}};
  const SparseDesign design(sparse);
  std::vector<double> v{1, 2, 3};
  make_preconditioner({.x = &design, .curvature = 2, .with_bias = false})->apply(v);
  EXPECT_DOUBLE_EQ(v[0], 1.0 / 11);  // 1 / (1 + 2 · (4 + 1))
  EXPECT_DOUBLE_EQ(v[2], 3.0 / 11);
}

}  // namespace
}  // namespace sonde::solvers

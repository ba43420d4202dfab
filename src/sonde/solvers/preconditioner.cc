#include "sonde/solvers/preconditioner.h"

#include <algorithm>
#include <cmath>

#include "sonde/solvers/cholesky.h"
#include "sonde/solvers/scaled_rows.h"
#include "sonde/solvers/vectors.h"

namespace sonde::solvers {
namespace {

// Above this a factor costs more than it saves.
constexpr std::int64_t kLargestFactor = 4096;
// Rows that stand for all of them, per column.
constexpr std::int64_t kRowsPerColumn = 4;

class ScalePreconditioner : public Preconditioner {
 public:
  explicit ScalePreconditioner(double scale) : scale_(scale) {}
  void apply(std::span<double> vector) const override {
    for (double& value : vector) value *= scale_;
  }

 private:
  double scale_;
};

class DiagonalPreconditioner : public Preconditioner {
 public:
  explicit DiagonalPreconditioner(std::vector<double> inverse) : inverse_(std::move(inverse)) {}
  void apply(std::span<double> vector) const override {
    for (std::size_t j = 0; j < vector.size(); ++j) vector[j] *= inverse_[j];
  }

 private:
  std::vector<double> inverse_;
};

// (D + a ZᵀZ)⁻¹ in feature space.
class FeatureSpace : public Preconditioner {
 public:
  FeatureSpace(const DoubleRows& z, std::span<const double> diagonal, double a)
      : factor_(hessian(z, diagonal, a), z.cols) {}
  bool usable() const { return factor_.positive(); }
  void apply(std::span<double> vector) const override { factor_.solve(vector); }

 private:
  static std::vector<double> hessian(const DoubleRows& z, std::span<const double> diagonal, double a) {
    std::vector<double> matrix = gram_matrix(transposed(z));
    for (double& value : matrix) value *= a;
    for (std::int64_t j = 0; j < z.cols; ++j) matrix[j * z.cols + j] += diagonal[j];
    return matrix;
  }

  Cholesky factor_;
};

// The same in sample space: D⁻¹ − D⁻¹Zᵀ (1/a + Z D⁻¹ Zᵀ)⁻¹ Z D⁻¹. The rows are kept divided by √D.
class SampleSpace : public Preconditioner {
 public:
  SampleSpace(DoubleRows z, std::span<const double> diagonal, double a)
      : z_(std::move(z)), inverse_root_(diagonal.size()), factor_(std::span<const double>(), 0) {
    for (std::size_t j = 0; j < diagonal.size(); ++j) inverse_root_[j] = 1 / std::sqrt(diagonal[j]);
    for (std::int64_t i = 0; i < z_.rows; ++i) {
      for (std::int64_t j = 0; j < z_.cols; ++j) z_.values[i * z_.cols + j] *= inverse_root_[j];
    }
    std::vector<double> gram = gram_matrix(z_);
    for (std::int64_t i = 0; i < z_.rows; ++i) gram[i * z_.rows + i] += 1 / a;
    factor_ = Cholesky(gram, z_.rows);
  }
  bool usable() const { return factor_.positive(); }
  void apply(std::span<double> vector) const override {
    for (std::size_t j = 0; j < vector.size(); ++j) vector[j] *= inverse_root_[j];
    std::vector<double> inner(z_.rows);
    for (std::int64_t i = 0; i < z_.rows; ++i) inner[i] = -dot(z_.row(i), vector);
    factor_.solve(inner);
    add_rows(vector, inner, z_.values.data(), z_.cols);
    for (std::size_t j = 0; j < vector.size(); ++j) vector[j] *= inverse_root_[j];
  }

 private:
  DoubleRows z_;  // [m, d or d + 1]
  std::vector<double> inverse_root_;
  Cholesky factor_;
};

// Rows at even distances, scaled, with a column of ones for a bias.
DoubleRows sampled_rows(const CurvatureModel& model, std::int64_t count) {
  DoubleRows rows = scaled_rows(*model.x->dense(), model.scaler, count);
  if (!model.with_bias) return rows;
  DoubleRows wider{count, rows.cols + 1, std::vector<double>(count * (rows.cols + 1), 1.0)};
  for (std::int64_t i = 0; i < count; ++i)
    std::ranges::copy(rows.row(i), wider.values.begin() + i * wider.cols);
  return wider;
}

std::unique_ptr<Preconditioner> scale_only(const CurvatureModel& model) {
  // The trace bounds the largest eigenvalue, so the first step cannot overshoot.
  const double entries = static_cast<double>(model.x->rows()) * static_cast<double>(model.x->cols());
  const double trace = model.scaler ? entries : model.x->squared_norm();
  return std::make_unique<ScalePreconditioner>(1 / (1 + model.curvature * trace));
}

template <class Space>
std::unique_ptr<Preconditioner> if_usable(std::unique_ptr<Space> space, const CurvatureModel& model) {
  return space->usable() ? std::move(space) : scale_only(model);
}

std::int64_t rows_used(std::int64_t n, std::int64_t d) { return std::min(n, kRowsPerColumn * d); }

}  // namespace

std::int64_t preconditioner_cost(const Design& x) {
  const std::int64_t n = x.rows(), d = x.cols();
  if (x.dense() == nullptr || std::min(n, d) > kLargestFactor || d == 0) return 0;
  const std::int64_t rows = rows_used(n, d), side = std::min(rows, d);
  return side * side * std::max(rows, d) / 2 + side * side * side / 3;
}

std::unique_ptr<Preconditioner> make_diagonal_preconditioner(const CurvatureModel& model) {
  const std::int64_t n = model.x->rows(), d = model.x->cols();
  if (model.x->dense() == nullptr) return scale_only(model);
  std::vector<double> inverse(d + (model.with_bias ? 1 : 0), static_cast<double>(n));
  if (model.scaler == nullptr) {
    const std::vector<double> squares = column_squares(*model.x->dense());
    std::ranges::copy(squares, inverse.begin());
  }
  for (std::int64_t j = 0; j < d; ++j) inverse[j] = 1 / (1 + model.curvature * inverse[j]);
  if (model.with_bias) inverse[d] = 1 / (model.curvature * inverse[d]);
  return std::make_unique<DiagonalPreconditioner>(std::move(inverse));
}

std::unique_ptr<Preconditioner> make_preconditioner(const CurvatureModel& model) {
  const std::int64_t n = model.x->rows(), d = model.x->cols();
  if (model.x->dense() == nullptr || std::min(n, d) > kLargestFactor || d == 0) return scale_only(model);
  const std::int64_t rows = rows_used(n, d);
  const double a = model.curvature * static_cast<double>(n) / static_cast<double>(rows);
  DoubleRows z = sampled_rows(model, rows);
  std::vector<double> diagonal(z.cols, 1.0);
  // A bias is not penalised; a small share of its own curvature keeps the factor positive definite.
  if (model.with_bias) diagonal[d] = 0.01 * a * static_cast<double>(rows);
  if (rows < d) return if_usable(std::make_unique<SampleSpace>(std::move(z), diagonal, a), model);
  return if_usable(std::make_unique<FeatureSpace>(z, diagonal, a), model);
}

}  // namespace sonde::solvers

#include "sonde/solvers/preconditioner.h"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>

namespace sonde::solvers {
namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Map = Eigen::Map<Eigen::VectorXd>;

// Above this a factor costs more than it saves.
constexpr std::int64_t kLargestFactor = 4096;

class ScalePreconditioner : public Preconditioner {
 public:
  explicit ScalePreconditioner(double scale) : scale_(scale) {}
  void apply(std::span<double> vector) const override {
    for (double& value : vector) value *= scale_;
  }

 private:
  double scale_;
};

// (D + a ZᵀZ)⁻¹ in feature space.
class FeatureSpace : public Preconditioner {
 public:
  FeatureSpace(const RowMajor& z, const Eigen::VectorXd& diagonal, double a) {
    RowMajor hessian = RowMajor::Zero(z.cols(), z.cols());
    hessian.selfadjointView<Eigen::Lower>().rankUpdate(z.transpose(), a);
    hessian.diagonal() += diagonal;
    factor_.compute(hessian);
  }
  bool usable() const { return factor_.info() == Eigen::Success; }
  void apply(std::span<double> vector) const override {
    Map v(vector.data(), static_cast<Eigen::Index>(vector.size()));
    factor_.solveInPlace(v);
  }

 private:
  Eigen::LLT<RowMajor, Eigen::Lower> factor_;
};

// The same in sample space: D⁻¹ − D⁻¹Zᵀ (1/a + Z D⁻¹ Zᵀ)⁻¹ Z D⁻¹.
class SampleSpace : public Preconditioner {
 public:
  SampleSpace(RowMajor z, const Eigen::VectorXd& diagonal, double a)
      : z_(std::move(z)), inverse_diagonal_(diagonal.cwiseInverse()) {
    RowMajor scaled = z_ * inverse_diagonal_.cwiseSqrt().asDiagonal();
    RowMajor gram = RowMajor::Zero(z_.rows(), z_.rows());
    gram.selfadjointView<Eigen::Lower>().rankUpdate(scaled);
    gram.diagonal().array() += 1 / a;
    factor_.compute(gram);
  }
  bool usable() const { return factor_.info() == Eigen::Success; }
  void apply(std::span<double> vector) const override {
    Map v(vector.data(), static_cast<Eigen::Index>(vector.size()));
    v.array() *= inverse_diagonal_.array();
    Eigen::VectorXd inner = z_ * v;
    factor_.solveInPlace(inner);
    v.noalias() -= inverse_diagonal_.asDiagonal() * (z_.transpose() * inner);
  }

 private:
  RowMajor z_;  // [m, d or d + 1]
  Eigen::VectorXd inverse_diagonal_;
  Eigen::LLT<RowMajor, Eigen::Lower> factor_;
};

// Rows at even distances, scaled, with a column of ones for a bias.
RowMajor sampled_rows(const CurvatureModel& model, std::int64_t count) {
  const MatrixView& x = *model.x->dense();
  RowMajor z(count, x.cols + (model.with_bias ? 1 : 0));
  for (std::int64_t i = 0; i < count; ++i) {
    const std::span<const float> row = x.row(i * x.rows / count);
    for (std::int64_t j = 0; j < x.cols; ++j) {
      z(i, j) = model.scaler ? (row[j] - model.scaler->mean[j]) / model.scaler->scale[j] : row[j];
    }
    if (model.with_bias) z(i, x.cols) = 1;
  }
  return z;
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

}  // namespace

std::unique_ptr<Preconditioner> make_preconditioner(const CurvatureModel& model) {
  const std::int64_t n = model.x->rows(), d = model.x->cols();
  if (model.x->dense() == nullptr || std::min(n, d) > kLargestFactor || d == 0) return scale_only(model);
  const std::int64_t rows = std::min(n, 4 * d);
  const double a = model.curvature * static_cast<double>(n) / static_cast<double>(rows);
  RowMajor z = sampled_rows(model, rows);
  Eigen::VectorXd diagonal = Eigen::VectorXd::Ones(z.cols());
  // A bias is not penalised; a small share of its own curvature keeps the factor positive definite.
  if (model.with_bias) diagonal[d] = 0.01 * a * static_cast<double>(rows);
  if (rows < d) return if_usable(std::make_unique<SampleSpace>(std::move(z), diagonal, a), model);
  return if_usable(std::make_unique<FeatureSpace>(z, diagonal, a), model);
}

}  // namespace sonde::solvers

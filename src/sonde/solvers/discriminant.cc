#include "sonde/solvers/discriminant.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "sonde/core/error.h"
#include "sonde/solvers/cholesky.h"
#include "sonde/solvers/moment_sum.h"
#include "sonde/solvers/pseudo_inverse.h"
#include "sonde/solvers/vectors.h"

namespace sonde::solvers {
namespace {

// Mean of all rows, [d].
std::vector<double> common_mean(const ClassMeans& classes) {
  const std::size_t k = classes.count.size(), d = classes.mean.size() / k;
  double n = 0;
  for (const std::int64_t count : classes.count) n += static_cast<double>(count);
  std::vector<double> mean(d);
  for (std::size_t at = 0; at < classes.mean.size(); ++at)
    mean[at % d] += static_cast<double>(classes.count[at / d]) / n * classes.mean[at];
  return mean;
}

// Means of the classes about that of all rows, [k, d].
std::vector<double> centred_means(const ClassMeans& classes, const std::vector<double>& centre) {
  std::vector<double> means(classes.mean);
  for (std::size_t at = 0; at < means.size(); ++at) means[at] -= centre[at % centre.size()];
  return means;
}

// Covariance⁻¹ by Cholesky, or its pseudo-inverse where directions have no variance.
class InverseCovariance {
 public:
  InverseCovariance(const SymmetricMatrix& covariance, const RunContext& context) {
    cholesky_ = std::make_unique<Cholesky>(covariance, context);
    if (cholesky_->positive() && cholesky_->smallest_share() > PseudoInverse::kDependent) return;
    cholesky_.reset();
    pseudo_inverse_ = std::make_unique<PseudoInverse>(covariance, context);
  }
  void apply(std::span<double> b) const { cholesky_ ? cholesky_->solve(b) : pseudo_inverse_->apply(b); }
  std::int64_t rank() const { return cholesky_ ? cholesky_->size() : pseudo_inverse_->rank(); }

 private:
  std::unique_ptr<Cholesky> cholesky_;
  std::unique_ptr<PseudoInverse> pseudo_inverse_;
};

// Two classes are told apart by one margin, the second's less the first's.
void join_two_classes(Discriminant& margins, std::int64_t d) {
  if (margins.bias.size() != 2) return;
  for (std::int64_t j = 0; j < d; ++j) margins.weights[j] = margins.weights[d + j] - margins.weights[j];
  margins.weights.resize(d);
  margins.bias = {margins.bias[1] - margins.bias[0]};
}

double trace(const SymmetricMatrix& a) {
  double sum = 0;
  for (std::int64_t i = 0; i < a.size(); ++i) sum += a(i, i);
  return sum;
}

// Deviation of every column, 1 for a constant one.
std::vector<double> deviations(const Moments& moments) {
  std::vector<double> scale;
  for (std::int64_t j = 0; j < moments.shape.columns; ++j) {
    const double variance = moments.gram(j, j) / static_cast<double>(moments.count);
    scale.push_back(variance > 0 ? std::sqrt(variance) : 1);
  }
  return scale;
}

// Σ ‖z‖⁴ over the rows of a class, z the scaled distance to its mean.
double fourth_powers(MatrixView x, std::span<const std::int64_t> rows, const Moments& moments,
                     const std::vector<double>& scale) {
  double fourth = 0;
  for (const std::int64_t r : rows) {
    double norm = 0;
    for (std::int64_t j = 0; j < x.cols; ++j) {
      const double z = (x.row(r)[j] - moments.mean[j]) / scale[j];
      norm += z * z;
    }
    fourth += norm * norm;
  }
  return fourth;
}

// The same from moments of rows with their squares behind them: ‖z‖² is linear in those, so that its own
// second moment is a quadratic form of theirs.
double fourth_powers(const Moments& squared, const std::vector<double>& scale) {
  const std::int64_t d = squared.shape.columns / 2;
  std::vector<double> slope(2 * d);
  double norm = 0;  // mean of ‖z‖²
  for (std::int64_t j = 0; j < d; ++j) {
    const double weight = 1 / (scale[j] * scale[j]);
    slope[j] = -2 * weight * squared.mean[j];
    slope[d + j] = weight;
    norm += weight * squared.gram(j, j) / static_cast<double>(squared.count);
  }
  return static_cast<double>(squared.count) * norm * norm + quadratic_form(squared.gram, slope);
}

// The moments of the rows alone, of those with squares behind them.
Moments without_squares(const Moments& squared) {
  const std::int64_t d = squared.shape.columns / 2;
  Moments moments({.columns = d});
  moments.precision = squared.precision;
  moments.count = squared.count;
  moments.mean.assign(squared.mean.begin(), squared.mean.begin() + d);
  for (std::int64_t i = 0; i < d; ++i)
    std::copy(squared.gram.row(i) + i, squared.gram.row(i) + d, moments.gram.row(i) + i);
  return moments;
}

// The covariance of one class, and by how much it is shrunk.
class ClassCovariance {
 public:
  ClassCovariance(MatrixView x, std::span<const std::int64_t> rows, const RunContext& context) {
    MomentSum sum({.columns = x.cols}, affordable_precision(std::ssize(rows), x.cols));
    for (const std::int64_t i : rows) sum.add({.x = {x.data + i * x.stride, 1, x.cols, x.stride}}, context);
    moments_ = sum.take(context);
    scale_ = deviations(moments_);
    shrinkage_ = shrinkage_of(fourth_powers(x, rows, moments_, scale_));
  }
  explicit ClassCovariance(const Moments& squared)
      : moments_(without_squares(squared)), scale_(deviations(moments_)) {
    shrinkage_ = shrinkage_of(fourth_powers(squared, scale_));
  }

  double shrinkage() const { return shrinkage_; }
  const Moments& moments() const { return moments_; }

  // Adds the shrunk covariance times the class's share of `rows`.
  void add_to(SymmetricMatrix& covariance, std::int64_t rows) const {
    const double share = 1 / static_cast<double>(rows), keep = (1 - shrinkage_) * share;
    const double mean = mean_variance() * shrinkage_ * share * static_cast<double>(moments_.count);
    for (std::int64_t i = 0; i < covariance.size(); ++i) {
      for (std::int64_t j = i; j < covariance.size(); ++j)
        covariance.at(i, j) += keep * moments_.gram.row(i)[j];
      covariance.at(i, i) += mean * scale_[i] * scale_[i];
    }
  }

 private:
  // Of the scaled columns: 1, less for those that do not vary.
  double mean_variance() const {
    const double n = static_cast<double>(moments_.count);
    double sum = 0;
    for (std::int64_t j = 0; j < moments_.shape.columns; ++j)
      sum += moments_.gram(j, j) / (n * scale_[j] * scale_[j]);
    return sum / static_cast<double>(moments_.shape.columns);
  }

  // Ledoit and Wolf, lemma 3.2 to 3.4: how far the covariance is from a multiple of 1, and how much of that
  // is noise.
  double shrinkage_of(double fourth) const {
    if (moments_.shape.columns < 2) return 0;
    const double n = static_cast<double>(moments_.count), d = static_cast<double>(moments_.shape.columns);
    double squares = 0;  // ‖covariance‖²
    for (std::int64_t i = 0; i < moments_.shape.columns; ++i) {
      for (std::int64_t j = i; j < moments_.shape.columns; ++j) {
        const double value = moments_.gram.row(i)[j] / (n * scale_[i] * scale_[j]);
        squares += (i == j ? 1 : 2) * value * value;
      }
    }
    const double mean = mean_variance();
    const double distance = squares / d - mean * mean;
    const double noise = std::min((fourth / n - squares) / (d * n), distance);
    return noise > 0 ? noise / distance : 0;
  }

  Moments moments_;
  std::vector<double> scale_;
  double shrinkage_ = 0;
};

void take_class(const ClassCovariance& own, std::int64_t rows, ShrunkCovariance& all) {
  own.add_to(all.covariance, rows);
  all.shrinkage.push_back(own.shrinkage());
  all.classes.count.push_back(own.moments().count);
  all.classes.mean.insert(all.classes.mean.end(), own.moments().mean.begin(), own.moments().mean.end());
}

}  // namespace

ClassMeans class_means(const Moments& moments) {
  ClassMeans classes{moments.class_count, moments.class_sum};
  for (std::size_t at = 0; at < classes.mean.size(); ++at)
    classes.mean[at] /= static_cast<double>(classes.count[at / moments.shape.columns]);
  return classes;
}

SymmetricMatrix within_covariance(const Moments& moments) {
  const std::int64_t d = moments.shape.columns;
  const double n = static_cast<double>(moments.count);
  SymmetricMatrix within(moments.gram);
  const std::vector<double> means = centred_means(class_means(moments), moments.mean);
  for (std::int64_t i = 0; i < d; ++i) {
    double* row = within.row(i);
    for (std::int64_t c = 0; c < moments.shape.classes; ++c) {
      const double* mean = means.data() + c * d;
      const double factor = static_cast<double>(moments.class_count[c]) * mean[i];
      for (std::int64_t j = i; j < d; ++j) row[j] -= factor * mean[j];
    }
    for (std::int64_t j = i; j < d; ++j) row[j] /= n;
    row[i] = std::max(row[i], 0.0);
  }
  return within;
}

void shrink(SymmetricMatrix& covariance, double shrinkage) {
  const double mean = trace(covariance) / static_cast<double>(covariance.size());
  for (std::int64_t i = 0; i < covariance.size(); ++i) {
    for (std::int64_t j = i; j < covariance.size(); ++j) covariance.at(i, j) *= 1 - shrinkage;
    covariance.at(i, i) += shrinkage * mean;
  }
}

ShrunkCovariance ledoit_wolf_covariance(MatrixView x, std::span<const std::int32_t> labels, int classes,
                                        const RunContext& context) {
  ShrunkCovariance result{.covariance = SymmetricMatrix(x.cols)};
  for (std::int32_t c = 0; c < classes; ++c) {
    std::vector<std::int64_t> rows;
    for (std::int64_t i = 0; i < x.rows; ++i) {
      if (labels[i] == c) rows.push_back(i);
    }
    take_class(ClassCovariance(x, rows, context), x.rows, result);
  }
  return result;
}

ShrunkCovariance ledoit_wolf_covariance(std::span<const Moments> classes, std::span<const float> centre) {
  ShrunkCovariance result{.covariance = SymmetricMatrix(std::ssize(centre))};
  std::int64_t rows = 0;
  for (const Moments& squared : classes) rows += squared.count;
  for (const Moments& squared : classes) take_class(ClassCovariance(squared), rows, result);
  for (std::size_t at = 0; at < result.classes.mean.size(); ++at)
    result.classes.mean[at] += centre[at % centre.size()];
  return result;
}

Discriminant gaussian_discriminant(const ClassMeans& classes, const SymmetricMatrix& covariance,
                                   const RunContext& context) {
  const auto k = static_cast<std::int64_t>(classes.count.size());
  const std::int64_t d = covariance.size();
  SONDE_ASSERT(k >= 2 && static_cast<std::int64_t>(classes.mean.size()) == k * d);
  const InverseCovariance inverse(covariance, context);
  const std::vector<double> centre = common_mean(classes), means = centred_means(classes, centre);
  Discriminant result{.weights = means, .bias = std::vector<double>(k), .rank = inverse.rank()};
  for (std::int64_t c = 0; c < k; ++c) {
    const auto weights = std::span(result.weights).subspan(c * d, d);
    inverse.apply(weights);
    // The shares' common divisor n is in every margin, and cancels.
    result.bias[c] = std::log(static_cast<double>(classes.count[c])) -
                     0.5 * dot(weights, std::span(means).subspan(c * d, d)) - dot(weights, centre);
  }
  join_two_classes(result, d);
  return result;
}

Discriminant mass_mean(const Moments& moments, Whitening whitening, const RunContext& context) {
  const std::int64_t d = moments.shape.columns;
  SONDE_ASSERT(moments.shape.classes == 2);
  const SymmetricMatrix covariance = within_covariance(moments);
  if (whitening == Whitening::within) return gaussian_discriminant(class_means(moments), covariance, context);
  const std::vector<double> means = centred_means(class_means(moments), moments.mean);
  Discriminant result{.weights = std::vector<double>(d), .rank = 1};
  std::vector<double> middle(moments.mean);
  for (std::int64_t j = 0; j < d; ++j) {
    result.weights[j] = means[d + j] - means[j];
    middle[j] += (means[j] + means[d + j]) / 2;
  }
  const double apart = dot(result.weights, result.weights);
  // Below this the classes do not overlap at all; the margin stays finite.
  const double variance = std::max(quadratic_form(covariance, result.weights), 1e-6 * apart * apart);
  const double slope = apart > 0 ? apart / variance : 0;
  for (double& weight : result.weights) weight *= slope;
  const double odds =
      static_cast<double>(moments.class_count[1]) / static_cast<double>(moments.class_count[0]);
  result.bias = {std::log(odds) - dot(result.weights, middle)};
  return result;
}

}  // namespace sonde::solvers

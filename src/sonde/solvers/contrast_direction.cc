#include "sonde/solvers/contrast_direction.h"

#include <algorithm>
#include <array>

#include "sonde/kernels/row_products.h"

namespace sonde::solvers {
namespace {

double mean_of(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

// Numbers [prompts][n]: projections, or the factors of rows in a gradient.
using PromptNumbers = std::vector<std::vector<double>>;

// Turns the projections m of ½·mᵀ·Q·m = ½·wᵀ·A·w into its slope by m, so that A·w is their combination of
// rows.
class Slopes {
 public:
  Slopes(const ContrastTerms& terms, std::int64_t n, std::int64_t wordings)
      : terms_(terms),
        n_(n),
        wordings_(wordings),
        centroids_{std::vector<double>(n), std::vector<double>(n)} {}

  void apply(PromptNumbers& projections) {
    for (int statement = 0; statement < 2; ++statement) measure(projections, statement);
    for (std::int64_t p = 0; p < 2 * wordings_; ++p) {
      const int own = static_cast<int>(p % 2), other = 1 - own;
      for (std::int64_t i = 0; i < n_; ++i) {
        const double apart = projections[p][i] - centroids_[own][i];
        const double spread = centroids_[own][i] - means_[own],
                     contrary = centroids_[other][i] - means_[other];
        projections[p][i] =
            (terms_.variance * spread - terms_.invariance * apart - terms_.covariance * contrary) /
            static_cast<double>(n_ * wordings_);
      }
    }
  }

 private:
  void measure(const PromptNumbers& projections, int statement) {
    std::vector<double>& centroids = centroids_[statement];
    std::ranges::fill(centroids, 0.0);
    for (std::int64_t a = 0; a < wordings_; ++a) {
      for (std::int64_t i = 0; i < n_; ++i)
        centroids[i] += projections[2 * a + statement][i] / static_cast<double>(wordings_);
    }
    means_[statement] = mean_of(centroids);
  }

  ContrastTerms terms_;
  std::int64_t n_, wordings_;
  std::array<std::vector<double>, 2> centroids_;
  std::array<double, 2> means_{};
};

// sums = Σ over prompts and rows of factor · normalised row.
void combine(const ContrastSet& set, const PromptNumbers& factors, std::span<double> sums) {
  const std::int64_t d = set.width();
  std::ranges::fill(sums, 0.0);
  std::vector<double> raw(d);
  for (std::int64_t p = 0; p < set.prompts; ++p) {
    std::ranges::fill(raw, 0.0);
    DenseDesign(set.prompt(p)).add_gradient({0, set.rows.rows}, factors[p], raw);
    const double total = mean_of(factors[p]) * static_cast<double>(set.rows.rows);
    const ColumnStatistics& scaler = set.scalers[p];
    for (std::int64_t j = 0; j < d; ++j) sums[j] += (raw[j] - total * scaler.mean[j]) / scaler.scale[j];
  }
}

}  // namespace

std::vector<std::vector<double>> project(const ContrastSet& set, std::span<const double> direction) {
  PromptNumbers projections(set.prompts, std::vector<double>(set.rows.rows));
  std::vector<double> weights(direction.size());
  for (std::int64_t p = 0; p < set.prompts; ++p) {
    const ColumnStatistics& scaler = set.scalers[p];
    double shift = 0;
    for (std::size_t j = 0; j < weights.size(); ++j) {
      weights[j] = direction[j] / scaler.scale[j];
      shift += scaler.mean[j] * weights[j];
    }
    DenseDesign(set.prompt(p)).margins({0, set.rows.rows}, weights, projections[p]);
    for (double& value : projections[p]) value -= shift;
  }
  return projections;
}

Eigenpair contrast_direction(const ContrastSet& set, const ContrastTerms& terms) {
  Slopes slopes(terms, set.rows.rows, set.prompts / 2);
  const auto product = [&](std::span<const double> v, std::span<double> out) {
    PromptNumbers numbers = project(set, v);
    slopes.apply(numbers);
    combine(set, numbers, out);
  };
  return largest_eigenpair(product, set.width());
}

Eigenpair contrast_direction(const Moments& moments, std::span<const ColumnStatistics> scalers,
                             const ContrastTerms& terms) {
  const std::int64_t d = moments.shape.columns / 2;
  const double n = static_cast<double>(moments.count);
  std::vector<double> matrix(d * d);
  for (std::int64_t i = 0; i < d; ++i) {
    for (std::int64_t j = 0; j < d; ++j) {
      const auto covariance = [&](int p, int q) {
        return moments.gram(p * d + i, q * d + j) / (n * scalers[p].scale[i] * scalers[q].scale[j]);
      };
      matrix[i * d + j] = terms.variance * (covariance(0, 0) + covariance(1, 1)) -
                          terms.covariance * (covariance(0, 1) + covariance(1, 0));
    }
  }
  const auto product = [&](std::span<const double> v, std::span<double> out) {
    kernels::row_products(kernels::DoubleView{matrix.data(), d, d, d}, kernels::DoubleView{v.data(), 1, d, d},
                          {out.data(), d, 1, 1});
  };
  return largest_eigenpair(product, d);
}

}  // namespace sonde::solvers

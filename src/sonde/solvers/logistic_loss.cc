#include "sonde/solvers/logistic_loss.h"

#include <algorithm>
#include <cmath>

#include "sonde/kernels/softplus.h"

namespace sonde::solvers {
namespace {

double log1p_exp(double m) { return m > 0 ? m + std::log1p(std::exp(-m)) : std::log1p(std::exp(m)); }

}  // namespace

double logistic_loss(std::span<double> margins, std::int32_t label) {
  if (margins.size() == 1) {
    const double m = margins[0];
    margins[0] = 1 / (1 + std::exp(-m)) - label;
    return log1p_exp(label == 1 ? -m : m);
  }
  const double most = *std::max_element(margins.begin(), margins.end());
  const double own = margins[label];
  double sum = 0;
  for (double& m : margins) sum += (m = std::exp(m - most));
  for (double& m : margins) m /= sum;
  margins[label] -= 1;
  return most + std::log(sum) - own;
}

// A row of class 1 is one of class 0 with the sign of its margin turned, and so is its residual.
void binary_losses(std::span<double> margins, std::span<const std::int32_t> labels,
                   std::span<double> losses) {
  for (std::size_t i = 0; i < margins.size(); ++i) margins[i] = labels[i] == 1 ? -margins[i] : margins[i];
  kernels::softplus(margins, losses);
  for (std::size_t i = 0; i < margins.size(); ++i) margins[i] = labels[i] == 1 ? -margins[i] : margins[i];
}

double logistic_loss_at(std::span<const double> margins, std::int32_t label) {
  if (margins.size() == 1) return log1p_exp(label == 1 ? -margins[0] : margins[0]);
  const double most = *std::max_element(margins.begin(), margins.end());
  double sum = 0;
  for (const double m : margins) sum += std::exp(m - most);
  return most + std::log(sum) - margins[label];
}

}  // namespace sonde::solvers

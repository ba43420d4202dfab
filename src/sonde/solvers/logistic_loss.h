// The loss of one example in logistic regression, and what its gradient and curvature are made of.
#pragma once

#include <cstdint>
#include <span>

namespace sonde::solvers {

/// Give the loss of an example and turn its margins into residuals p − [class = label].
/// Shapes: margins [1] for two classes (of class 1), else [k].
double logistic_loss(std::span<double> margins, std::int32_t label);

/// Give the losses of examples of two classes and turn their margins into residuals p − label, many at once.
/// Shapes: margins, labels and losses [n].
void binary_losses(std::span<double> margins, std::span<const std::int32_t> labels, std::span<double> losses);

/// Give the loss alone.
double logistic_loss_at(std::span<const double> margins, std::int32_t label);

}  // namespace sonde::solvers

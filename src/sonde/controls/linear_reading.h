// What a linear model reads of a subject's feature rows: the targets and directions that erasing needs.
#pragma once

#include <vector>

#include "sonde/controls/subject.h"
#include "sonde/core/run_context.h"
#include "sonde/solvers/erasure.h"

namespace sonde::controls {

/// Tell whether the subject's probe reads activations, which alone can be erased from.
bool reads_features(const Subject& subject);

/// Give all feature rows, copied.
Matrix feature_rows(const Subject& subject);

/// Fit the erasure of the labels, or of the numbers, to the training rows of a division. Every token of a
/// sequence counts as a row with the sequence's label.
solvers::Erasure fit_erasure(const Subject& subject, const Division& division, const RunContext& context);

/// Fit a logistic regression, or least squares for numbers, to the training rows of a division as `features`
/// has them, and give its weights: [1, d], of more than two classes [k, d]. Rows count as in fit_erasure().
std::vector<std::vector<double>> linear_directions(const Subject& subject, const Division& division,
                                                   MatrixView features, const RunContext& context);

}  // namespace sonde::controls

// How far a picture can be trusted: whether neighbours in it are neighbours in the data.
#pragma once

#include <cstdint>

#include "sonde/core/matrix.h"
#include "sonde/core/run_context.h"

namespace sonde::projections {

/// Give 1 less the weighted share of neighbours in the picture that are not among the nearest in the data: 1
/// where all `neighbours` nearest points were among the nearest rows.
/// Shapes: x [n, d], points [n, dims]. neighbours < n / 2.
/// Units: fraction 0–1; about 0.5 for points at random.
/// Source: Venna and Kaski 2001; scikit-learn 1.9 manifold.trustworthiness. A row's rank is 1 plus the number
/// of rows that are nearer. Cost: n² · d.
double trustworthiness(MatrixView x, MatrixView points, std::int64_t neighbours, const RunContext& context);

}  // namespace sonde::projections

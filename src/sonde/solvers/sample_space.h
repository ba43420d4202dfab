// Ridge and least squares among the rows, for no more rows than columns: w = zᵀa with (zzᵀ + alpha) a = y.
#pragma once

#include "sonde/solvers/least_squares.h"

namespace sonde::solvers {

/// Give the products of rows, zzᵀ with z = (x − centre) / scale, in float64. Cost: n² · d / 2.
SymmetricMatrix row_products(MatrixView x, const ColumnScale& columns, const RunContext& context);

/// Solve a regression among its rows for several penalties. Least squares gives the answer of minimum norm,
/// which meets every target that rows alike do not contradict.
/// Source: Saunders, Gammerman and Vovk 1998, "Ridge Regression Learning Algorithm in Dual Variables".
/// Cost: n² · d / 2, and n³ for each penalty.
std::vector<RegressionSolution> solve_in_sample_space(const RegressionRows& rows,
                                                      std::span<const double> alphas,
                                                      const RegressionOptions& options,
                                                      const RunContext& context);

}  // namespace sonde::solvers

// Logistic regression with an L1 penalty, alone or mixed with L2 (elastic net), along a grid of C. Only for a
// share of L1 above zero; without one, smooth_logistic.h is the solver.
#pragma once

#include <span>
#include <vector>

#include "sonde/solvers/logistic.h"

namespace sonde::solvers {

/// Solve C · Σ s_i · loss_i + ρ‖w‖₁ + (1 − ρ)/2 ‖w‖² with ρ = `l1_ratio` for every C of the grid; `c` of the
/// problem is not read. The path runs from the smallest C to the largest, each from the one before; the
/// solutions come in the order of the grid.
/// Source: derived in sparse_logistic.cc; the proximal Newton method of Lee, Sun and Saunders 2014 on a
/// working set. Cost: Newton steps · (n · d + n · m² / 2 + m³ / 3), m the size of the working set.
std::vector<LogisticSolution> solve_sparse_path(const LogisticProblem& problem, std::span<const double> grid);

}  // namespace sonde::solvers

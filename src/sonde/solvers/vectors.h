// The few operations on vectors of doubles that the minimisers are made of. The order of every sum depends on
// the length alone, and is the same on every SIMD level.
#pragma once

#include <cstdint>
#include <span>

#include "sonde/solvers/symmetric.h"

namespace sonde::solvers {

/// Give a · b.
double dot(std::span<const double> a, std::span<const double> b);

/// Add factor · values to target.
void add_scaled(std::span<double> target, double factor, std::span<const double> values);

/// Add factors[i] · row i to target for every i in turn. Shapes: rows [factors, target], a stride apart.
void add_rows(std::span<double> target, std::span<const double> factors, const double* rows,
              std::int64_t stride);

/// Give uᵀ · a · u.
double quadratic_form(const SymmetricMatrix& a, std::span<const double> u);

/// Give the largest absolute value; 0 for none.
double largest(std::span<const double> values);

}  // namespace sonde::solvers

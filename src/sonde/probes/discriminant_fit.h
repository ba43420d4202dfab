// What the leaves share whose classes are told apart by means and a covariance: the moments of labelled rows,
// and the fitted probe that holds their linear weights.
#pragma once

#include "sonde/probes/linear_fit.h"
#include "sonde/solvers/discriminant.h"

namespace sonde::probes {

/// Take the moments of checked rows with their classes.
solvers::Moments class_moments(const LabelledInput& train, const RunContext& context);

/// Make the fitted probe of a discriminant; `kind` must be the leaf's name, which lives as long as the
/// program.
std::unique_ptr<FittedProbe> fitted_discriminant(std::string_view kind, const solvers::Discriminant& found,
                                                 std::span<const std::string> classes,
                                                 nlohmann::ordered_json options);

}  // namespace sonde::probes

// Choosing in folds: each fold takes the probe and address that did best on the rows it holds out for
// choosing, so that the rows it tests had no say.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sonde/metrics/predictions.h"
#include "sonde/result/result.h"
#include "sonde/study/fold_fits.h"

namespace sonde::study {

/// Give the metrics of some scored rows. Shapes: labels [n], of all rows.
result::Values values_of(const ScoredRows& scored, std::span<const std::int32_t> labels, int classes);

/// Give the mean over folds of each metric; a fold where one is undefined makes it NaN.
result::Values mean_values(std::span<const result::Values> folds);

/// Give the candidate with the best value of a metric, the first of equals.
/// Shapes: values: one per candidate.
std::size_t best_of(std::span<const result::Values> values, const std::string& metric);

/// Give the candidate that most folds chose; of equals the one with the better mean value, then the first.
/// Shapes: chosen: one per fold; means: one per candidate.
std::size_t most_chosen(std::span<const std::size_t> chosen, std::span<const result::Values> means,
                        const std::string& metric);

}  // namespace sonde::study

// Choosing in folds: each fold takes the probe and address that did best on the rows it holds out for
// choosing, so that the rows it tests had no say.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sonde/fitting/fold_fits.h"
#include "sonde/result/result.h"
#include "sonde/study/answers.h"

namespace sonde::study {

/// How a probe did in each fold on rows that the fold does not test.
struct FoldJudgement {
  std::vector<result::Values> choosing, training;  ///< by fold
  std::int64_t n_iter = 0;
  bool converged = true;
};

/// Judge the fits of one probe. `truth` is of all rows.
FoldJudgement judge_folds(const fitting::FoldFits& fits, const PartTruth& truth, metrics::Task task);

/// Give the mean over folds of each metric; NaN where a fold has it undefined.
result::Values mean_values(std::span<const result::Values> folds);

/// Give the candidate with the best value of a metric, the first of equals.
std::size_t best_of(std::span<const result::Values> candidates, const std::string& metric);

/// Give the result that most folds chose; of equals the one with the better valid metric, then the first.
/// `chosen` and `rivals` are places in result.results.
std::size_t most_chosen(std::span<const std::size_t> chosen, std::span<const std::size_t> rivals,
                        const result::Result& result);

/// Describe what a fold chose.
result::FoldChoice describe_choice(const data::Fold& fold, const result::AddressResult& chosen, double value);

/// Tell whether a fold holds rows out for choosing.
bool holds_out(const data::Fold& fold);

/// Put together the scores of what each fold chose. Shapes: scores: one [n, k] per fold, of which the rows
/// that the fold tests are taken.
Matrix compose(std::span<const data::Fold> folds, std::span<const MatrixView> scores);

}  // namespace sonde::study

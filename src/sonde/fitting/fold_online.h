// Closed forms fitted in every fold from one pass, and scored in another: sums of the rows are kept by fold,
// and no activations.
#pragma once

#include <span>
#include <vector>

#include "sonde/data/folds.h"
#include "sonde/fitting/fold_fits.h"
#include "sonde/fitting/online.h"

namespace sonde::fitting {

/// What a task learned in folds.
struct FoldedTask {
  FoldFits fits;
  double seconds = 0;  ///< spent in its sums and fits
};

/// Fit every task in every fold, as fit_in_folds() does from stored rows, up to rounding.
/// Shapes: examples: n, as many as each fold divides. Errors: as fit_online(); usage for a probe that follows
/// from no sums, or that chooses options where a fold holds no rows out for that.
/// Cost: two passes; memory d² for each task and fold, twice where folds have validation parts, and times the
/// inner folds where they are nested.
std::vector<FoldedTask> fit_folds_online(const capture::Capture& capture, std::span<const OnlineTask> tasks,
                                         const OnlineExamples& examples, std::span<const data::Fold> folds,
                                         const RunContext& context);

}  // namespace sonde::fitting

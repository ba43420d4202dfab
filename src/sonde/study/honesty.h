// Questions the best probe of a study: runs every control on it and writes what they found. Costs about as
// many fits as permutations, seeds and subsets ask for, at one address, so that it is affordable by default.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "sonde/core/matrix.h"
#include "sonde/core/run_context.h"
#include "sonde/result/result.h"
#include "sonde/study/evaluation.h"
#include "sonde/study/spec.h"

namespace sonde::study {

/// What is questioned.
struct HonestyRequest {
  const HonestySpec& spec;
  const EvaluationInput& input;
  const EvaluationOptions& judging;
  std::span<const FittedEntry> fitted;   ///< in the order of result.results
  std::span<const std::int64_t> groups;  ///< [n] or empty, also where the split did not keep them whole
  /// Give what a set holds in the model with random weights; null on stored features.
  std::function<Matrix(const FeatureSet& set)> random_features;
};

/// Run the controls on the best probe of a judged result; fills result.honesty and adds the baselines
/// `shuffled_labels` and `random_weights`. Where folds chose different addresses, the one that most chose is
/// questioned in all of them. Errors: as the probe's fit says.
void question(const HonestyRequest& request, const RunContext& context, result::Result& result);

}  // namespace sonde::study

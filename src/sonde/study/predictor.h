// A fitted probe with what it says of each part: fitted and scored here, or taken from passes that did both.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "sonde/core/run_context.h"
#include "sonde/study/answers.h"
#include "sonde/study/evaluation.h"
#include "sonde/study/fold_choice.h"

namespace sonde::study {

/// A fitted probe with its answers to train, validation and test (parts 0, 1, 2); in folds all rows are the
/// last.
struct Predictor {
  std::unique_ptr<probes::FittedProbe> probe;
  Answers answers;
  FoldJudgement folds;  ///< empty without folds
};

/// Makes the predictors of a study's examples.
class PredictorMaker {
 public:
  explicit PredictorMaker(const EvaluationInput& input)
      : in_(input), ranges_{input.train, input.valid, input.test} {}

  /// Fit a probe to the rows of a set that are kept, and score them. Errors: as the probe's fit.
  Predictor fit(const probes::Probe& probe, const FeatureSet& set, const RunContext& context) const;
  /// Take what passes learned, and score those rows of the set that are kept.
  Predictor take(LearnedProbe learned, const FeatureSet& set, metrics::Task task) const;

 private:
  PartTruth truth(std::size_t part) const;
  Predictor folded(fitting::FoldFits fits, metrics::Task task) const;
  void score(Predictor& predictor, const FeatureSet& set) const;
  void answer(Predictor& predictor, std::size_t part, Matrix scores) const;

  const EvaluationInput& in_;
  std::array<RowRange, 3> ranges_;
};

}  // namespace sonde::study

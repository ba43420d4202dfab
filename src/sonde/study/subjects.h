// The results of a study as controls question them: the probe of each with its rows, divided as the study
// divides them, and what rows are alike in.
#pragma once

#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "sonde/controls/subject.h"
#include "sonde/core/run_context.h"
#include "sonde/study/evaluation.h"
#include "sonde/study/probe_inputs.h"

namespace sonde::study {

/// Makes subjects and keeps what they view.
class Subjects {
 public:
  /// `groups` [n] or empty, also where the split did not keep them whole.
  Subjects(const EvaluationInput& input, const EvaluationOptions& judging,
           std::span<const std::int64_t> groups, const RunContext& context);

  /// Give a fitted probe where it was fitted. Of folds it is fitted again: only the probe of no fold was
  /// kept.
  controls::Subject of(const FittedEntry& entry);
  /// Give the same kind of probe fitted to other features of the same rows.
  controls::Subject on(const FittedEntry& entry, const FeatureSet& set);

 private:
  controls::Subject unfitted(const FittedEntry& entry, const FeatureSet& set);
  void fit(controls::Subject& subject);
  void find_types(const FeatureSet& set);

  const EvaluationInput& in_;
  const EvaluationOptions& judging_;
  std::span<const std::int64_t> groups_;
  const RunContext& context_;
  std::vector<controls::Division> divisions_;
  std::vector<std::int64_t> types_;  // [n] of the first subject; the same for all
  controls::TypeKind type_kind_ = controls::TypeKind::row;
  std::deque<PartInput> inputs_;
  std::deque<std::unique_ptr<probes::Probe>> probes_;
  std::deque<std::unique_ptr<probes::FittedProbe>> fitted_;
};

}  // namespace sonde::study

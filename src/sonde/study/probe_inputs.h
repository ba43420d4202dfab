// The examples of a study as probes read them: which probe can read what, and the rows of one part.
#pragma once

#include <cstdint>
#include <vector>

#include "sonde/probes/probe.h"
#include "sonde/study/evaluation.h"

namespace sonde::study {

/// The rows of one part for one probe. Keeps what its views point at; may be moved.
struct PartInput {
  probes::ProbeInput input;
  std::vector<std::int64_t> offsets;  ///< [n + 1] of token rows, counted from the part's first
};

/// Tell whether a kind of probe can read a feature set, or the texts and lengths beside it.
bool can_read(const EvaluationInput& examples, probes::InputKind kind, const FeatureSet& set);

/// Give the rows of a part to a kind of probe that can read them.
PartInput part_input(const EvaluationInput& examples, probes::InputKind kind, const FeatureSet& set,
                     RowRange range);

/// Refuse a probe that can read none of the feature sets it is fitted at in the way that the study says.
/// Errors: input, saying what it reads and what there is.
void require_readable(const EvaluationInput& examples, const ProbeChoice& choice);

}  // namespace sonde::study

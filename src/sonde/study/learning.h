// Where the activations of a study go: all are kept, or those of the rows that are judged, or none, and
// probes learn and are scored while the model runs.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "sonde/capture/capture.h"
#include "sonde/core/run_context.h"
#include "sonde/fitting/pass.h"
#include "sonde/study/division.h"
#include "sonde/study/evaluation.h"
#include "sonde/study/spec.h"

namespace sonde::study {

/// Which rows' activations are kept.
enum class Kept {
  all,
  judged,   ///< of the validation and the test part
  nothing,  ///< rows are learned from or scored as they come; in folds texts run twice for that
};

/// Say what a study keeps: none where [capture] keep asks for that; those that are judged where every probe
/// learns online and nothing else needs the others; else all. Errors: usage where it asks for none and
/// something needs them, naming it.
Kept rows_kept(const Study& study, const DividedExamples& divided, std::int64_t prompts);

/// What is run.
struct LearningInput {
  const capture::Capture& capture;
  const text::TokenBatch& batch;
  std::string_view pooling;
  std::int64_t prompts = 1;
  const DividedExamples& divided;
  std::span<const ProbeChoice> probes;  ///< placed
  std::span<const fitting::SinkPlace> besides =
      {};  ///< given every row of the layout once, where none are kept
};

/// What passes gave.
struct Learning {
  std::vector<LearnedProbe> learned;              ///< in the order of results; empty where all rows are kept
  std::vector<capture::Activations> activations;  ///< of every address, those rows that were kept
  std::int64_t first_kept = 0;                    ///< row of the layout that they begin with
  std::int64_t tokens = 0;                        ///< that were run
};

/// Run the texts, and fit the probes along with it unless all rows are kept.
/// Errors: as Capture::run(), fit_online() and fit_folds_online() say.
Learning learn(const LearningInput& input, Kept kept, const RunContext& context);

}  // namespace sonde::study

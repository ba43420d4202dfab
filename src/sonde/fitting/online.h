// Probes that learn while the model runs, and are scored while it runs again: no activations are stored, no
// file is written.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sonde/capture/capture.h"
#include "sonde/core/matrix.h"
#include "sonde/core/run_context.h"
#include "sonde/fitting/pass.h"
#include "sonde/probes/online.h"

namespace sonde::fitting {

/// One probe at one address.
struct OnlineTask {
  std::size_t address = 0;               ///< index into the capture's addresses
  const probes::Probe* probe = nullptr;  ///< one that learns online or has a closed form
  std::string read = {};                 ///< how it reads several prompts
};

/// One fitted probe at one address.
struct FittedTask {
  std::size_t address = 0;  ///< index into the capture's addresses
  const probes::FittedProbe* probe = nullptr;
  std::string read = {};
};

/// Examples, and what is known of them. `labelled.input` is ignored. Shapes: labels, targets [n] or empty.
struct OnlineExamples {
  PassTexts texts;
  probes::LabelledInput labelled = {};
  std::span<const SinkPlace> besides = {};  ///< given every example once, along with the probes
};

/// What passes learned, and what it took.
struct OnlineOutcome {
  std::vector<std::unique_ptr<probes::FittedProbe>> fitted;  ///< in the order of the tasks
  std::vector<double> seconds;                               ///< of each task, spent in steps of its probe
  std::vector<PassStretch> stretches;                        ///< in the order run
};

/// Fit every task from passes over examples in the order that the probes' plans give; probes of equal plans
/// share one pass. Each learns the same bits as from stored activations of the same texts, a closed form the
/// same up to rounding, for any number of threads and any cutting into blocks and groups. `held`, or null, is
/// the validation part: probes that choose options get it in a pass of their own. Errors: as the probes and
/// run_pass() say.
OnlineOutcome fit_online(const capture::Capture& capture, std::span<const OnlineTask> tasks,
                         const OnlineExamples& train, const OnlineExamples* held, const RunContext& context);

/// Score examples with fitted probes, in one pass. Gives [n, k] for each task, [n, 1] for numbers.
/// Errors: as run_pass().
std::vector<Matrix> score_online(const capture::Capture& capture, std::span<const FittedTask> tasks,
                                 const OnlineExamples& examples, const RunContext& context);

/// Refuse examples that a probe cannot be fitted to. Errors: input.
void check_examples(const probes::Probe& probe, const OnlineExamples& examples);

/// Give rows of a pass to a probe that reads one vector, or the prompts of a contrast set.
probes::ProbeInput input_of(probes::InputKind kind, MatrixView rows, std::int64_t prompts);

}  // namespace sonde::fitting

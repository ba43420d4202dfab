// The numbers of a model that was never trained: drawn anew instead of read from a checkpoint. Nothing is
// held in memory; any run of any parameter is drawn when it is asked for.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sonde/core/random.h"
#include "sonde/graph/graph.h"

namespace sonde::engine {

/// Weights as a fresh model has them: matrices and tables normal around 0, scales of norms 1, shifts and
/// biases 0. What some architectures add to that is left out: smaller weights into the residual stream
/// (GPT-2), cut-off tails (ModernBERT), a zero row for the padding token, which packed texts do not have.
/// Source: `_init_weights` of transformers 5.23's BERT and Llama.
class FreshWeights {
 public:
  /// Draw with a deviation, the config's `initializer_range`, and a seed.
  FreshWeights(const graph::Graph& graph, double deviation, std::uint64_t seed);

  /// Write the numbers of a parameter from place `first` on, row-major. Each number depends on the seed, the
  /// parameter's name and its place alone. Safe to call from several threads.
  void write(graph::ParameterId parameter, std::int64_t first, std::span<float> target) const;

 private:
  // What a parameter is filled with: one value, or normal numbers of a stream.
  struct Fill {
    bool drawn = true;
    float value = 0;
    RandomStream stream;
  };
  std::vector<Fill> fills_;  // by parameter
  double deviation_ = 0;
};

}  // namespace sonde::engine

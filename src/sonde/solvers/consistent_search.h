// Contrast-consistent search: the training of one linear layer that calls exactly one of two contrary
// statements true, without labels. Full batch, AdamW, many restarts at once. Normalising and choosing a
// restart are the caller's; no hidden layer.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sonde/core/matrix.h"
#include "sonde/core/run_context.h"

namespace sonde::solvers {

/// Both statements of every example. Shapes: first, second [n, d] float32.
struct ContrastPairs {
  MatrixView first;
  MatrixView second;
};

/// A linear layer: probability = sigmoid(x · weight + bias). Shapes: weight [d].
struct LinearLayer {
  std::vector<float> weight;
  float bias = 0;
};

/// How the layers are trained.
struct ConsistentSearchOptions {
  std::int64_t epochs = 1000;
  double lr = 1e-3;
  double weight_decay = 0.01;
};

/// A trained layer and its way there.
struct ConsistentLayer {
  LinearLayer layer;
  std::vector<double> losses;  ///< [epochs + 1]: before the first update, …, after the last
};

/// Train a layer from every start. A layer's bits depend on its own start and on the rows, not on the other
/// starts, and not on the number of threads; the rows are taken in the order given.
/// Loss: mean of min(p₀, p₁)² plus mean of (p₀ − (1 − p₁))².
/// Source: Burns et al. 2023, "Discovering latent knowledge in language models without supervision", eq. 1–2;
/// the order of operations is that of collin-burns/discovering_latent_knowledge, utils.py, class CCS. Errors:
/// partial when cancelled. Cost: 4 · n · d · epochs multiplications for every 16 starts.
std::vector<ConsistentLayer> search_consistent(const ContrastPairs& pairs,
                                               std::span<const LinearLayer> starts,
                                               const ConsistentSearchOptions& options,
                                               const RunContext& context);

}  // namespace sonde::solvers

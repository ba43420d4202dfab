// A classifier whose classes are rows of a fixed basis: activation and basis row go through a linear map each
// into a few latent dimensions, and their inner product is the logit. This is its training step, with
// cross-entropy, an L1 term over all parameters and Adam, shared by a team in fixed pieces so that the bits
// do not depend on the number of workers. What a step multiplies by twice it makes ready once.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

#include "sonde/core/random.h"
#include "sonde/core/team.h"
#include "sonde/kernels/product.h"
#include "sonde/kernels/two_way_rows.h"
#include "sonde/solvers/adam.h"
#include "sonde/solvers/dense_layer.h"
#include "sonde/solvers/minibatches.h"

namespace sonde::solvers {

/// Examples, and the classes that are open while training; views, which must outlive the classifier.
struct BasisProblem {
  MatrixView x;                          ///< [n, d]
  MatrixView basis;                      ///< [k, m] a row for each class that is open
  std::span<const std::int32_t> labels;  ///< [n] rows of `basis`
};

/// A basis classifier that is being trained.
/// Source: the number probes of arXiv 2506.08966; a class that is closed (its logit −∞) has neither
/// probability nor gradient, so it is left out.
class BasisClassifier {
 public:
  /// Begin with parameters of zero and room for steps of `batch` rows. `options.l1` is the weight of
  /// Σ|parameter|.
  BasisClassifier(const BasisProblem& problem, std::int64_t latent, const AdamOptions& options,
                  std::int64_t batch, Team& team);

  /// Give the map of activations: weight [latent, d], bias [latent].
  const DenseLayer& activation_map() const { return activation_map_; }
  /// Give the map of basis rows: weight [latent, m], bias [latent].
  const DenseLayer& basis_map() const { return basis_map_; }
  std::span<float> parameters() { return parameters_.span(); }  ///< to be changed before the first step only

  /// Draw both maps as torch.nn.Linear does (the distribution, not the draws).
  void draw_start(const RandomStream& stream);

  /// Take one step on the mean cross-entropy of some rows and give that mean, without the L1 term, as it was
  /// before the step. Shapes: rows [n] of the problem, n ≤ batch. Units: nats.
  double step(std::span<const std::int64_t> rows);

  /// Give the L1 term of the loss, l1 · Σ|parameter|.
  double penalty() const;

 private:
  void map_block(std::span<const std::int64_t> rows, std::int64_t piece);
  void map_classes(std::int64_t piece);
  void classify_block(std::int64_t rows, std::int64_t piece, int worker);
  void sum_latents(std::int64_t rows, std::int64_t piece);
  void update_activation_map(std::int64_t rows, std::int64_t piece, int worker);
  void update_basis_map(std::int64_t piece, int worker);
  void update_biases(std::int64_t rows);
  // Whether columns that are updated together are one part of the ready weight, renewed while they are at
  // hand.
  bool renews_in_place() const { return activation_weight_.parts() == x_.parts(); }
  void renew(std::initializer_list<kernels::ReadyFactor*> factors);

  BasisProblem problem_;
  kernels::ReadyFactor basis_, basis_transposed_;
  DenseLayer activation_map_, basis_map_;
  Adam adam_;
  double l1_;
  Team& team_;
  kernels::AlignedFloats parameters_;
  kernels::TwoWayRows x_;             // [batch, d] the rows of a step
  std::vector<std::int32_t> labels_;  // [batch]
  // [batch, latent] activations in the latent space, and the gradient by them
  Matrix mapped_, mapped_slopes_;
  Matrix classes_, class_slopes_;    // [latent, k] classes in the latent space, and the gradient by them
  std::vector<Matrix> part_slopes_;  // [latent, k] the share of each block of rows in `class_slopes_`
  std::vector<kernels::TwoWayRows> logit_slopes_;  // [block, k] of each worker
  std::vector<Matrix> tiles_;             // of each worker: logits of a block, or gradients of some columns
  std::vector<float> class_bias_slopes_;  // [latent]
  // Right factors that change with every step.
  kernels::ReadyFactor activation_weight_, classes_ready_, classes_transposed_;
  std::vector<double> losses_;  // of each block of rows
};

}  // namespace sonde::solvers

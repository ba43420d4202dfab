// A multilayer perceptron classifier and its training step: forward, cross-entropy, backward and Adam, shared
// by a team in fixed pieces, so that the bits do not depend on how many workers there are. The gradients of
// weights are used as they are summed and never stored. Nothing is allocated in a step.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sonde/core/random.h"
#include "sonde/core/team.h"
#include "sonde/kernels/aligned.h"
#include "sonde/kernels/elementwise.h"
#include "sonde/solvers/adam.h"
#include "sonde/solvers/dense_layer.h"

namespace sonde::solvers {

/// What the loss is taken of.
enum class Head {
  logits,   ///< cross-entropy of the last layer's outputs
  sigmoid,  ///< of their sigmoids: squashed twice, so the loss cannot fall below ln(1 + e⁻¹) for two classes
};

/// The layers of a perceptron.
struct PerceptronShape {
  std::vector<std::int64_t> sizes;                             ///< inputs, hidden layers, classes
  kernels::Activation activation = kernels::Activation::relu;  ///< relu or gelu
  Head head = Head::logits;
};

/// A perceptron that is being trained.
class Perceptron {
 public:
  /// Begin with parameters of zero and room for `batch` rows at a time.
  Perceptron(PerceptronShape shape, const AdamOptions& options, std::int64_t batch, Team& team);

  const std::vector<DenseLayer>& layers() const { return layers_; }
  std::span<float> parameters() { return parameters_.span(); }
  std::int64_t batch() const { return batch_; }

  /// Draw the parameters as torch.nn.Linear does (the distribution, not the draws).
  void draw_start(const RandomStream& stream);

  /// Give the sum of the losses of some rows. Shapes: x [n, d], labels [n], n ≤ batch. Units: nats.
  double loss(MatrixView x, std::span<const std::int32_t> labels);

  /// Take one step on the mean loss of some rows and give that mean, as it was before the step.
  /// Shapes: x [n, d], labels [n], n ≤ batch. Units: nats.
  double step(MatrixView x, std::span<const std::int32_t> labels);

 private:
  // Some neighbouring columns of a layer's inputs or outputs: what one worker takes at a time.
  struct Piece {
    std::int64_t layer;
    ColumnRange range;
  };

  MutableMatrixView rows_of(Matrix& matrix, std::int64_t rows) const;
  MatrixView inputs_of(std::int64_t layer, MatrixView x);
  void run_forward(MatrixView x);
  double turn_to_gradient(std::span<const std::int32_t> labels);
  void run_backward(std::int64_t rows);
  void update_piece(const Piece& piece, MatrixView x);

  PerceptronShape shape_;
  Adam adam_;
  std::int64_t batch_;
  Team& team_;
  std::vector<DenseLayer> layers_;
  kernels::AlignedFloats parameters_;
  std::vector<Matrix> before_, after_;  // [batch, outputs] of each layer, before and after its activation
  std::vector<Matrix> slopes_;          // [batch, outputs] gradient of the loss by `before_`
  std::vector<Piece> pieces_;           // of all layers' outputs
};

}  // namespace sonde::solvers

// A classifier of ragged token rows: learned queries weigh the tokens of an example by softmax, and a linear
// layer reads the weighted means. Its training step, with cross-entropy and Adam, is shared by a team example
// by example in fixed groups, so that the bits do not depend on the number of workers. No padding, no
// position bias, no dropout.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sonde/core/random.h"
#include "sonde/core/team.h"
#include "sonde/solvers/adam.h"
#include "sonde/solvers/dense_layer.h"
#include "sonde/solvers/minibatches.h"

namespace sonde::solvers {

/// Examples as the token rows they consist of; views, which must outlive the classifier. Every example has a
/// token.
struct TokenExamples {
  MatrixView tokens;                      ///< [sum of t, d]
  std::span<const std::int64_t> offsets;  ///< [n + 1] first token row of each example
  std::span<const std::int32_t> labels;   ///< [n]

  MatrixView example(std::int64_t i) const {
    return {tokens.data + offsets[i] * tokens.stride, offsets[i + 1] - offsets[i], tokens.cols,
            tokens.stride};
  }
};

/// Weigh the tokens of one example and take their mean, once per query.
/// Shapes: tokens [t, d], queries [h, d]; weights [h, t], pooled [h, d].
void attend(MatrixView tokens, MatrixView queries, MutableMatrixView weights, MutableMatrixView pooled);

/// The sizes of an attention classifier.
struct AttentionShape {
  std::int64_t width = 0;  ///< d
  std::int64_t heads = 1;  ///< h
  std::int64_t classes = 2;
  std::int64_t batch = 32;       ///< examples at a time, at most
  std::int64_t most_tokens = 1;  ///< tokens of an example, at most
};

/// An attention classifier that is being trained. Its parameters are the queries [h, d], then the layer
/// [classes, h · d] and its bias.
/// Source: EleutherAI attention-probes, AttentionProbe without position weights, hidden layer and dropout;
/// queries begin at zero as there, so that training begins at the mean of the tokens.
class AttentionClassifier {
 public:
  AttentionClassifier(const AttentionShape& shape, RowScaler scaler, const AdamOptions& options, Team& team);

  std::int64_t batch() const { return shape_.batch; }
  const DenseLayer& layer() const { return layer_; }
  MatrixView queries(std::span<const float> parameters) const {
    return {parameters.data(), shape_.heads, shape_.width, shape_.width};
  }
  std::span<float> parameters() { return parameters_; }

  /// Draw the layer as torch.nn.Linear does (the distribution, not the draws); queries begin at zero.
  void draw_start(const RandomStream& stream);

  /// Give the sum of the losses of some examples, at most `batch`. Units: nats.
  double loss(const TokenExamples& examples, std::span<const std::int64_t> rows);

  /// Take one step on the mean loss of some examples and give that mean, as it was before. Units: nats.
  double step(const TokenExamples& examples, std::span<const std::int64_t> rows);

 private:
  MatrixView scaled(MatrixView tokens, int worker);
  MutableMatrixView weights_of(std::int64_t slot, std::int64_t tokens);
  MutableMatrixView first_rows(Matrix& matrix, std::int64_t rows) const;
  void add_query_slopes(const TokenExamples& examples, std::span<const std::int64_t> rows, std::int64_t group,
                        int worker);

  AttentionShape shape_;
  RowScaler scaler_;
  DenseLayer layer_;
  Adam adam_;
  Team& team_;
  std::vector<float> parameters_, gradients_;
  std::vector<std::int32_t> labels_;      // [batch]
  Matrix weights_;                        // [batch, h · most tokens] attention of each example
  Matrix pooled_, pooled_slopes_;         // [batch, h · d]
  Matrix logits_;                         // [batch, classes], then the gradient by them
  Matrix group_slopes_;                   // [groups of examples, h · d] gradient by the queries
  std::vector<Matrix> tokens_;            // [most tokens, d] of each worker: tokens as scaled
  std::vector<Matrix> weight_slopes_;     // [h, most tokens] of each worker
  std::vector<std::int64_t> token_rows_;  // 0, 1, 2 …
};

}  // namespace sonde::solvers

#include "sonde/solvers/attention_classifier.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sonde/kernels/cross_entropy.h"
#include "sonde/kernels/product.h"

namespace sonde::solvers {
namespace {

using kernels::Factor;
using kernels::Transpose;

constexpr std::int64_t kGroup = 4;  // examples whose query gradients are summed by one worker
constexpr std::int64_t kColumns = 128;

std::int64_t pieces_in(std::int64_t size, std::int64_t piece) { return (size + piece - 1) / piece; }

void softmax(std::span<float> values) {
  const float most = *std::ranges::max_element(values);
  double sum = 0;
  for (float& value : values) sum += value = std::exp(value - most);
  for (float& value : values) value = static_cast<float>(value / sum);
}

}  // namespace

void attend(MatrixView tokens, MatrixView queries, MutableMatrixView weights, MutableMatrixView pooled) {
  kernels::matrix_product(Factor{queries}, Factor{tokens, Transpose::yes}, weights);
  for (std::int64_t h = 0; h < weights.rows; ++h) softmax(weights.row(h));
  kernels::matrix_product(Factor{weights}, Factor{tokens}, pooled);
}

AttentionClassifier::AttentionClassifier(const AttentionShape& shape, RowScaler scaler,
                                         const AdamOptions& options, Team& team)
    : shape_(shape),
      scaler_(std::move(scaler)),
      layer_{shape.heads * shape.width, shape.classes, shape.heads * shape.width},
      adam_(layer_.offset + layer_.size(), options),
      team_(team),
      parameters_(layer_.offset + layer_.size()),
      gradients_(parameters_.size()),
      labels_(shape.batch),
      weights_(shape.batch, shape.heads * shape.most_tokens),
      pooled_(shape.batch, layer_.inputs),
      pooled_slopes_(shape.batch, layer_.inputs),
      logits_(shape.batch, shape.classes),
      group_slopes_(pieces_in(shape.batch, kGroup), layer_.inputs),
      token_rows_(shape.most_tokens) {
  std::iota(token_rows_.begin(), token_rows_.end(), 0);
  for (int worker = 0; worker < team_.size(); ++worker) {
    tokens_.emplace_back(shape.most_tokens, shape.width);
    weight_slopes_.emplace_back(shape.heads, shape.most_tokens);
  }
}

void AttentionClassifier::draw_start(const RandomStream& stream) {
  std::fill_n(parameters_.begin(), layer_.offset, 0.0f);
  solvers::draw_start(layer_, stream, parameters_);
}

MatrixView AttentionClassifier::scaled(MatrixView tokens, int worker) {
  if (scaler_.mean.empty()) return tokens;
  Matrix& room = tokens_[worker];
  const MutableMatrixView copy{room.data(), tokens.rows, tokens.cols, tokens.cols};
  gather(tokens, std::span(token_rows_).first(tokens.rows), scaler_, copy);
  return copy;
}

MutableMatrixView AttentionClassifier::weights_of(std::int64_t slot, std::int64_t tokens) {
  return {weights_.data() + slot * weights_.cols(), shape_.heads, tokens, tokens};
}

MutableMatrixView AttentionClassifier::first_rows(Matrix& matrix, std::int64_t rows) const {
  return {matrix.data(), rows, matrix.cols(), matrix.cols()};
}

double AttentionClassifier::loss(const TokenExamples& examples, std::span<const std::int64_t> rows) {
  const auto n = static_cast<std::int64_t>(rows.size());
  SONDE_ASSERT(n > 0 && n <= shape_.batch);
  team_.run(n, [&](int worker, std::int64_t i) {
    const MatrixView tokens = scaled(examples.example(rows[i]), worker);
    const MutableMatrixView pooled{pooled_.data() + i * layer_.inputs, shape_.heads, shape_.width,
                                   shape_.width};
    attend(tokens, queries(parameters_), weights_of(i, tokens.rows), pooled);
    labels_[i] = examples.labels[rows[i]];
  });
  const MutableMatrixView logits = first_rows(logits_, n);
  forward(layer_, parameters_, first_rows(pooled_, n), {0, shape_.classes}, logits);
  return kernels::cross_entropy(logits, std::span(labels_).first(n), 1.0f / static_cast<float>(n));
}

// Gradient by the queries of a group of examples: through the mean, the softmax and the products with the
// tokens.
void AttentionClassifier::add_query_slopes(const TokenExamples& examples, std::span<const std::int64_t> rows,
                                           std::int64_t group, int worker) {
  const MutableMatrixView sum{group_slopes_.data() + group * layer_.inputs, shape_.heads, shape_.width,
                              shape_.width};
  const auto last = std::min<std::int64_t>(group * kGroup + kGroup, static_cast<std::int64_t>(rows.size()));
  for (std::int64_t i = group * kGroup; i < last; ++i) {
    const MatrixView tokens = scaled(examples.example(rows[i]), worker);
    const MatrixView weights = weights_of(i, tokens.rows);
    const MatrixView above{pooled_slopes_.data() + i * layer_.inputs, shape_.heads, shape_.width,
                           shape_.width};
    const MutableMatrixView slopes{weight_slopes_[worker].data(), shape_.heads, tokens.rows, tokens.rows};
    kernels::matrix_product(Factor{above}, Factor{tokens, Transpose::yes}, slopes);
    for (std::int64_t h = 0; h < shape_.heads; ++h) {
      const std::span<const float> weight = weights.row(h);
      const std::span<float> slope = slopes.row(h);
      double mean = 0;
      for (std::size_t t = 0; t < slope.size(); ++t) mean += static_cast<double>(weight[t]) * slope[t];
      for (std::size_t t = 0; t < slope.size(); ++t)
        slope[t] = weight[t] * (slope[t] - static_cast<float>(mean));
    }
    kernels::matrix_product(Factor{slopes}, Factor{tokens}, sum,
                            i == group * kGroup ? kernels::Before::overwritten : kernels::Before::added_to);
  }
}

double AttentionClassifier::step(const TokenExamples& examples, std::span<const std::int64_t> rows) {
  const double sum = loss(examples, rows);
  const auto n = static_cast<std::int64_t>(rows.size());
  const std::int64_t blocks = pieces_in(layer_.inputs, kColumns), groups = pieces_in(n, kGroup);
  const MutableMatrixView slopes = first_rows(logits_, n);
  team_.run(blocks, [&](int, std::int64_t p) {
    const ColumnRange range{p * kColumns, std::min(kColumns, layer_.inputs - p * kColumns)};
    backward(layer_, parameters_, slopes, range, first_rows(pooled_slopes_, n));
  });
  team_.run(groups, [&](int worker, std::int64_t g) { add_query_slopes(examples, rows, g, worker); });
  const std::span<float> all = gradients_;
  std::ranges::copy(group_slopes_.row(0), all.begin());
  for (std::int64_t g = 1; g < groups; ++g) {
    for (std::int64_t j = 0; j < layer_.inputs; ++j) all[j] += group_slopes_.row(g)[j];
  }
  gradient(first_rows(pooled_, n), slopes, {0, shape_.classes},
           {all.data() + layer_.offset, shape_.classes, layer_.inputs, layer_.inputs},
           all.subspan(layer_.bias_offset(), shape_.classes));
  adam_.step(parameters_, gradients_);
  return sum / static_cast<double>(n);
}

}  // namespace sonde::solvers

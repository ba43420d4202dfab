#include "sonde/solvers/basis_classifier.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "sonde/kernels/cross_entropy.h"
#include "sonde/kernels/elementwise.h"

namespace sonde::solvers {
namespace {

using kernels::Factor;
using kernels::Transpose;

// Rows and latent dimensions of a piece: a piece's numbers fit the cache of one core, and every product in it
// runs at full speed.
constexpr std::int64_t kRows = 256;
constexpr std::int64_t kLatents = 48;
// Latent dimensions whose shares are summed as one task.
constexpr std::int64_t kSummed = 8;

std::int64_t pieces_in(std::int64_t size, std::int64_t piece) { return (size + piece - 1) / piece; }

ColumnRange piece_of(std::int64_t size, std::int64_t piece, std::int64_t index) {
  return {index * piece, std::min(piece, size - index * piece)};
}

template <class View>
View rows_of(View matrix, ColumnRange rows) {
  return {matrix.data + rows.first * matrix.stride, rows.count, matrix.cols, matrix.stride};
}

// Add a number to each row.
void add_bias(std::span<const float> bias, MutableMatrixView rows) {
  for (std::int64_t i = 0; i < rows.rows; ++i) {
    float* const row = rows.data + i * rows.stride;
    for (std::int64_t j = 0; j < rows.cols; ++j) row[j] += bias[i];
  }
}

float sum_of(std::span<const float> values) {
  std::array<double, 8> sums{};  // side by side, so that none waits for the one before
  std::size_t j = 0;
  for (; j + sums.size() <= values.size(); j += sums.size()) {
    for (std::size_t lane = 0; lane < sums.size(); ++lane) sums[lane] += values[j + lane];
  }
  for (std::size_t lane = 0; j + lane < values.size(); ++lane) sums[lane] += values[j + lane];
  return static_cast<float>(std::accumulate(sums.begin(), sums.end(), 0.0));
}

}  // namespace

BasisClassifier::BasisClassifier(const BasisProblem& problem, std::int64_t latent, const AdamOptions& options,
                                 std::int64_t batch, Team& team)
    : problem_(problem),
      basis_(Factor{problem.basis}),
      basis_transposed_(Factor{problem.basis, Transpose::yes}),
      activation_map_{problem.x.cols, latent, 0},
      basis_map_{problem.basis.cols, latent, activation_map_.size()},
      adam_(activation_map_.size() + basis_map_.size(), options),
      l1_(options.l1),
      team_(team),
      parameters_(kernels::aligned_zeros<float>(activation_map_.size() + basis_map_.size())),
      x_(batch, problem.x.cols, latent),
      labels_(batch),
      mapped_(batch, latent),
      mapped_slopes_(batch, latent),
      classes_(latent, problem.basis.rows),
      class_slopes_(latent, problem.basis.rows),
      class_bias_slopes_(latent),
      activation_weight_({activation_map_.weight(parameters()), Transpose::yes}),
      classes_ready_(Factor{classes_.view()}),
      classes_transposed_({classes_.view(), Transpose::yes}),
      losses_(pieces_in(batch, kRows)) {
  SONDE_ASSERT(static_cast<std::int64_t>(problem.labels.size()) == problem.x.rows);
  for (std::size_t p = 0; p < losses_.size(); ++p) part_slopes_.emplace_back(latent, problem.basis.rows);
  const std::int64_t tile = std::max({std::min(kRows, batch) * problem.basis.rows, latent * x_.part(0).count,
                                      std::min(kLatents, latent) * problem.basis.cols});
  for (int worker = 0; worker < team_.size(); ++worker) {
    tiles_.emplace_back(1, tile);
    logit_slopes_.emplace_back(std::min(kRows, batch), problem.basis.rows, latent);
  }
}

void BasisClassifier::draw_start(const RandomStream& stream) {
  solvers::draw_start(activation_map_, stream.substream(0), parameters());
  solvers::draw_start(basis_map_, stream.substream(1), parameters());
}

double BasisClassifier::penalty() const {
  double sum = 0;
  for (const float parameter : parameters_.span()) sum += std::abs(static_cast<double>(parameter));
  return l1_ * sum;
}

// Latent activations of a block of rows.
void BasisClassifier::map_block(std::span<const std::int64_t> rows, std::int64_t piece) {
  const ColumnRange range = piece_of(static_cast<std::int64_t>(rows.size()), kRows, piece);
  x_.take(range.first, problem_.x, rows.subspan(range.first, range.count));
  for (std::int64_t i = range.first; i < range.first + range.count; ++i)
    labels_[i] = problem_.labels[rows[i]];
  const MutableMatrixView mapped = rows_of(mapped_.view(), range);
  x_.multiply(range.first, activation_weight_, mapped);
  kernels::add(mapped, {activation_map_.bias(parameters()).data(), mapped.rows, mapped.cols, 0}, mapped);
}

// Some latent dimensions of all classes.
void BasisClassifier::map_classes(std::int64_t piece) {
  const ColumnRange range = piece_of(basis_map_.outputs, kLatents, piece);
  const MutableMatrixView mapped = rows_of(classes_.view(), range);
  kernels::matrix_product(Factor{rows_of(basis_map_.weight(parameters()), range)}, basis_transposed_, mapped);
  add_bias(basis_map_.bias(parameters()).subspan(range.first, range.count), mapped);
}

// Logits of a block of rows, their loss, and its gradient by both latent spaces.
void BasisClassifier::classify_block(std::int64_t rows, std::int64_t piece, int worker) {
  const ColumnRange range = piece_of(rows, kRows, piece);
  const std::int64_t k = problem_.basis.rows;
  const MatrixView mapped = rows_of(MatrixView(mapped_.view()), range);
  const MutableMatrixView logits{tiles_[worker].data(), range.count, k, k};
  kernels::matrix_product(Factor{mapped}, classes_ready_, logits);
  losses_[piece] = kernels::cross_entropy(logits, std::span(labels_).subspan(range.first, range.count),
                                          1.0f / static_cast<float>(rows));
  kernels::TwoWayRows& slopes = logit_slopes_[worker];
  slopes.take(0, logits);
  slopes.multiply(0, classes_transposed_, rows_of(mapped_slopes_.view(), range));
  for (std::int64_t p = 0; p < slopes.parts(); ++p) {
    const ColumnRange part = slopes.part(p);
    slopes.multiply_transposed(mapped, part, columns(part_slopes_[piece].view(), part));
  }
}

// Sum the blocks' shares for some latent dimensions, in their order, and the gradients of their biases.
void BasisClassifier::sum_latents(std::int64_t rows, std::int64_t piece) {
  const ColumnRange range = piece_of(activation_map_.outputs, kSummed, piece);
  const MutableMatrixView sum = rows_of(class_slopes_.view(), range);
  std::copy_n(part_slopes_[0].row(range.first).data(), sum.rows * sum.stride, sum.data);
  for (std::int64_t p = 1; p < pieces_in(rows, kRows); ++p)
    kernels::add(sum, rows_of(MatrixView(part_slopes_[p].view()), range), sum);
  for (std::int64_t l = 0; l < sum.rows; ++l) class_bias_slopes_[range.first + l] = sum_of(sum.row(l));
}

// Gradient and update of some columns of the activations' map.
void BasisClassifier::update_activation_map(std::int64_t rows, std::int64_t piece, int worker) {
  const DenseLayer& map = activation_map_;
  const ColumnRange part = x_.part(piece);
  const MutableMatrixView gradients{tiles_[worker].data(), map.outputs, part.count, part.count};
  x_.multiply_transposed(rows_of(MatrixView(mapped_slopes_.view()), {0, rows}), part, gradients);
  for (std::int64_t l = 0; l < map.outputs; ++l) {
    const std::int64_t first = map.offset + l * map.inputs + part.first;
    adam_.update(first, parameters().subspan(first, part.count), gradients.row(l));
  }
  if (renews_in_place()) activation_weight_.renew(piece);
}

// Gradient and update of some latent dimensions of the basis map.
void BasisClassifier::update_basis_map(std::int64_t piece, int worker) {
  const DenseLayer& map = basis_map_;
  const ColumnRange range = piece_of(map.outputs, kLatents, piece);
  const MutableMatrixView gradients{tiles_[worker].data(), range.count, map.inputs, map.inputs};
  kernels::matrix_product(Factor{rows_of(class_slopes_.view(), range)}, basis_, gradients);
  const std::int64_t first = map.offset + range.first * map.inputs, count = range.count * map.inputs;
  adam_.update(first, parameters().subspan(first, count), {gradients.data, static_cast<std::size_t>(count)});
}

void BasisClassifier::update_biases(std::int64_t rows) {
  static constexpr float kOne = 1;
  const std::int64_t latent = activation_map_.outputs;
  const std::int64_t activation_bias = activation_map_.bias_offset(), basis_bias = basis_map_.bias_offset();
  adam_.update(activation_bias, parameters().subspan(activation_bias, latent), {&kOne, rows, 1, 0},
               rows_of(MatrixView(mapped_slopes_.view()), {0, rows}));
  adam_.update(basis_bias, parameters().subspan(basis_bias, latent), class_bias_slopes_);
}

void BasisClassifier::renew(std::initializer_list<kernels::ReadyFactor*> factors) {
  for (kernels::ReadyFactor* factor : factors)
    team_.run(factor->parts(), [&](int, std::int64_t part) { factor->renew(part); });
}

double BasisClassifier::step(std::span<const std::int64_t> rows) {
  const auto n = static_cast<std::int64_t>(rows.size());
  SONDE_ASSERT(n > 0 && n <= std::ssize(labels_));
  const std::int64_t blocks = pieces_in(n, kRows), latents = pieces_in(basis_map_.outputs, kLatents);
  if (adam_.steps() == 0 || !renews_in_place()) renew({&activation_weight_});
  team_.run(blocks + latents, [&](int, std::int64_t p) {
    if (p < blocks) return map_block(rows, p);
    map_classes(p - blocks);
  });
  renew({&classes_ready_, &classes_transposed_});
  team_.run(blocks, [&](int worker, std::int64_t p) { classify_block(n, p, worker); });
  team_.run(pieces_in(activation_map_.outputs, kSummed), [&](int, std::int64_t p) { sum_latents(n, p); });
  adam_.begin_step();
  const std::int64_t column_pieces = x_.parts();
  team_.run(column_pieces + latents + 1, [&](int worker, std::int64_t p) {
    if (p < column_pieces) return update_activation_map(n, p, worker);
    if (p < column_pieces + latents) return update_basis_map(p - column_pieces, worker);
    update_biases(n);
  });
  double loss = 0;
  for (std::int64_t p = 0; p < blocks; ++p) loss += losses_[p];
  return loss / static_cast<double>(n);
}

}  // namespace sonde::solvers

#include "sonde/solvers/perceptron.h"

#include <algorithm>

#include "sonde/kernels/activation_gradient.h"
#include "sonde/kernels/cross_entropy.h"

namespace sonde::solvers {
namespace {

// Columns of a piece: enough for a product to run at full speed, few enough to occupy several workers.
constexpr std::int64_t kPiece = 192;

std::int64_t pieces_in(std::int64_t size) { return (size + kPiece - 1) / kPiece; }

ColumnRange piece_of(std::int64_t size, std::int64_t index) {
  return {index * kPiece, std::min(kPiece, size - index * kPiece)};
}

std::vector<DenseLayer> layers_of(const PerceptronShape& shape) {
  std::vector<DenseLayer> layers;
  std::int64_t offset = 0;
  for (std::size_t l = 1; l < shape.sizes.size(); ++l) {
    layers.push_back({shape.sizes[l - 1], shape.sizes[l], offset});
    offset += layers.back().size();
  }
  return layers;
}

std::int64_t size_of(const PerceptronShape& shape) {
  std::int64_t size = 0;
  for (const DenseLayer& layer : layers_of(shape)) size += layer.size();
  return size;
}

}  // namespace

Perceptron::Perceptron(PerceptronShape shape, const AdamOptions& options, std::int64_t batch, Team& team)
    : shape_(std::move(shape)),
      adam_(size_of(shape_), options),
      batch_(batch),
      team_(team),
      layers_(layers_of(shape_)),
      parameters_(kernels::aligned_zeros<float>(size_of(shape_))) {
  SONDE_ASSERT(shape_.sizes.size() >= 2 && batch_ > 0);
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const DenseLayer& layer = layers_[l];
    for (std::vector<Matrix>* all : {&before_, &after_, &slopes_}) all->emplace_back(batch_, layer.outputs);
    for (std::int64_t p = 0; p < pieces_in(layer.outputs); ++p)
      pieces_.push_back({static_cast<std::int64_t>(l), piece_of(layer.outputs, p)});
  }
}

void Perceptron::draw_start(const RandomStream& stream) {
  for (std::size_t l = 0; l < layers_.size(); ++l)
    solvers::draw_start(layers_[l], stream.substream(l), parameters());
}

MutableMatrixView Perceptron::rows_of(Matrix& matrix, std::int64_t rows) const {
  return {matrix.data(), rows, matrix.cols(), matrix.cols()};
}

MatrixView Perceptron::inputs_of(std::int64_t layer, MatrixView x) {
  return layer == 0 ? x : MatrixView(rows_of(after_[layer - 1], x.rows));
}

void Perceptron::run_forward(MatrixView x) {
  const auto last = static_cast<std::int64_t>(layers_.size()) - 1;
  for (std::int64_t l = 0; l <= last; ++l) {
    const DenseLayer& layer = layers_[l];
    const MatrixView inputs = inputs_of(l, x);
    const MutableMatrixView before = rows_of(before_[l], x.rows), after = rows_of(after_[l], x.rows);
    team_.run(pieces_in(layer.outputs), [&](int, std::int64_t p) {
      const ColumnRange range = piece_of(layer.outputs, p);
      forward(layer, parameters(), inputs, range, before);
      if (l < last) kernels::activate(shape_.activation, columns(before, range), columns(after, range));
    });
  }
}

// From the outputs of the last layer to the gradient by them of the mean loss; gives the sum of the losses.
double Perceptron::turn_to_gradient(std::span<const std::int32_t> labels) {
  const auto rows = static_cast<std::int64_t>(labels.size());
  const MutableMatrixView outputs = rows_of(before_.back(), rows), slopes = rows_of(slopes_.back(), rows);
  if (shape_.head == Head::sigmoid) {
    kernels::activate(kernels::Activation::sigmoid, outputs, slopes);
  } else {
    std::copy_n(outputs.data, rows * outputs.cols, slopes.data);
  }
  const double loss = kernels::cross_entropy(slopes, labels, 1.0f / static_cast<float>(rows));
  if (shape_.head == Head::sigmoid)
    kernels::activation_gradient(kernels::Activation::sigmoid, outputs, slopes, slopes);
  return loss;
}

void Perceptron::run_backward(std::int64_t rows) {
  for (auto l = static_cast<std::int64_t>(layers_.size()) - 1; l > 0; --l) {
    const DenseLayer& layer = layers_[l];
    const MutableMatrixView above = rows_of(slopes_[l], rows), below = rows_of(slopes_[l - 1], rows),
                            before = rows_of(before_[l - 1], rows);
    team_.run(pieces_in(layer.inputs), [&](int, std::int64_t p) {
      const ColumnRange range = piece_of(layer.inputs, p);
      backward(layer, parameters(), above, range, below);
      const MutableMatrixView block = columns(below, range);
      kernels::activation_gradient(shape_.activation, columns(before, range), block, block);
    });
  }
}

void Perceptron::update_piece(const Piece& piece, MatrixView x) {
  const DenseLayer& layer = layers_[piece.layer];
  const ColumnRange range = piece.range;
  const MatrixView slopes = columns(MatrixView(rows_of(slopes_[piece.layer], x.rows)), range);
  const std::int64_t first = layer.offset + range.first * layer.inputs,
                     first_bias = layer.bias_offset() + range.first;
  const std::span<float> all = parameters();
  adam_.update(first, all.subspan(first, range.count * layer.inputs), slopes, inputs_of(piece.layer, x));
  static constexpr float kOne = 1;
  adam_.update(first_bias, all.subspan(first_bias, range.count), {&kOne, x.rows, 1, 0}, slopes);
}

double Perceptron::loss(MatrixView x, std::span<const std::int32_t> labels) {
  SONDE_ASSERT(x.rows <= batch_ && static_cast<std::int64_t>(labels.size()) == x.rows);
  run_forward(x);
  return turn_to_gradient(labels);
}

double Perceptron::step(MatrixView x, std::span<const std::int32_t> labels) {
  const double sum = loss(x, labels);
  run_backward(x.rows);
  adam_.begin_step();
  team_.run(static_cast<std::int64_t>(pieces_.size()),
            [&](int, std::int64_t p) { update_piece(pieces_[p], x); });
  return sum / static_cast<double>(x.rows);
}

}  // namespace sonde::solvers

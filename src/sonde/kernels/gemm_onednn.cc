// Matrix products by oneDNN's matmul, each call on the calling thread alone. The number of rows is rounded up
// to kRowPadding so that few primitives serve every block. Rows that lie apart are copied together first:
// oneDNN 2.6.3 has no fast path for a stride and falls back to its reference code, a hundred times slower.
// Source: oneDNN 2.6 developer guide, "Matmul" and "Reorder between CPU and CPU"; weights in the layout it
// prefers.
#include <omp.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <oneapi/dnnl/dnnl.hpp>

#include "sonde/kernels/gemm_internal.h"

namespace sonde::kernels {
namespace {

using dnnl::memory;

const dnnl::engine& cpu_engine() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

// oneDNN fixes the number of threads when a primitive is made and again when it runs.
void use_one_thread() { omp_set_num_threads(1); }

// Rows multiplied by one call.
constexpr std::int64_t kRows = 96;

memory::desc dense(std::int64_t rows, std::int64_t cols) {
  return {{rows, cols}, memory::data_type::f32, memory::dims{cols, 1}};
}

void copy_rows(MatrixView from, MutableMatrixView to) {
  for (std::int64_t i = 0; i < from.rows; ++i) std::ranges::copy(from.row(i), to.row(i).begin());
}

// Memory of a thread for rows that lie apart.
struct DenseRows {
  AlignedFloats values;

  MutableMatrixView view(std::int64_t rows, std::int64_t cols) {
    if (values.size() < kRows * cols) values = AlignedFloats(kRows * cols);
    return {values.data(), rows, cols, cols};
  }
};

// Memory of a thread for what a primitive keeps while it runs: oneDNN's own would be shared by all threads
// that run the primitive at once.
struct Scratchpad {
  AlignedFloats values;

  float* of(std::size_t bytes) {
    const auto floats = static_cast<std::int64_t>((bytes + sizeof(float) - 1) / sizeof(float));
    if (values.size() < floats) values = AlignedFloats(floats);
    return values.data();
  }
};

class OnednnWeight final : public PackedWeight {
 public:
  explicit OnednnWeight(const DenseWeight& weight)
      : inputs_(weight.inputs), outputs_(weight.outputs), has_bias_(!weight.bias.empty()) {
    use_one_thread();
    const auto preferred = describe(kRows).weights_desc();
    weights_ = memory(preferred, cpu_engine());
    const auto tag = weight.layout == WeightLayout::out_in ? memory::format_tag::ba : memory::format_tag::ab;
    const memory source({{inputs_, outputs_}, memory::data_type::f32, tag}, cpu_engine(),
                        const_cast<float*>(weight.values.data()));
    dnnl::stream stream(cpu_engine());
    dnnl::reorder(source, weights_).execute(stream, const_cast<memory&>(source), weights_);
    stream.wait();
    bias_.assign(weight.bias.begin(), weight.bias.end());
  }

  void multiply(MatrixView x, MutableMatrixView y) const override {
    SONDE_ASSERT(x.cols == inputs_ && y.cols == outputs_ && x.rows == y.rows);
    thread_local DenseRows inputs, outputs;
    for (std::int64_t first = 0; first < x.rows; first += kRows) {
      const std::int64_t rows = std::min(kRows, x.rows - first);
      const MatrixView from{x.data + first * x.stride, rows, x.cols, x.stride};
      const MutableMatrixView to{y.data + first * y.stride, rows, y.cols, y.stride};
      const bool x_dense = x.stride == x.cols, y_dense = y.stride == y.cols;
      if (!x_dense) copy_rows(from, inputs.view(rows, x.cols));
      const MutableMatrixView result = y_dense ? to : outputs.view(rows, y.cols);
      multiply_dense(x_dense ? from.data : inputs.values.data(), rows, result.data);
      if (!y_dense) copy_rows(result, to);
    }
  }

  std::int64_t bytes() const override {
    return static_cast<std::int64_t>(weights_.get_desc().get_size() + bias_.size() * sizeof(float));
  }

 private:
  void multiply_dense(const float* x, std::int64_t count, float* y) const {
    use_one_thread();
    const std::int64_t rows = (count + kRowPadding - 1) / kRowPadding * kRowPadding;
    thread_local dnnl::stream stream(cpu_engine());
    std::unordered_map<int, memory> arguments = {
        {DNNL_ARG_SRC, memory(dense(rows, inputs_), cpu_engine(), const_cast<float*>(x))},
        {DNNL_ARG_WEIGHTS, weights_},
        {DNNL_ARG_DST, memory(dense(rows, outputs_), cpu_engine(), y)}};
    if (has_bias_) arguments.emplace(DNNL_ARG_BIAS, memory(dense(1, outputs_), cpu_engine(), bias_.data()));
    const Product& product = prepared(rows);
    thread_local Scratchpad scratchpad;
    arguments.emplace(DNNL_ARG_SCRATCHPAD,
                      memory(product.scratchpad, cpu_engine(), scratchpad.of(product.scratchpad.get_size())));
    product.matmul.execute(stream, arguments);
    stream.wait();
  }

  dnnl::matmul::primitive_desc describe(std::int64_t rows) const {
    const memory::desc weights =
        weights_ ? weights_.get_desc()
                 : memory::desc({inputs_, outputs_}, memory::data_type::f32, memory::format_tag::any);
    const memory::desc x = dense(rows, inputs_), y = dense(rows, outputs_);
    const auto matmul =
        has_bias_ ? dnnl::matmul::desc(x, weights, dense(1, outputs_), y) : dnnl::matmul::desc(x, weights, y);
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    return {matmul, attributes, cpu_engine()};
  }

  // A product of some number of rows, and the memory that a run of it needs beside its arguments.
  struct Product {
    dnnl::matmul matmul;
    memory::desc scratchpad;
  };

  const Product& prepared(std::int64_t rows) const {
    const std::lock_guard lock(mutex_);
    auto& slot = products_[static_cast<std::size_t>(rows / kRowPadding - 1)];
    if (!slot) {
      const dnnl::matmul::primitive_desc description = describe(rows);
      slot =
          std::make_unique<const Product>(Product{dnnl::matmul(description), description.scratchpad_desc()});
    }
    return *slot;
  }

  std::int64_t inputs_;
  std::int64_t outputs_;
  bool has_bias_;
  memory weights_;
  mutable std::vector<float> bias_;  // oneDNN takes arguments as mutable pointers; it does not write here
  mutable std::mutex mutex_;
  mutable std::array<std::unique_ptr<const Product>, kRows / kRowPadding> products_;  // by rows
};

}  // namespace

std::unique_ptr<PackedWeight> pack_for_onednn(const DenseWeight& weight) {
  return std::make_unique<OnednnWeight>(weight);
}

}  // namespace sonde::kernels

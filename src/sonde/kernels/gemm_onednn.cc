// Matrix products by oneDNN's matmul, each call on the calling thread alone. The number of rows is rounded up
// to kRowPadding so that few primitives serve every block. Source: oneDNN 2.6 developer guide, "Matmul" and
// "Reorder between CPU and CPU"; weights in the layout it prefers.
#include <omp.h>

#include <map>
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

memory::desc dense(std::int64_t rows, std::int64_t cols, std::int64_t stride) {
  return {{rows, cols}, memory::data_type::f32, memory::dims{stride, 1}};
}

class OnednnWeight final : public PackedWeight {
 public:
  explicit OnednnWeight(const DenseWeight& weight)
      : inputs_(weight.inputs), outputs_(weight.outputs), has_bias_(!weight.bias.empty()) {
    use_one_thread();
    const auto preferred = describe(kRowPadding * 8, weight.inputs, weight.outputs).weights_desc();
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
    if (x.rows == 0) return;
    use_one_thread();
    const std::int64_t rows = (x.rows + kRowPadding - 1) / kRowPadding * kRowPadding;
    thread_local dnnl::stream stream(cpu_engine());
    std::unordered_map<int, memory> arguments = {
        {DNNL_ARG_SRC, memory(dense(rows, inputs_, x.stride), cpu_engine(), const_cast<float*>(x.data))},
        {DNNL_ARG_WEIGHTS, weights_},
        {DNNL_ARG_DST, memory(dense(rows, outputs_, y.stride), cpu_engine(), y.data)}};
    if (has_bias_) {
      arguments.emplace(DNNL_ARG_BIAS, memory(dense(1, outputs_, outputs_), cpu_engine(), bias_.data()));
    }
    primitive(rows, x.stride, y.stride).execute(stream, arguments);
    stream.wait();
  }

  std::int64_t bytes() const override {
    return static_cast<std::int64_t>(weights_.get_desc().get_size() + bias_.size() * sizeof(float));
  }

 private:
  dnnl::matmul::primitive_desc describe(std::int64_t rows, std::int64_t x_stride,
                                        std::int64_t y_stride) const {
    const memory::desc weights =
        weights_ ? weights_.get_desc()
                 : memory::desc({inputs_, outputs_}, memory::data_type::f32, memory::format_tag::any);
    const memory::desc x = dense(rows, inputs_, x_stride), y = dense(rows, outputs_, y_stride);
    const auto matmul = has_bias_ ? dnnl::matmul::desc(x, weights, dense(1, outputs_, outputs_), y)
                                  : dnnl::matmul::desc(x, weights, y);
    return {matmul, cpu_engine()};
  }

  dnnl::matmul& primitive(std::int64_t rows, std::int64_t x_stride, std::int64_t y_stride) const {
    const std::lock_guard lock(mutex_);
    auto& slot = primitives_[{rows, x_stride, y_stride}];
    if (!slot) slot = std::make_unique<dnnl::matmul>(describe(rows, x_stride, y_stride));
    return *slot;
  }

  std::int64_t inputs_;
  std::int64_t outputs_;
  bool has_bias_;
  memory weights_;
  mutable std::vector<float> bias_;  // oneDNN takes arguments as mutable pointers; it does not write here
  mutable std::mutex mutex_;
  mutable std::map<std::array<std::int64_t, 3>, std::unique_ptr<dnnl::matmul>> primitives_;
};

}  // namespace

std::unique_ptr<PackedWeight> pack_for_onednn(const DenseWeight& weight) {
  return std::make_unique<OnednnWeight>(weight);
}

}  // namespace sonde::kernels

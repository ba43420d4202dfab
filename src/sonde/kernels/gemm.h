// Dense products y = x·W + b with W packed once. A row of y has the same bits whatever other rows are in the
// call and however many there are: that is what lets texts be packed, ordered and cut into blocks freely.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "sonde/core/matrix.h"

namespace sonde::kernels {

/// How a checkpoint stores a weight.
enum class WeightLayout {
  out_in,  ///< [outputs, inputs], as torch.nn.Linear does
  in_out,  ///< [inputs, outputs], as GPT-2's Conv1D does
};

/// A weight as it lies in a checkpoint, before packing.
struct DenseWeight {
  std::span<const float> values;  ///< [inputs · outputs], in `layout`
  std::int64_t inputs = 0;
  std::int64_t outputs = 0;
  WeightLayout layout = WeightLayout::out_in;
  std::span<const float> bias;  ///< [outputs], or empty
};

/// A packed weight that multiplies.
class PackedWeight {
 public:
  virtual ~PackedWeight() = default;
  /// Compute y = x·W + b.
  /// Shapes: x [rows, inputs]; y [rows, outputs]. Both must have room for rows rounded up to kRowPadding.
  virtual void multiply(MatrixView x, MutableMatrixView y) const = 0;
  /// Give the bytes the packed weight holds.
  virtual std::int64_t bytes() const = 0;
};

/// Buffers given to multiply have room for a multiple of this many rows; what lies in the spare rows is not
/// kept.
inline constexpr std::int64_t kRowPadding = 16;

/// The numbers that are multiplied. Sums are float in either case.
enum class GemmPrecision {
  float32,
  bfloat16,  ///< weights are kept as bfloat16, half the memory; x is rounded to bfloat16 as it is read
};

/// Which code multiplies.
enum class GemmBackend {
  highway,           ///< our micro-kernel, on every SIMD level
  onednn,            ///< oneDNN's matmul on one thread
  highway_bfloat16,  ///< our micro-kernel on bfloat16 numbers, on every SIMD level
  amx,               ///< AMX tiles on bytes, three for a float; below 128 inputs as onednn
  amx_bfloat16,      ///< AMX tiles on bfloat16 numbers
};

/// Give the word for a backend, as it stands in results.
const char* to_string(GemmBackend backend);

/// Give the fastest backend on this machine among those whose rows do not depend on the number of rows.
/// Source: measured, docs/decisions/0002: AMX tiles beat oneDNN's float32 products; oneDNN 2.6.3's
/// `brg:avx512_core` keeps a row's bits for any number of rows, `gemm:jit` (used below AVX-512) does not, and
/// there our kernel is as fast.
GemmBackend best_gemm_backend(GemmPrecision precision = GemmPrecision::float32);

/// Pack a weight.
std::unique_ptr<PackedWeight> pack_weight(const DenseWeight& weight,
                                          GemmBackend backend = best_gemm_backend());

}  // namespace sonde::kernels

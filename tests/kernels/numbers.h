// Numbers for kernel tests: reproducible inputs in buffers with room for row padding, and every SIMD level of
// this machine in turn.
#pragma once

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sonde/core/matrix.h"
#include "sonde/core/random.h"
#include "sonde/kernels/aligned.h"
#include "sonde/kernels/gemm.h"

namespace sonde::kernels {

/// Draw `size` numbers in [-1, 1).
inline std::vector<float> draw(std::string_view purpose, std::int64_t size) {
  const RandomStream stream(1, purpose);
  std::vector<float> values(size);
  for (std::int64_t i = 0; i < size; ++i) values[i] = static_cast<float>(2 * stream.uniform(i) - 1);
  return values;
}

/// A matrix inside a larger buffer, as the engine lays them out: rows rounded up to kRowPadding, more columns
/// than the view has.
class Buffer {
 public:
  Buffer(std::int64_t rows, std::int64_t cols, std::int64_t spare_columns = 0)
      : rows_(rows),
        cols_(cols),
        stride_(cols + spare_columns),
        values_((rows + kRowPadding) / kRowPadding * kRowPadding * stride_ + kRowPadding * stride_, kSpare) {}

  static Buffer drawn(std::string_view purpose, std::int64_t rows, std::int64_t cols,
                      std::int64_t spare_columns = 0) {
    Buffer buffer(rows, cols, spare_columns);
    const std::vector<float> values = draw(purpose, rows * cols);
    for (std::int64_t i = 0; i < rows; ++i) {
      std::copy_n(values.data() + i * cols, cols, buffer.values_.data() + i * buffer.stride_);
    }
    return buffer;
  }

  MutableMatrixView view() { return rows(0, rows_); }
  MutableMatrixView rows(std::int64_t first, std::int64_t count) {
    return {values_.data() + first * stride_, count, cols_, stride_};
  }
  /// Tell whether nothing was written beside the columns of the rows.
  bool spare_columns_untouched() const {
    for (std::int64_t i = 0; i < rows_; ++i) {
      for (std::int64_t j = cols_; j < stride_; ++j) {
        if (values_[i * stride_ + j] != kSpare) return false;
      }
    }
    return true;
  }

 private:
  static constexpr float kSpare = 12345.0f;
  std::int64_t rows_, cols_, stride_;
  std::vector<float> values_;
};

/// Tell whether two runs of floats have the same bits, NaN included.
inline bool same_bits(std::span<const float> a, std::span<const float> b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

/// Runs a test once on every SIMD level that this machine has and the kernels were built for.
class SimdTest : public ::testing::TestWithParam<std::int64_t> {
 protected:
  void SetUp() override { hwy::SetSupportedTargetsForTest(GetParam()); }
  void TearDown() override { hwy::SetSupportedTargetsForTest(0); }
};

inline std::string simd_name(const ::testing::TestParamInfo<std::int64_t>& info) {
  return hwy::TargetName(info.param);
}

}  // namespace sonde::kernels

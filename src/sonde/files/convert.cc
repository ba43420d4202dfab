#include "sonde/files/convert.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <type_traits>

#include "sonde/core/error.h"
#include "sonde/files/dequantize.h"
#include "sonde/files/message_text_internal.h"

namespace sonde::files {

// The tables of f16 values would not fit the first cache; bit arithmetic is exact and vectorises.
float half_to_float(std::uint16_t bits) {
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000u) << 16;
  const std::uint32_t exponent = bits >> 10 & 0x1Fu;
  const std::uint32_t fraction = bits & 0x3FFu;
  // Subnormals: fraction * 2^-24 is exact in float32, and so is its sign.
  if (exponent == 0) {
    return std::bit_cast<float>(sign |
                                std::bit_cast<std::uint32_t>(static_cast<float>(fraction) * 0x1.0p-24f));
  }
  const std::uint32_t widened = exponent == 31 ? 255u : exponent + 112u;
  return std::bit_cast<float>(sign | widened << 23 | fraction << 13);
}

float bfloat16_to_float(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

/// Convert elements from `first` on; bytes in files need not be aligned, hence the copies.
template <class Stored, class Target, class Convert>
static void convert_each(const TensorInfo& tensor, std::int64_t first, std::span<Target> target,
                         Convert convert) {
  const std::byte* source = tensor.bytes.data() + static_cast<std::size_t>(first) * sizeof(Stored);
  for (std::size_t i = 0; i < target.size(); ++i) {
    Stored value;
    std::memcpy(&value, source + i * sizeof(Stored), sizeof(Stored));
    target[i] = convert(value);
  }
}

[[noreturn]] static void refuse_type(const TensorInfo& tensor, const char* expected) {
  throw Error(ErrorCode::input, {.where = fmt::format("tensor {}", shown(tensor.name)),
                                 .what = "wrong element type",
                                 .got = to_string(tensor.dtype),
                                 .expected = expected});
}

std::optional<std::span<const float>> float_view(const TensorInfo& tensor) {
  const auto address = reinterpret_cast<std::uintptr_t>(tensor.bytes.data());
  if (tensor.dtype != DType::f32 || address % alignof(float) != 0 || tensor.form != StoredForm{}) {
    return std::nullopt;
  }
  return std::span(reinterpret_cast<const float*>(tensor.bytes.data()), tensor.bytes.size() / sizeof(float));
}

/// Dequantise elements from `first` on, which starts a block.
template <class Real>
static void to_real_from_blocks(const TensorInfo& tensor, std::int64_t first, std::span<Real> target) {
  const BlockSize block = block_of(tensor.dtype);
  const auto run = static_cast<std::int64_t>(target.size());
  SONDE_ASSERT(first % block.elements == 0 && run % block.elements == 0);
  const auto blocks = tensor.bytes.subspan(static_cast<std::size_t>(first / block.elements * block.bytes),
                                           static_cast<std::size_t>(run / block.elements * block.bytes));
  if constexpr (std::is_same_v<Real, float>) {
    dequantize(tensor.dtype, blocks, target);
  } else {
    std::vector<float> values(target.size());
    dequantize(tensor.dtype, blocks, values);
    std::ranges::copy(values, target.begin());
  }
}

/// Convert stored elements from `first` on to target.size() numbers.
template <class Real>
static void stored_to_real(const TensorInfo& tensor, std::int64_t first, std::span<Real> target) {
  const auto plain = [](auto value) { return static_cast<Real>(value); };
  if (is_quantized(tensor.dtype)) return to_real_from_blocks(tensor, first, target);
  switch (tensor.dtype) {
    case DType::f32:
      return convert_each<float>(tensor, first, target, plain);
    case DType::f64:
      return convert_each<double>(tensor, first, target, plain);
    case DType::f16:
      return convert_each<std::uint16_t>(tensor, first, target,
                                         [](auto v) { return static_cast<Real>(half_to_float(v)); });
    case DType::bf16:
      return convert_each<std::uint16_t>(tensor, first, target,
                                         [](auto v) { return static_cast<Real>(bfloat16_to_float(v)); });
    default:
      refuse_type(tensor, "a floating-point or quantised type");
  }
}

/// Give the stored row that holds row `row` of a tensor whose heads lie pair by pair.
/// Source: transformers 5.23, LlamaTensorProcessor._reverse_permute_weights.
static std::int64_t stored_row(std::int64_t row, std::int64_t rows, std::int64_t heads) {
  const std::int64_t head_rows = rows / heads, half = head_rows / 2;
  const std::int64_t head = row / head_rows, place = row % head_rows;
  return head * head_rows + 2 * (place % half) + place / half;
}

template <class Real>
static void rows_to_real(const TensorInfo& tensor, std::int64_t first, std::span<Real> target) {
  const std::int64_t rows = tensor.shape.empty() ? 1 : tensor.shape[0];
  const std::int64_t width = rows == 0 ? 0 : element_count(tensor) / rows;
  const auto size = static_cast<std::int64_t>(target.size());
  SONDE_ASSERT(first >= 0 && (width == 0 ? size == 0 : size % width == 0 && first + size / width <= rows));
  const std::int64_t heads = tensor.form.paired_heads;
  if (heads == 0) {
    stored_to_real(tensor, first * width, target);
  } else {
    for (std::int64_t i = 0; i * width < size; ++i) {
      stored_to_real(tensor, stored_row(first + i, rows, heads) * width,
                     target.subspan(static_cast<std::size_t>(i * width), static_cast<std::size_t>(width)));
    }
  }
  // In float32, as the reference does, also where the caller wants doubles.
  if (tensor.form.added == 0) return;
  for (Real& value : target) value = static_cast<float>(value) - tensor.form.added;
}

void to_float(const TensorInfo& tensor, std::span<float> target) {
  SONDE_ASSERT(static_cast<std::int64_t>(target.size()) == element_count(tensor));
  rows_to_real(tensor, 0, target);
}

std::vector<float> to_float(const TensorInfo& tensor) {
  std::vector<float> values(static_cast<std::size_t>(element_count(tensor)));
  rows_to_real(tensor, 0, std::span(values));
  return values;
}

void rows_to_float(const TensorInfo& tensor, std::int64_t first, std::span<float> target) {
  rows_to_real(tensor, first, target);
}

std::vector<double> to_double(const TensorInfo& tensor) {
  std::vector<double> values(static_cast<std::size_t>(element_count(tensor)));
  rows_to_real(tensor, 0, std::span(values));
  return values;
}

std::vector<std::int64_t> to_integers(const TensorInfo& tensor) {
  std::vector<std::int64_t> values(static_cast<std::size_t>(element_count(tensor)));
  const std::span<std::int64_t> target(values);
  const auto plain = [](auto value) { return static_cast<std::int64_t>(value); };
  switch (tensor.dtype) {
    case DType::i64:
      convert_each<std::int64_t>(tensor, 0, target, plain);
      break;
    case DType::i32:
      convert_each<std::int32_t>(tensor, 0, target, plain);
      break;
    case DType::i16:
      convert_each<std::int16_t>(tensor, 0, target, plain);
      break;
    case DType::i8:
      convert_each<std::int8_t>(tensor, 0, target, plain);
      break;
    case DType::u8:
      convert_each<std::uint8_t>(tensor, 0, target, plain);
      break;
    case DType::boolean:
      convert_each<std::uint8_t>(tensor, 0, target, [](auto v) { return std::int64_t{v != 0}; });
      break;
    default:
      refuse_type(tensor, "I64, I32, I16, I8, U8 or BOOL");
  }
  return values;
}

}  // namespace sonde::files

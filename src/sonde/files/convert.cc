#include "sonde/files/convert.h"

#include <fmt/format.h>

#include <bit>
#include <cstring>

#include "sonde/core/error.h"
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

/// Convert every element; bytes in files need not be aligned, hence the copies.
template <class Stored, class Target, class Convert>
static void convert_each(const TensorInfo& tensor, std::span<Target> target, Convert convert) {
  const std::byte* source = tensor.bytes.data();
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
  if (tensor.dtype != DType::f32 || address % alignof(float) != 0) return std::nullopt;
  return std::span(reinterpret_cast<const float*>(tensor.bytes.data()), tensor.bytes.size() / sizeof(float));
}

template <class Real>
static void to_real(const TensorInfo& tensor, std::span<Real> target) {
  SONDE_ASSERT(static_cast<std::int64_t>(target.size()) == element_count(tensor));
  const auto plain = [](auto value) { return static_cast<Real>(value); };
  switch (tensor.dtype) {
    case DType::f32:
      return convert_each<float>(tensor, target, plain);
    case DType::f64:
      return convert_each<double>(tensor, target, plain);
    case DType::f16:
      return convert_each<std::uint16_t>(tensor, target,
                                         [](auto v) { return static_cast<Real>(half_to_float(v)); });
    case DType::bf16:
      return convert_each<std::uint16_t>(tensor, target,
                                         [](auto v) { return static_cast<Real>(bfloat16_to_float(v)); });
    default:
      refuse_type(tensor, "F64, F32, F16 or BF16");
  }
}

void to_float(const TensorInfo& tensor, std::span<float> target) { to_real(tensor, target); }

std::vector<float> to_float(const TensorInfo& tensor) {
  std::vector<float> values(static_cast<std::size_t>(element_count(tensor)));
  to_real(tensor, std::span(values));
  return values;
}

void row_to_float(const TensorInfo& tensor, std::int64_t row, std::span<float> target) {
  const auto size = static_cast<std::int64_t>(target.size());
  SONDE_ASSERT(tensor.shape.size() == 2 && size == tensor.shape[1] && row >= 0 && row < tensor.shape[0]);
  const std::size_t bytes = tensor.bytes.size() / static_cast<std::size_t>(tensor.shape[0]);
  to_real(
      TensorInfo{
          {}, tensor.dtype, {size}, tensor.bytes.subspan(static_cast<std::size_t>(row) * bytes, bytes)},
      target);
}

std::vector<double> to_double(const TensorInfo& tensor) {
  std::vector<double> values(static_cast<std::size_t>(element_count(tensor)));
  to_real(tensor, std::span(values));
  return values;
}

std::vector<std::int64_t> to_integers(const TensorInfo& tensor) {
  std::vector<std::int64_t> values(static_cast<std::size_t>(element_count(tensor)));
  const std::span<std::int64_t> target(values);
  const auto plain = [](auto value) { return static_cast<std::int64_t>(value); };
  switch (tensor.dtype) {
    case DType::i64:
      convert_each<std::int64_t>(tensor, target, plain);
      break;
    case DType::i32:
      convert_each<std::int32_t>(tensor, target, plain);
      break;
    case DType::i16:
      convert_each<std::int16_t>(tensor, target, plain);
      break;
    case DType::i8:
      convert_each<std::int8_t>(tensor, target, plain);
      break;
    case DType::u8:
      convert_each<std::uint8_t>(tensor, target, plain);
      break;
    case DType::boolean:
      convert_each<std::uint8_t>(tensor, target, [](auto v) { return std::int64_t{v != 0}; });
      break;
    default:
      refuse_type(tensor, "I64, I32, I16, I8, U8 or BOOL");
  }
  return values;
}

}  // namespace sonde::files

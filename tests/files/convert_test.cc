// Widening, against values worked out by hand and against double arithmetic for every bit pattern.
#include "sonde/files/convert.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>

#include "scratch_folder.h"

namespace sonde::files {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

template <class T>
TensorInfo tensor_of(DType dtype, const std::vector<T>& values) {
  return {.name = "w",
          .dtype = dtype,
          .shape = {static_cast<std::int64_t>(values.size())},
          .bytes = std::as_bytes(std::span(values))};
}

// IEEE 754: (-1)^s * 2^(e-15) * (1 + f/1024), or 2^-14 * f/1024 for e = 0, computed in double.
TEST(Convert, EveryHalfEqualsItsDefinition) {
  for (std::uint32_t bits = 0; bits < 65536; ++bits) {
    const float value = half_to_float(static_cast<std::uint16_t>(bits));
    const int exponent = static_cast<int>(bits >> 10 & 31), fraction = static_cast<int>(bits & 1023);
    const double sign = (bits & 0x8000) != 0 ? -1 : 1;
    EXPECT_EQ(std::signbit(value), sign < 0) << bits;
    if (exponent == 31) {
      EXPECT_TRUE(fraction == 0 ? std::isinf(value) : std::isnan(value)) << bits;
    } else {
      const double scaled = exponent == 0 ? fraction / 1024.0 : 1 + fraction / 1024.0;
      EXPECT_EQ(value, sign * std::ldexp(scaled, exponent == 0 ? -14 : exponent - 15)) << bits;
    }
  }
}

TEST(Convert, BrainFloatsAreTheUpperHalfOfFloats) {
  EXPECT_EQ(bfloat16_to_float(0x3F80), 1.0f);
  EXPECT_EQ(bfloat16_to_float(0xC049), -3.140625f);
  EXPECT_EQ(bfloat16_to_float(0x0001), 0x1p-133f);
  EXPECT_TRUE(std::isnan(bfloat16_to_float(0x7FC0)));
}

TEST(Convert, DoublesRoundToNearestEven) {
  const std::vector<double> values = {0.1, 1 + 0x1p-24, 1 + 0x3p-24, 1e300};
  EXPECT_THAT(to_float(tensor_of(DType::f64, values)),
              ElementsAre(0.1f, 1.0f, 1.0f + 0x1p-22f, std::numeric_limits<float>::infinity()));
  EXPECT_EQ(to_double(tensor_of(DType::f64, values)), values);
}

TEST(Convert, ARowIsReadByItself) {
  const std::vector<std::uint16_t> halves = {0x3C00, 0x4000, 0xC200, 0x0001, 0x8000, 0x7C00};
  TensorInfo tensor = tensor_of(DType::f16, halves);
  tensor.shape = {3, 2};
  std::vector<float> row(2);
  rows_to_float(tensor, 1, row);
  EXPECT_THAT(row, ElementsAre(-3.0f, 0x1p-24f));
  tensor.dtype = DType::bf16;
  rows_to_float(tensor, 0, row);
  EXPECT_THAT(row, ElementsAre(0x1p-7f, 2.0f));
  EXPECT_THROW(rows_to_float(tensor, 3, row), Error);
  row.resize(3);
  EXPECT_THROW(rows_to_float(tensor, 0, row), Error);
}

TEST(Convert, UnalignedBytesAreRead) {
  std::vector<std::byte> bytes(9);
  const std::vector<float> values = {1.5f, -2.5f};
  std::memcpy(bytes.data() + 1, values.data(), 8);
  const TensorInfo tensor{
      .name = "w", .dtype = DType::f32, .shape = {2}, .bytes = std::span(bytes).subspan(1)};
  EXPECT_EQ(float_view(tensor), std::nullopt);
  EXPECT_EQ(to_float(tensor), values);
  const TensorInfo aligned = tensor_of(DType::f32, values);
  ASSERT_TRUE(float_view(aligned).has_value());
  EXPECT_EQ(float_view(aligned)->data(), values.data());
}

TEST(Convert, WrongKindsAreNamed) {
  const std::vector<std::int64_t> integers = {1};
  const Error real = error_of([&] { to_float(tensor_of(DType::i64, integers)); });
  EXPECT_EQ(real.code(), ErrorCode::input);
  EXPECT_THAT(real.what(), HasSubstr("tensor 'w': wrong element type; got I64"));
  EXPECT_EQ(error_of([&] { to_integers(tensor_of(DType::f64, std::vector<double>{1})); }).code(),
            ErrorCode::input);
}

}  // namespace
}  // namespace sonde::files

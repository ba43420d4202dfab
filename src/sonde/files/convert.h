// Turns the element types found in files into those the library computes with, and undoes the form a file
// stores them in. Never rounds but from f64, never quantises.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sonde/files/tensor_file.h"

namespace sonde::files {

/// View an f32 tensor in place, or nothing when it has another type or form, or is not aligned.
std::optional<std::span<const float>> float_view(const TensorInfo& tensor);

/// Convert a floating-point or quantised tensor to float32. Exact for f32, f16 and bf16; f64 is rounded to
/// nearest, ties to even; quantised types as dequantize() says. Shapes: `target` has element_count(tensor)
/// elements. Errors: input when the type is an integer or boolean.
void to_float(const TensorInfo& tensor, std::span<float> target);
std::vector<float> to_float(const TensorInfo& tensor);

/// Convert rows of a tensor, counted along its first extent, from row `first` on; the bits are those of
/// to_float(). Shapes: `target` has a whole number of rows. Errors: as to_float().
void rows_to_float(const TensorInfo& tensor, std::int64_t first, std::span<float> target);

/// Convert a floating-point tensor to float64; exact. A quantised one becomes what to_float() gives.
/// Errors: input when the type is an integer or boolean.
std::vector<double> to_double(const TensorInfo& tensor);

/// Convert an integer or boolean tensor to int64; always exact.
/// Errors: input when the type is not an integer.
std::vector<std::int64_t> to_integers(const TensorInfo& tensor);

/// Convert one half-precision number, given by its bits. NaN keeps its sign and payload.
/// Source: IEEE 754-2019, table 3.5.
float half_to_float(std::uint16_t bits);

/// Convert one bfloat16 number, given by its bits.
float bfloat16_to_float(std::uint16_t bits);

}  // namespace sonde::files

// Turns the quantised blocks of GGUF files into float32. Never quantises.
#pragma once

#include <cstddef>
#include <span>

#include "sonde/files/tensor_file.h"

namespace sonde::files {

/// Compute the values of quantised blocks, bit for bit as the Python package gguf does.
/// Shapes: `blocks` has a whole number of blocks, `target` as many elements as they hold.
/// Source: gguf 0.19, quants.py (dequantize_blocks of each type); the structures of ggml's ggml-common.h.
void dequantize(DType dtype, std::span<const std::byte> blocks, std::span<float> target);

}  // namespace sonde::files

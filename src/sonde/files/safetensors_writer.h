// Writes safetensors files that Python's safetensors package reads. The layout is fixed before the first
// byte, so that rows may then arrive in any order from any thread and memory does not grow with the file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sonde/core/matrix.h"
#include "sonde/files/atomic_file.h"
#include "sonde/files/tensor_file.h"

namespace sonde::files {

/// A tensor that will be written: its name, type and shape.
struct TensorPlan {
  std::string name;
  DType dtype = DType::f32;
  std::vector<std::int64_t> shape;
};

/// Free text stored with the tensors.
using Metadata = std::map<std::string, std::string>;

/// A safetensors file being filled.
/// Source: the format page of huggingface/safetensors; alignment of the data to 8 bytes as its Rust writer
/// does.
class SafetensorsWriter {
 public:
  /// Lay the file out and claim its disk space.
  /// Errors: usage for a name used twice or an existing target; limit when the disk cannot hold it.
  SafetensorsWriter(const std::filesystem::path& target, std::vector<TensorPlan> plan,
                    const Metadata& metadata, Existing existing = Existing::refuse);

  /// Write `bytes` into tensor number `tensor` of the plan, `offset` bytes after its start. Safe from several
  /// threads. Errors: limit when the disk is full; internal when the bytes do not fit the tensor.
  void put(std::size_t tensor, std::int64_t offset, std::span<const std::byte> bytes);
  /// Write float rows into a tensor [rows, d], starting at row `first`.
  void put_rows(std::size_t tensor, std::int64_t first, MatrixView rows);
  /// Make the file durable and visible.
  /// Errors: internal unless as many bytes were put as the plan holds.
  void commit();

 private:
  struct Place {
    TensorPlan plan;
    std::int64_t begin = 0;  ///< offset in the file
    std::int64_t size = 0;   ///< bytes
  };
  std::vector<Place> places_;
  std::atomic<std::int64_t> written_ = 0;
  std::int64_t total_ = 0;
  AtomicFile file_;
};

/// Describe a contiguous float matrix as a tensor [rows, cols] to write.
TensorInfo matrix_tensor(std::string name, MatrixView values);

/// Describe floats or integers of a given shape as a tensor to write.
TensorInfo float_tensor(std::string name, std::vector<std::int64_t> shape, std::span<const float> values);
TensorInfo integer_tensor(std::string name, std::vector<std::int64_t> shape,
                          std::span<const std::int64_t> values);

/// Write a whole safetensors file from tensors in memory, in the given order.
/// Errors: as SafetensorsWriter.
void write_safetensors(const std::filesystem::path& target, std::span<const TensorInfo> tensors,
                       const Metadata& metadata, Existing existing = Existing::refuse);

}  // namespace sonde::files

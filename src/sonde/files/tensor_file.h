// Named tensors of a file, whatever the container: their types, shapes and mapped bytes. Reads only; nothing
// that a file says is ever executed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sonde/files/budget.h"
#include "sonde/files/mapped_file.h"

namespace sonde::files {

/// The element types that tensors in files may have. Those from q4_0 on store elements in blocks that share
/// a scale.
enum class DType {
  f64,
  f32,
  f16,
  bf16,
  i64,
  i32,
  i16,
  i8,
  u8,
  boolean,
  q4_0,
  q4_1,
  q5_0,
  q5_1,
  q8_0,
  q4_k,
  q5_k,
  q6_k
};

/// The smallest piece of a type that can be read alone.
struct BlockSize {
  std::int64_t elements = 1;  ///< 1 for plain types
  std::int64_t bytes = 0;
};

/// Give a type's block. Source: ggml's block structures, as gguf 0.19 lists them in GGML_QUANT_SIZES.
BlockSize block_of(DType dtype);

/// Tell whether a type stores its elements in blocks.
bool is_quantized(DType dtype);

/// Tell whether a type holds whole numbers or truth values.
bool is_integer(DType dtype);

/// Give the bytes of one element of a plain type. A quantised type has none: ask bytes_of().
std::int64_t element_bytes(DType dtype);

/// Give the bytes of a tensor, or nothing when they exceed 63 bits, an extent is negative, or the last extent
/// is not a whole number of blocks.
std::optional<std::int64_t> bytes_of(DType dtype, std::span<const std::int64_t> shape);

/// Give the name of a type as safetensors or GGUF writes it: "F32", "BF16", "I64", "BOOL", "Q4_K".
const char* to_string(DType dtype);

/// Find a plain type by its safetensors name.
std::optional<DType> parse_dtype(std::string_view name);

/// How the values in a file differ from those that the model means; by default not at all. Reading undoes it.
struct StoredForm {
  /// Of how many heads the rows lie pair by pair (0, e/2, 1, e/2+1, … of each head) instead of in order; 0:
  /// none. The tensor's first extent is a multiple of twice this number.
  std::int64_t paired_heads = 0;
  float added = 0;  ///< what the writer added to each value

  bool operator==(const StoredForm&) const = default;
};

/// A named tensor that lies in somebody else's memory, row-major, little-endian, possibly unaligned.
struct TensorInfo {
  std::string name;
  DType dtype = DType::f32;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;
  StoredForm form{};
};

/// Count the elements of a tensor; a scalar has one.
std::int64_t element_count(const TensorInfo& tensor);

/// Write a shape as "[30522, 384]".
std::string shape_text(std::span<const std::int64_t> shape);

/// What a container holds, as its parser found it; the spans point into the parsed bytes, or into `copies`
/// where a tensor does not lie in the file in row-major order.
struct TensorTable {
  std::vector<TensorInfo> tensors;              ///< in order of name
  std::map<std::string, std::string> metadata;  ///< free text of the writer
  std::vector<std::shared_ptr<const std::vector<std::byte>>> copies;
};

/// An open container of tensors. Keeps its file mapped; tensors stay valid as long as it lives.
class TensorFile {
 public:
  /// Open `path`; use open_tensors().
  TensorFile(const std::filesystem::path& path, const Budget& budget);

  const std::filesystem::path& path() const { return file_.path(); }
  /// Give the container's name, for example "safetensors".
  std::string_view container() const { return container_; }
  /// Give all tensors in order of name.
  std::span<const TensorInfo> tensors() const { return table_.tensors; }
  const std::map<std::string, std::string>& metadata() const { return table_.metadata; }
  std::vector<std::string> names() const;
  /// Find a tensor, or null.
  const TensorInfo* find(std::string_view name) const;
  /// Give a tensor that must be there.
  /// Errors: input, naming the nearest names.
  const TensorInfo& at(std::string_view name) const;
  /// See MappedFile::verify_unchanged().
  void verify_unchanged() const { file_.verify_unchanged(); }
  /// Give back the memory of a tensor of this file that was read and is not needed soon; whoever touches it
  /// again reads it from the file again.
  void release(const TensorInfo& tensor) const;
  const MappedFile& file() const { return file_; }

 private:
  MappedFile file_;
  std::string_view container_;
  TensorTable table_;
};

/// Open a file of tensors; its first bytes decide the container, then its extension.
/// Errors: input when missing, malformed, or of a container that is not supported.
/// Cost: the header only; tensors are mapped, not read.
std::shared_ptr<const TensorFile> open_tensors(const std::filesystem::path& path, const Budget& budget = {});

}  // namespace sonde::files

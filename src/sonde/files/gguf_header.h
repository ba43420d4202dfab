// The header of a GGUF file: typed metadata and where its tensors lie. A value is only given as the type it
// has; nothing is read that the file's bytes do not hold.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sonde/files/budget.h"
#include "sonde/files/tensor_file.h"

namespace sonde::files {

/// The types of GGUF metadata, by their numbers in a file.
enum class GgufType : std::uint32_t { u8, i8, u16, i16, u32, i32, f32, boolean, text, array, u64, i64, f64 };

/// One key of the metadata; texts are checked UTF-8, counts and lengths lie inside the file.
struct GgufEntry {
  std::string_view key;
  GgufType type = GgufType::u8;
  GgufType item = GgufType::u8;      ///< of an array's items
  std::uint64_t count = 1;           ///< of an array
  std::span<const std::byte> value;  ///< as it stands in the file, without type and count
};

/// A tensor as the header describes it.
struct GgufTensor {
  std::string_view name;
  std::vector<std::int64_t> shape;  ///< row-major: reversed from the file's order
  std::uint32_t type = 0;           ///< ggml's number
  std::uint64_t offset = 0;         ///< from GgufHeader::data_start()
  std::int64_t place = 0;           ///< byte offset of its description, for messages
};

/// Which merges a vocabulary of the kind "llama" implies when its file lists none: scores rank them, or the
/// order of its tokens, as Gemma's do.
enum class ImpliedMerges { by_score, by_position };

/// A parsed header; it views the bytes it was parsed from.
class GgufHeader {
 public:
  /// Parse the header of a whole file's bytes. A pure function: no I/O. `path` is only named in messages.
  /// Errors: input, with the byte offset, for anything malformed, truncated, big-endian, of another version
  /// than 2 and 3, or beyond `budget`. Source: ggml's docs/gguf.md.
  static GgufHeader parse(std::span<const std::byte> bytes, const std::filesystem::path& path,
                          const Budget& budget = {});

  std::span<const GgufTensor> tensors() const { return tensors_; }
  std::uint64_t data_start() const { return data_start_; }
  std::uint64_t alignment() const { return alignment_; }
  const std::filesystem::path& path() const { return path_; }
  /// Give all metadata in order of key.
  std::span<const GgufEntry> entries() const { return entries_; }
  bool has(std::string_view key) const { return find(key) != nullptr; }

  /// Give a value, or nothing when the key is absent. Whole numbers may have any integer type, numbers any
  /// but boolean. Errors: input when the value has another type, or is a whole number above 2⁶³−1.
  std::optional<std::string_view> text(std::string_view key) const;
  std::optional<std::int64_t> whole_number(std::string_view key) const;
  std::optional<double> number(std::string_view key) const;
  std::optional<bool> flag(std::string_view key) const;
  /// Give an array, or nothing when the key is absent. Errors: input when the value or its items have another
  /// type.
  std::optional<std::vector<std::string_view>> texts(std::string_view key) const;
  std::optional<std::vector<std::int64_t>> whole_numbers(std::string_view key) const;
  std::optional<std::vector<float>> floats(std::string_view key) const;

  /// Report a value that makes no sense. Errors: always input, naming the file and the key.
  [[noreturn]] void refuse(std::string_view key, std::string got, std::string expected) const;

 private:
  const GgufEntry* find(std::string_view key) const;
  const GgufEntry* find(std::string_view key, bool (*fits)(const GgufEntry&), const char* expected) const;

  std::filesystem::path path_;
  std::vector<GgufEntry> entries_;  // by key
  std::vector<GgufTensor> tensors_;
  std::uint64_t data_start_ = 0;
  std::uint64_t alignment_ = 32;
  friend class GgufReader;
};

/// Find the GGUF file that a model's path means: the file itself (by its extension or first bytes), or the
/// one in a folder without other weights. Nothing for any other path. Errors: input for a folder with several
/// GGUF files and no other weights.
std::optional<std::filesystem::path> gguf_file_of(const std::filesystem::path& model);

}  // namespace sonde::files

// A model folder as Hugging Face lays it out: config.json, weights (one file, or shards behind an index;
// safetensors before pytorch_model.bin) and text files. Offers all tensors as one table; executes nothing
// that a weight file says.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sonde/files/budget.h"
#include "sonde/files/tensor_file.h"

namespace sonde::files {

/// An open model folder. Tensors stay valid as long as it lives.
class Checkpoint {
 public:
  /// Open `folder` and the headers of its weight files.
  /// Errors: input when the folder or its weights are missing, malformed or in an unsupported format, when
  /// the index and its shards disagree, or when a name or link leaves the folder.
  explicit Checkpoint(const std::filesystem::path& folder, const Budget& budget = {});
  /// Tell whether a folder holds weights under a name that the constructor looks for.
  static bool is_in(const std::filesystem::path& folder);
  /// Offer tensors of one open file, perhaps under other names than it has. folder() is then that file.
  /// Errors: input when a name stands twice.
  Checkpoint(std::shared_ptr<const TensorFile> file, std::vector<TensorInfo> tensors);

  const std::filesystem::path& folder() const { return folder_; }
  /// Give all tensors of all shards in order of name.
  std::span<const TensorInfo> tensors() const { return tensors_; }
  /// Find a tensor, or null.
  const TensorInfo* find(std::string_view name) const;
  /// Give a tensor that must be there.
  /// Errors: input, naming the nearest names.
  const TensorInfo& at(std::string_view name) const;
  /// Give the weight files in order of name.
  std::span<const std::shared_ptr<const TensorFile>> files() const { return files_; }
  /// See TensorFile::release().
  void release(const TensorInfo& tensor) const;
  /// Sum the bytes of all tensors.
  std::int64_t tensor_bytes() const;

  /// Tell whether the folder holds a file of this plain name.
  bool has(std::string_view file_name) const;
  /// Give the checked path of a file of the folder; the file need not exist.
  /// Errors: input when the name is no plain name or its link leaves the folder.
  std::filesystem::path file(std::string_view file_name) const;
  /// Read a text file of the folder whole, for example "config.json" or "tokenizer.json".
  /// Errors: input when missing or above the budget's text_bytes.
  std::string read_text(std::string_view file_name) const;

  /// Give the SHA-256 of the weight files' contents, one after the other in order of name, computed on the
  /// first call. For one file it is what `sha256sum model.safetensors` prints. Cost: reads all weights once.
  /// Safe to call from several threads.
  std::string digest() const;
  /// Check that no weight file changed since it was opened; see MappedFile::verify_unchanged().
  void verify_unchanged() const;

 private:
  void open_weights();
  void open_single(std::string_view name);
  void open_shards(std::string_view index_name);

  std::filesystem::path folder_;
  Budget budget_;
  std::vector<std::shared_ptr<const TensorFile>> files_;
  std::vector<TensorInfo> tensors_;
  mutable std::mutex digest_mutex_;
  mutable std::string digest_;
};

}  // namespace sonde::files

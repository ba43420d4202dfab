// A run folder that appears whole or not at all: it is built under a temporary name beside its final place
// and renamed at the end. Never removes a folder that no run wrote.
#pragma once

#include <filesystem>
#include <string>

#include "sonde/files/atomic_file.h"

namespace sonde::files {

/// How an output folder treats what is already at its place.
struct OutputFolderOptions {
  Existing existing = Existing::refuse;
  std::string marker = "result.json";  ///< a folder may only be replaced when it is empty or holds this file
};

/// A folder being built. Without commit() it vanishes with all that was put into it.
class OutputFolder {
 public:
  /// Start building `target`; missing parents are made.
  /// Errors: usage when the target exists and may not be replaced, or its place cannot be written; limit on a
  /// full disk.
  explicit OutputFolder(const std::filesystem::path& target, const OutputFolderOptions& options = {});
  ~OutputFolder();
  OutputFolder(const OutputFolder&) = delete;
  OutputFolder& operator=(const OutputFolder&) = delete;

  /// Give the final place, for messages and for the files' own contents.
  const std::filesystem::path& target() const { return target_; }
  /// Give the temporary folder to write files into.
  const std::filesystem::path& building() const { return building_; }
  /// Make everything durable and visible under the final name.
  /// Errors: usage when the target appeared meanwhile; limit when the disk is full.
  void commit();

 private:
  std::filesystem::path target_;
  std::filesystem::path building_;
  OutputFolderOptions options_;
  std::filesystem::path
      first_made_;  ///< topmost parent folder that was made here, removed again without commit()
};

}  // namespace sonde::files

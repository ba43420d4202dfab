// The catalogue of tensor containers: one record per format, made in the format's own file and listed in
// list.def.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

#include "sonde/files/budget.h"
#include "sonde/files/tensor_file.h"

namespace sonde::files {

/// One container format.
struct ContainerRecord {
  std::string_view name;       ///< stable word
  std::string_view extension;  ///< with its dot
  std::string_view summary;    ///< one line for help and documentation
  /// Tell from the content whether this is the format.
  bool (*matches)(std::span<const std::byte> bytes);
  /// Parse the bytes of a whole file. A pure function: no I/O, no state, memory bounded by `budget` and the
  /// header. `path` is only named in messages. Errors: input, with tensor name or byte offset.
  TensorTable (*parse)(std::span<const std::byte> bytes, const std::filesystem::path& path,
                       const Budget& budget);
};

/// Give all container formats in the order of list.def.
std::span<const ContainerRecord* const> containers();

/// Choose the format of a file: by content, then by extension.
/// Errors: input when no format fits; names what is supported.
const ContainerRecord& choose_container(std::span<const std::byte> bytes, const std::filesystem::path& path);

}  // namespace sonde::files

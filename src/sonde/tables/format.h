// What a table format is to the rest of the library, and the catalogue of those there are. A format's leaf
// says how its files are named and recognised; the reading itself is behind the shim.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

namespace sonde::tables {

/// One entry of the catalogue.
struct Format {
  std::string_view name;
  std::string_view summary;                    ///< one line for help
  std::array<std::string_view, 3> extensions;  ///< lower case, without the dot; empty when fewer
  bool (*recognises)(
      std::string_view head);  ///< whether a file that starts with `head` may be of this format
  int shim_format;             ///< sonde_table_format
};

/// List the formats in the order in which a file without a known extension is tried.
std::span<const Format* const> formats();

/// Give the format of a file: by name when one is given, else by extension, else by its first bytes.
/// Errors: usage for an unknown name; input when the file is missing, empty, compressed or of no known
/// format.
const Format& format_of(const std::string& path, std::string_view name = "");

}  // namespace sonde::tables

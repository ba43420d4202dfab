// Matching of module paths against patterns. Pure text; knows no model.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sonde::capture {

/// Tell whether a dotted path matches a pattern: `*` stands for any text within one segment, `**` for any
/// number of whole segments.
bool matches(std::string_view pattern, std::string_view path);

/// Tell whether a text has a wildcard.
bool is_pattern(std::string_view text);

/// Split a comma-separated list of addresses, spaces around them dropped.
std::vector<std::string> split_list(std::string_view list);

/// An address that starts with an indexed word, such as `hidden[4:9]` or `layers[*].mlp`.
struct IndexedAddress {
  std::string word;  ///< "hidden", "layers"
  std::string index;
  std::string rest;  ///< what follows the bracket, the dot included
};

/// Take an indexed address apart, or nothing when the text has no brackets.
/// Errors: usage when a bracket is not closed.
std::optional<IndexedAddress> parse_indexed(std::string_view text);

/// Give the numbers that an index (`3`, `-1`, `*`, `4:9`, `:6`) selects out of 0 … count-1, as Python's
/// slices do. Errors: usage when it is no index, or a single number is out of range.
std::vector<std::int64_t> select(const IndexedAddress& address, std::int64_t count);

/// Give those of `names` that an address or pattern means, in their order: where there is no model to resolve
/// it, as with stored features. An index counts up to the highest that its word has among the names.
/// Errors: usage when a bracket is not closed, or an index selects nothing.
std::vector<std::string> choose_names(std::span<const std::string> names, std::string_view asked);

}  // namespace sonde::capture

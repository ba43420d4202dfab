// Finds a record of a catalogue by its name.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sonde/core/error.h"
#include "sonde/core/nearest.h"

namespace sonde {

/// Give the record of that name. `where` and `noun` word the message: "unknown {noun} 'mpl'".
/// Errors: usage for an unknown name, with the nearest.
template <class Record>
const Record& record_named(std::string_view name, std::span<const Record* const> records,
                           std::string_view where, std::string_view noun) {
  std::vector<std::string> known;
  for (const Record* record : records) {
    if (record->name == name) return *record;
    known.emplace_back(record->name);
  }
  throw Error(ErrorCode::usage, {.where = std::string(where),
                                 .what = "unknown " + std::string(noun) + " '" + std::string(name) + "'",
                                 .hint = did_you_mean(name, known)});
}

}  // namespace sonde

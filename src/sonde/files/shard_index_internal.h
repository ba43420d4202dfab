// The index of a sharded checkpoint: which file holds which tensor. Refuses duplicate names and unsafe file
// names.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "sonde/files/budget.h"

namespace sonde::files {

/// Parse the text of `model.safetensors.index.json` to tensor name -> shard name. A pure function.
/// `path` is only named in messages. Errors: input.
std::map<std::string, std::string> parse_shard_index(std::string_view text, const std::filesystem::path& path,
                                                     const Budget& budget);

}  // namespace sonde::files

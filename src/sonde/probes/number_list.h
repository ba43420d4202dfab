// Options that hold several numbers: one text on a command line, a list in TOML and JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

namespace sonde::probes {

/// Read `LOW:HIGH:COUNT`, that many numbers evenly spaced with both ends among them, or numbers with spaces
/// between them. `where` names the option in messages. Errors: usage for anything else.
/// Source: the spacing is that of numpy.linspace, bit for bit.
std::vector<double> parsed_numbers(std::string_view where, std::string_view text);

/// Give options with every list of numbers turned into the text that parsed_numbers() reads.
nlohmann::json with_lists_as_text(nlohmann::json options);

}  // namespace sonde::probes

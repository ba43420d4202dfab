// Words from files as they may stand in a message: short, printable, quoted.
#pragma once

#include <string>
#include <string_view>

namespace sonde::files {

/// Quote a text from a file for a message: control bytes and broken UTF-8 escaped, long text cut in the
/// middle.
std::string shown(std::string_view text);

}  // namespace sonde::files

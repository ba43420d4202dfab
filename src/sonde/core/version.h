// The version of the library, as CMake says it.
#pragma once

namespace sonde {

/// Give the version, for example "0.1.0".
const char* version();

}  // namespace sonde

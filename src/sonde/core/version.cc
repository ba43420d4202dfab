#include "sonde/core/version.h"

namespace sonde {

const char* version() { return SONDE_VERSION; }

}  // namespace sonde

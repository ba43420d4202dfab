#include "sonde/study/process_memory.h"

#include <malloc.h>

#include <cmath>
#include <fstream>
#include <string>

namespace sonde::study {

double peak_memory_mb() {
  // VmHWM and not getrusage: a child starts with its parent's ru_maxrss.
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) * 1024 / 1e6;
  }
  return std::nan("");
}

void return_freed_memory() {
#ifdef __GLIBC__
  ::malloc_trim(0);
#endif
}

}  // namespace sonde::study

// What the reader must know before quoting a number: leaks, convergence, class balance, truncation, ties,
// small test sets and the warnings of the run. Found in the result by rule.
#pragma once

#include <string>
#include <vector>

#include "sonde/report/reading.h"

namespace sonde::report {

/// One finding.
struct Caveat {
  std::string kind;    ///< "Leak"
  std::string what;    ///< what was found and how often
  std::string effect;  ///< effect on the number, and the way out
  bool hard = false;   ///< can change a number
};

/// List the findings, those that can change a number first.
std::vector<Caveat> find_caveats(const Reading& reading);

/// Say what was looked for and not found; empty when nothing was looked for.
std::string checked_and_clean(const Reading& reading);

}  // namespace sonde::report

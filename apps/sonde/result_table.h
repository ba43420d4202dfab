// A result as a table for people.
#pragma once

#include "sonde/result/result.h"
#include "sonde/session.h"

namespace sonde::app {

/// Print a result: one object under --json, else addresses, baselines, the best and the warnings.
void print_result(const Session& session, const result::Result& result);

}  // namespace sonde::app

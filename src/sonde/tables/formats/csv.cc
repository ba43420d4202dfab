// Comma-separated values with a header line: quoted cells, doubled quotes, line breaks inside quotes, LF,
// CRLF or CR. Source: RFC 4180, section 2.
#include "sonde/tables/format.h"
#include "sonde_shim.h"

namespace sonde::tables {
namespace {

// Any text may be CSV, also one of a single column.
bool recognises(std::string_view head) { return !head.empty() && head.find('\0') == std::string_view::npos; }

}  // namespace

extern const Format csv_entry;
const Format csv_entry = {.name = "csv",
                          .summary = "comma-separated values with a header line",
                          .extensions = {"csv"},
                          .recognises = recognises,
                          .shim_format = SONDE_TABLE_CSV};

}  // namespace sonde::tables

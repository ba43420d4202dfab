// Tab-separated values with a header line, quoted as CSV is.
#include "sonde/tables/format.h"
#include "sonde_shim.h"

namespace sonde::tables {
namespace {

// Text whose header line holds a tab and no comma.
bool recognises(std::string_view head) {
  const std::string_view line = head.substr(0, head.find_first_of("\r\n"));
  return head.find('\0') == std::string_view::npos && line.find('\t') != std::string_view::npos &&
         line.find(',') == std::string_view::npos;
}

}  // namespace

extern const Format tsv_entry;
const Format tsv_entry = {.name = "tsv",
                          .summary = "tab-separated values with a header line",
                          .extensions = {"tsv", "tab"},
                          .recognises = recognises,
                          .shim_format = SONDE_TABLE_TSV};

}  // namespace sonde::tables

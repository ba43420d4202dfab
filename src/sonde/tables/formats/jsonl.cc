// JSON lines: one JSON object per line.
// Source: jsonlines.org; RFC 8259 for each line.
#include "sonde/tables/format.h"
#include "sonde_shim.h"

namespace sonde::tables {
namespace {

bool recognises(std::string_view head) {
  if (head.starts_with("\xef\xbb\xbf")) head.remove_prefix(3);
  const std::size_t first = head.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && head[first] == '{';
}

}  // namespace

extern const Format jsonl_entry;
const Format jsonl_entry = {.name = "jsonl",
                            .summary = "JSON lines: one object per line",
                            .extensions = {"jsonl", "ndjson", "json"},
                            .recognises = recognises,
                            .shim_format = SONDE_TABLE_JSONL};

}  // namespace sonde::tables

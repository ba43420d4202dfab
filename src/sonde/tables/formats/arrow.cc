// Arrow IPC: the file format (magic "ARROW1", also Feather version 2) and the stream format.
// Source: Apache Arrow columnar format 1.x, "Serialization and interprocess communication".
#include "sonde/tables/format.h"
#include "sonde_shim.h"

namespace sonde::tables {
namespace {

// A stream starts with the continuation marker of its first message.
bool recognises(std::string_view head) {
  return head.starts_with("ARROW1") || head.starts_with("\xff\xff\xff\xff");
}

}  // namespace

extern const Format arrow_entry;
const Format arrow_entry = {.name = "arrow",
                            .summary = "Arrow IPC file or stream, Feather version 2",
                            .extensions = {"arrow", "feather", "ipc"},
                            .recognises = recognises,
                            .shim_format = SONDE_TABLE_ARROW};

}  // namespace sonde::tables

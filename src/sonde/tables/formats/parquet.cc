// Apache Parquet. A file starts and ends with the magic "PAR1".
// Source: Parquet format 2.x, "File format".
#include "sonde/tables/format.h"
#include "sonde_shim.h"

namespace sonde::tables {
namespace {

bool recognises(std::string_view head) { return head.starts_with("PAR1"); }

}  // namespace

extern const Format parquet_entry;
const Format parquet_entry = {.name = "parquet",
                              .summary = "Apache Parquet, any codec of snappy, gzip, zstd and lz4",
                              .extensions = {"parquet", "pq"},
                              .recognises = recognises,
                              .shim_format = SONDE_TABLE_PARQUET};

}  // namespace sonde::tables

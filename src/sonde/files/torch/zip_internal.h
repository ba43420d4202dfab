// Reads the zip archives that torch writes: stored records in one folder, nothing before, between or after
// them. Refuses everything that readers of zip files disagree about.
#pragma once

#include <string>
#include <vector>

#include "sonde/files/torch/parsed_bytes_internal.h"

namespace sonde::files {

/// One file of an archive.
struct ZipRecord {
  std::string name;  ///< without the archive's folder, for example "data/0"
  std::span<const std::byte> bytes;
};

/// Give the records of an archive in order of name, their CRC-32 checked. A pure function.
/// Errors: input for compression, encryption, a comment, a name that leaves the folder or stands twice, two
/// folders, headers that disagree, records that overlap or leave holes, a wrong CRC, or anything above the
/// budget. Source: PKWARE's APPNOTE 6.3.10; what is accepted beyond stored records is what miniz 2.1 writes
/// for torch (`mz_zip_writer_add_mem_ex_v2`). Cost: reads all bytes once.
std::vector<ZipRecord> read_zip(const ParsedBytes& file);

}  // namespace sonde::files

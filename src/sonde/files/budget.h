// How much a parser of this room may take from a file before it gives up. No limit is ever infinite.
#pragma once

#include <cstdint>

namespace sonde::files {

/// The limits of one load. A file that needs more is refused with Error{input} that names the limit.
struct Budget {
  std::int64_t header_bytes = std::int64_t{32} << 20;  ///< largest header of a container or pickle, bytes
  std::int64_t entries = 1'000'000;                    ///< most tensors, metadata keys, index lines, records
  std::int64_t name_bytes = 4096;                      ///< longest tensor name, bytes of UTF-8
  std::int64_t depth = 64;                             ///< deepest nesting of JSON
  std::int64_t text_bytes = std::int64_t{256} << 20;   ///< largest text file read whole (config, tokenizer)
  std::int64_t pickle_opcodes = 20'000'000;            ///< most steps of a pickle
  std::int64_t pickle_values = 2'000'000;              ///< most values a pickle may describe
  std::int64_t pickle_memo = 2'000'000;                ///< most values a pickle may remember
  std::int64_t pickle_depth = 200;                     ///< deepest nesting of a pickle's values
  std::int64_t global_bytes = 256;                     ///< longest module or name in a pickle
  /// What tensors that repeat elements of a file may take in memory beyond the file's own size, bytes.
  std::int64_t repeated_bytes = std::int64_t{64} << 20;
  std::int64_t metadata_keys = 65'536;                   ///< most keys of typed metadata (GGUF)
  std::int64_t metadata_bytes = std::int64_t{64} << 20;  ///< largest typed metadata, vocabulary included
  std::int64_t array_items = 4'000'000;                  ///< most items of a metadata array
  std::int64_t item_bytes = std::int64_t{1} << 20;       ///< longest text inside a metadata array
};

}  // namespace sonde::files

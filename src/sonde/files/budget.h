// How much a parser of this room may take from a file before it gives up. No limit is ever infinite.
#pragma once

#include <cstdint>

namespace sonde::files {

/// The limits of one load. A file that needs more is refused with Error{input} that names the limit.
struct Budget {
  std::int64_t header_bytes = std::int64_t{32} << 20;    ///< largest header of a container, bytes
  std::int64_t entries = 1'000'000;                      ///< most tensors, metadata keys or index lines
  std::int64_t name_bytes = 4096;                        ///< longest tensor name, bytes of UTF-8
  std::int64_t depth = 64;                               ///< deepest nesting of JSON
  std::int64_t text_bytes = std::int64_t{256} << 20;     ///< largest text file read whole (config, tokenizer)
  std::int64_t metadata_keys = 65'536;                   ///< most keys of typed metadata (GGUF)
  std::int64_t metadata_bytes = std::int64_t{64} << 20;  ///< largest typed metadata, vocabulary included
  std::int64_t array_items = 4'000'000;                  ///< most items of a metadata array
  std::int64_t item_bytes = std::int64_t{1} << 20;       ///< longest text inside a metadata array
};

}  // namespace sonde::files

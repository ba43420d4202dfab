#include "sonde/files/torch/parsed_bytes_internal.h"

namespace sonde::files {

void ParsedBytes::refuse(std::int64_t offset, ErrorParts parts) const {
  parts.where = part.empty() ? path.string() : path.string() + ": " + part;
  parts.path = path.string();
  parts.offset = base + offset;
  throw Error(ErrorCode::input, std::move(parts));
}

std::uint64_t little_endian(std::span<const std::byte> bytes, std::int64_t offset, int count) {
  std::uint64_t value = 0;
  for (int i = count; i-- > 0;) {
    value = value << 8 | std::to_integer<std::uint64_t>(bytes[static_cast<std::size_t>(offset + i)]);
  }
  return value;
}

}  // namespace sonde::files

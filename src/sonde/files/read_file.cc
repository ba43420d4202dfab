#include "sonde/files/read_file.h"

#include <fmt/format.h>

#include "sonde/core/error.h"
#include "sonde/core/shape.h"
#include "sonde/files/file_handle.h"

namespace sonde::files {

std::string read_file(const std::filesystem::path& path, std::int64_t limit) {
  const FileHandle file = open_for_reading(path);
  const std::int64_t size = size_of(file, path);
  if (size > limit) {
    throw Error(ErrorCode::input, {.where = path.string(),
                                   .what = "file above the limit",
                                   .got = fmt::format("{} bytes", size),
                                   .expected = fmt::format("at most {}", limit),
                                   .path = path.string()});
  }
  std::string content(narrow<std::size_t>(size), '\0');
  read_exactly(file, path, 0, std::as_writable_bytes(std::span(content)));
  return content;
}

}  // namespace sonde::files

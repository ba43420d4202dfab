#include "sonde/tables/format.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <vector>

#include "sonde/core/error.h"
#include "sonde/core/nearest.h"

namespace sonde::tables {

#define SONDE_ENTRY(name) extern const Format name##_entry;
#include "sonde/tables/formats/list.def"
#undef SONDE_ENTRY

namespace {

constexpr std::size_t kHeadBytes = 4096;

const Format& named_format(std::string_view name) {
  std::vector<std::string> known;
  for (const Format* format : formats()) {
    if (format->name == name) return *format;
    known.emplace_back(format->name);
  }
  throw Error(ErrorCode::usage, {.where = "table format",
                                 .what = fmt::format("no format '{}'", name),
                                 .hint = did_you_mean(name, known, known.size())});
}

std::string extension_of(const std::string& path) {
  std::string extension = std::filesystem::path(path).extension().string();
  if (!extension.empty()) extension.erase(0, 1);
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension;
}

std::string read_head(const std::string& path) {
  std::string head(kHeadBytes, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(std::max<std::streamsize>(0, file.gcount())));
  return head;
}

void refuse_missing(const std::string& path) {
  std::error_code error;
  if (std::filesystem::exists(path, error)) return;
  throw Error(ErrorCode::input, {.where = path, .what = "no such file", .path = path});
}

void refuse_compressed(const std::string& path, std::string_view head) {
  using namespace std::string_view_literals;
  for (const std::string_view magic :
       {"\x1f\x8b"sv, "BZh"sv, "\x28\xb5\x2f\xfd"sv, "PK\x03\x04"sv, "\xfd\x37zXZ"sv}) {
    if (!head.starts_with(magic)) continue;
    throw Error(ErrorCode::input, {.where = path,
                                   .what = "the file is compressed or an archive",
                                   .hint = "unpack it and give the unpacked file",
                                   .path = path});
  }
}

}  // namespace

std::span<const Format* const> formats() {
  static constexpr const Format* kFormats[] = {
#define SONDE_ENTRY(name) &name##_entry,
#include "sonde/tables/formats/list.def"
#undef SONDE_ENTRY
  };
  return kFormats;
}

const Format& format_of(const std::string& path, std::string_view name) {
  if (!name.empty()) return named_format(name);
  refuse_missing(path);
  const std::string extension = extension_of(path);
  for (const Format* format : formats()) {
    const auto& known = format->extensions;
    if (!extension.empty() && std::find(known.begin(), known.end(), extension) != known.end()) return *format;
  }
  const std::string head = read_head(path);
  refuse_compressed(path, head);
  for (const Format* format : formats()) {
    if (format->recognises(head)) return *format;
  }
  throw Error(ErrorCode::input,
              {.where = path,
               .what = head.empty() ? "the file is empty or cannot be read" : "not a known table format",
               .expected = "csv, tsv, jsonl, parquet or arrow",
               .path = path});
}

}  // namespace sonde::tables

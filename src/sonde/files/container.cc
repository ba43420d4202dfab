#include "sonde/files/container.h"

#include <fmt/format.h>

#include <array>
#include <string>

#include "sonde/core/error.h"
#include "sonde/files/message_text_internal.h"

namespace sonde::files {

#define SONDE_ENTRY(name) extern const ContainerRecord name##_entry;
#include "sonde/files/containers/list.def"
#undef SONDE_ENTRY

#define SONDE_ENTRY(name) &name##_entry,
static constexpr const ContainerRecord* kContainers[] = {
#include "sonde/files/containers/list.def"
};
#undef SONDE_ENTRY

std::span<const ContainerRecord* const> containers() { return kContainers; }

static std::string supported_words() {
  std::string words;
  for (const ContainerRecord* record : containers()) {
    if (!words.empty()) words += " or ";
    words += fmt::format("{} ({})", record->name, record->extension);
  }
  return words;
}

/// Name a well-known format that is not read, or give an empty text.
static std::string_view foreign_format(std::span<const std::byte> bytes) {
  const std::string_view head(reinterpret_cast<const char*>(bytes.data()),
                              std::min<std::size_t>(bytes.size(), 8));
  if (head.starts_with("\x89HDF")) return "an HDF5 file";
  if (head.starts_with("version ")) return "a Git LFS pointer instead of the file itself";
  return {};
}

const ContainerRecord& choose_container(std::span<const std::byte> bytes, const std::filesystem::path& path) {
  for (const ContainerRecord* record : containers()) {
    if (record->matches(bytes)) return *record;
  }
  const std::string_view foreign = foreign_format(bytes);
  for (const ContainerRecord* record : containers()) {
    if (foreign.empty() && path.extension() == record->extension) return *record;
  }
  const std::string_view head(reinterpret_cast<const char*>(bytes.data()),
                              std::min<std::size_t>(bytes.size(), 8));
  throw Error(ErrorCode::input,
              {.where = path.string(),
               .what = "format not supported yet",
               .got = !foreign.empty() ? std::string(foreign)
                      : bytes.empty()  ? "an empty file"
                                       : fmt::format("a file starting with {}", shown(head)),
               .expected = supported_words(),
               .hint = head.starts_with("version ") ? "fetch it with git lfs pull" : "save it as safetensors",
               .path = path.string(),
               .offset = 0});
}

}  // namespace sonde::files

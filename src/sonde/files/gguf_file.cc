// Decides whether a model's path means a GGUF file.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>

#include "sonde/core/error.h"
#include "sonde/files/gguf_header.h"
#include "sonde/files/message_text_internal.h"

namespace sonde::files {

/// Tell whether a file is named as libraries name a model's weights.
static bool is_other_weights(const std::filesystem::path& file) {
  constexpr std::array<std::string_view, 5> kStems = {"model", "pytorch_model", "tf_model", "flax_model",
                                                      "consolidated"};
  constexpr std::array<std::string_view, 6> kEnds = {".safetensors", ".bin",     ".pth",
                                                     ".h5",          ".msgpack", ".index.json"};
  const std::string name = file.filename().string();
  return std::ranges::any_of(kStems, [&](std::string_view stem) { return name.starts_with(stem); }) &&
         std::ranges::any_of(kEnds, [&](std::string_view end) { return name.ends_with(end); });
}

/// Tell whether a file starts as GGUF does; blobs of caches have no extension.
static bool starts_with_magic(const std::filesystem::path& file) {
  std::array<char, 4> head{};
  std::ifstream(file, std::ios::binary).read(head.data(), head.size());
  return std::string_view(head.data(), head.size()) == "GGUF";
}

std::optional<std::filesystem::path> gguf_file_of(const std::filesystem::path& model) {
  std::error_code error;
  if (std::filesystem::is_regular_file(model, error)) {
    const bool is_gguf = model.extension() == ".gguf" || starts_with_magic(model);
    return is_gguf ? std::optional(model) : std::nullopt;
  }
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(model, error)) {
    if (is_other_weights(entry.path())) return std::nullopt;
    if (entry.path().extension() == ".gguf") found.push_back(entry.path());
  }
  if (found.size() < 2) return found.empty() ? std::nullopt : std::optional(found.front());
  std::ranges::sort(found);
  throw Error(ErrorCode::input,
              {.where = model.string(),
               .what = "the folder holds several GGUF files",
               .got = fmt::format("{} of them", found.size()),
               .expected = "one",
               .hint = fmt::format("name one, for example {}", shown(found.front().filename().string())),
               .path = model.string()});
}

}  // namespace sonde::files

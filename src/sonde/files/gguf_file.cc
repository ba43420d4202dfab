// Decides whether a model's path means a GGUF file.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sonde/core/error.h"
#include "sonde/files/gguf_header.h"
#include "sonde/files/message_text_internal.h"

namespace sonde::files {

static bool is_other_weights(const std::filesystem::path& file) {
  constexpr std::array<std::string_view, 8> kExtensions = {".safetensors", ".bin",  ".pt",   ".pth",
                                                           ".h5",          ".onnx", ".ckpt", ".msgpack"};
  return std::ranges::find(kExtensions, file.extension().string()) != kExtensions.end() ||
         file.filename().string().ends_with(".index.json");
}

std::optional<std::filesystem::path> gguf_file_of(const std::filesystem::path& model) {
  std::error_code error;
  if (std::filesystem::is_regular_file(model, error)) {
    return model.extension() == ".gguf" ? std::optional(model) : std::nullopt;
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

#include <fmt/format.h>
#include <simdjson.h>

#include "sonde/core/error.h"
#include "sonde/files/folder_name.h"
#include "sonde/files/message_text_internal.h"
#include "sonde/files/shard_index_internal.h"

namespace sonde::files {

[[noreturn]] static void refuse(const std::filesystem::path& path, ErrorParts parts) {
  parts.where = path.string();
  parts.path = path.string();
  throw Error(ErrorCode::input, std::move(parts));
}

static simdjson::dom::object weight_map_of(std::string_view text, const std::filesystem::path& path,
                                           const Budget& budget, simdjson::dom::parser& parser) {
  if (static_cast<std::int64_t>(text.size()) > budget.header_bytes) {
    refuse(path, {.what = "index above the limit",
                  .got = fmt::format("{} bytes", text.size()),
                  .expected = fmt::format("at most {}", budget.header_bytes)});
  }
  simdjson::error_code error = parser.allocate(text.size(), static_cast<std::size_t>(budget.depth));
  simdjson::dom::element root;
  if (error == simdjson::SUCCESS) error = parser.parse(text.data(), text.size()).get(root);
  simdjson::dom::object object;
  if (error == simdjson::SUCCESS) error = root.get(object);
  if (error != simdjson::SUCCESS) {
    refuse(path, {.what = fmt::format("index is not valid JSON: {}", simdjson::error_message(error)),
                  .expected = "a UTF-8 JSON object"});
  }
  simdjson::dom::object map;
  if (object.at_key("weight_map").get(map) != simdjson::SUCCESS) {
    refuse(path, {.what = "index has no weight_map", .expected = "an object of tensor name to file name"});
  }
  return map;
}

std::map<std::string, std::string> parse_shard_index(std::string_view text, const std::filesystem::path& path,
                                                     const Budget& budget) {
  simdjson::dom::parser parser;
  std::map<std::string, std::string> shard_of;
  for (const auto [tensor, value] : weight_map_of(text, path, budget, parser)) {
    std::string_view shard;
    if (value.get(shard) != simdjson::SUCCESS || !is_plain_name(shard)) {
      refuse(path, {.what = fmt::format("unsafe file name for tensor {}", shown(tensor)),
                    .got = shown(simdjson::minify(value)),
                    .expected = "the plain name of a file in the same folder"});
    }
    if (static_cast<std::int64_t>(tensor.size()) > budget.name_bytes) {
      refuse(path, {.what = "tensor name above the limit",
                    .got = shown(tensor),
                    .expected = fmt::format("at most {} bytes", budget.name_bytes)});
    }
    if (!shard_of.emplace(tensor, shard).second) {
      refuse(path, {.what = fmt::format("tensor {} stands twice in the index", shown(tensor)),
                    .expected = "every name once"});
    }
    if (static_cast<std::int64_t>(shard_of.size()) > budget.entries) {
      refuse(path,
             {.what = "more tensors than the limit", .expected = fmt::format("at most {}", budget.entries)});
    }
  }
  if (shard_of.empty()) refuse(path, {.what = "index names no tensor", .expected = "at least one"});
  return shard_of;
}

}  // namespace sonde::files

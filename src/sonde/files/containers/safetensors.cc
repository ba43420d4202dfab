// The safetensors container: 8 bytes of header length, a JSON header, then the tensors' bytes without holes.
// Refuses every header that a strict reader of the format refuses, and everything above the Budget.
// Source: the format page of huggingface/safetensors and its Rust reader 0.4 (`SafeTensors::read_metadata`,
// `validate`).
#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <tuple>

#include "sonde/core/error.h"
#include "sonde/files/container.h"
#include "sonde/files/message_text_internal.h"

namespace sonde::files {
namespace {

constexpr std::int64_t kPrefix = 8;  // bytes of the header length
constexpr std::size_t kMostDimensions = 64;

using Json = simdjson::dom::element;

/// The bytes being parsed and everything that messages need.
struct Source {
  std::span<const std::byte> bytes;
  const std::filesystem::path& path;
  const Budget& budget;

  [[noreturn]] void refuse(std::int64_t offset, ErrorParts parts) const {
    parts.where =
        parts.where.empty() ? path.string() : fmt::format("{}: tensor {}", path.string(), parts.where);
    parts.path = path.string();
    parts.offset = offset;
    throw Error(ErrorCode::input, std::move(parts));
  }
};

/// A tensor with its byte range inside the data part.
struct Entry {
  TensorInfo tensor;
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

std::uint64_t little_endian(std::span<const std::byte> bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 8; i-- > 0;) value = value << 8 | std::to_integer<std::uint64_t>(bytes[i]);
  return value;
}

/// Check the length prefix and give the header's bytes.
std::string_view header_text(const Source& source) {
  const auto size = static_cast<std::int64_t>(source.bytes.size());
  if (size < kPrefix) {
    source.refuse(0, {.what = "file too short for a safetensors header",
                      .got = fmt::format("{} bytes", size),
                      .expected = "at least 8"});
  }
  const std::uint64_t length = little_endian(source.bytes.first(kPrefix));
  if (length > static_cast<std::uint64_t>(size - kPrefix)) {
    source.refuse(0, {.what = "header is longer than the file, which is cut short or no safetensors file",
                      .got = fmt::format("a header of {} bytes", length),
                      .expected = fmt::format("at most {}", size - kPrefix)});
  }
  if (length > static_cast<std::uint64_t>(source.budget.header_bytes)) {
    source.refuse(0, {.what = "header above the limit",
                      .got = fmt::format("{} bytes", length),
                      .expected = fmt::format("at most {}", source.budget.header_bytes)});
  }
  const std::string_view text(reinterpret_cast<const char*>(source.bytes.data()) + kPrefix, length);
  if (text.empty() || text.front() != '{') {
    source.refuse(kPrefix, {.what = "header does not start with '{'",
                            .got = text.empty() ? "an empty header" : shown(text.substr(0, 8)),
                            .expected = "a JSON object"});
  }
  return text;
}

/// Read a non-negative integer of the header.
std::int64_t count_of(const Source& source, Json value, std::string_view tensor, std::string_view what) {
  std::int64_t number = 0;
  if (value.get(number) != simdjson::SUCCESS || number < 0) {
    source.refuse(kPrefix, {.where = shown(tensor),
                            .what = fmt::format("bad number in {}", what),
                            .got = shown(simdjson::minify(value)),
                            .expected = "an integer from 0 to 2^63 - 1"});
  }
  return number;
}

void read_dtype(const Source& source, Json value, TensorInfo& tensor) {
  std::string_view word;
  const bool is_text = value.get(word) == simdjson::SUCCESS;
  const std::optional<DType> dtype = is_text ? parse_dtype(word) : std::nullopt;
  if (!dtype) {
    source.refuse(kPrefix, {.where = shown(tensor.name),
                            .what = "dtype not supported",
                            .got = is_text ? shown(word) : shown(simdjson::minify(value)),
                            .expected = "F64, F32, F16, BF16, I64, I32, I16, I8, U8 or BOOL"});
  }
  tensor.dtype = *dtype;
}

void read_shape(const Source& source, Json value, TensorInfo& tensor) {
  simdjson::dom::array items;
  if (value.get(items) != simdjson::SUCCESS) {
    source.refuse(kPrefix, {.where = shown(tensor.name),
                            .what = "shape is not a list",
                            .got = shown(simdjson::minify(value)),
                            .expected = "a list of integers"});
  }
  for (const Json item : items) {
    tensor.shape.push_back(count_of(source, item, tensor.name, "shape"));
    if (tensor.shape.size() > kMostDimensions) {
      source.refuse(kPrefix, {.where = shown(tensor.name),
                              .what = "shape above the limit",
                              .got = shown(simdjson::minify(value)),
                              .expected = fmt::format("at most {} dimensions", kMostDimensions)});
    }
  }
}

void read_range(const Source& source, Json value, Entry& entry) {
  simdjson::dom::array items;
  if (value.get(items) != simdjson::SUCCESS || items.size() != 2) {
    source.refuse(kPrefix, {.where = shown(entry.tensor.name),
                            .what = "data_offsets is not a pair",
                            .got = shown(simdjson::minify(value)),
                            .expected = "[begin, end]"});
  }
  entry.begin = count_of(source, items.at(0), entry.tensor.name, "data_offsets");
  entry.end = count_of(source, items.at(1), entry.tensor.name, "data_offsets");
}

/// Check that shape x dtype equals the byte range and that the range lies in the file; set the tensor's
/// bytes.
void bind_bytes(const Source& source, std::span<const std::byte> data, Entry& entry) {
  const std::int64_t data_start = data.data() - source.bytes.data();
  const std::string name = shown(entry.tensor.name);
  if (entry.begin > entry.end || entry.end > static_cast<std::int64_t>(data.size())) {
    source.refuse(
        data_start + std::min<std::int64_t>(entry.begin, static_cast<std::int64_t>(data.size())),
        {.where = name,
         .what = entry.begin > entry.end ? "data_offsets run backwards" : "data lies outside the file",
         .got = fmt::format("[{}, {}]", entry.begin, entry.end),
         .expected = fmt::format("a range within the {} bytes of data", data.size())});
  }
  std::int64_t need = element_bytes(entry.tensor.dtype);
  bool overflow = false;
  for (const std::int64_t extent : entry.tensor.shape)
    overflow |= __builtin_mul_overflow(need, extent, &need);
  // A zero extent makes the tensor empty whatever overflowed before it.
  if (overflow && std::ranges::find(entry.tensor.shape, 0) != entry.tensor.shape.end())
    overflow = false, need = 0;
  if (overflow || need != entry.end - entry.begin) {
    source.refuse(data_start + entry.begin,
                  {.where = name,
                   .what = "shape and bytes disagree",
                   .got = fmt::format("{} bytes", entry.end - entry.begin),
                   .expected = fmt::format("{} for {} {}", overflow ? "more than 2^63" : fmt::to_string(need),
                                           to_string(entry.tensor.dtype), shape_text(entry.tensor.shape))});
  }
  entry.tensor.bytes =
      data.subspan(static_cast<std::size_t>(entry.begin), static_cast<std::size_t>(entry.end - entry.begin));
}

Entry read_entry(const Source& source, std::string_view name, Json value) {
  Entry entry;
  entry.tensor.name = std::string(name);
  simdjson::dom::object fields;
  if (value.get(fields) != simdjson::SUCCESS) {
    source.refuse(kPrefix, {.where = shown(name),
                            .what = "description is not an object",
                            .got = shown(simdjson::minify(value)),
                            .expected = "{\"dtype\", \"shape\", \"data_offsets\"}"});
  }
  int seen_dtype = 0, seen_shape = 0, seen_range = 0;
  for (const auto [key, field] : fields) {
    if (key == "dtype" && ++seen_dtype == 1) {
      read_dtype(source, field, entry.tensor);
    } else if (key == "shape" && ++seen_shape == 1) {
      read_shape(source, field, entry.tensor);
    } else if (key == "data_offsets" && ++seen_range == 1) {
      read_range(source, field, entry);
    } else {
      source.refuse(kPrefix, {.where = shown(name),
                              .what = "key that is unknown or stands twice",
                              .got = shown(key),
                              .expected = "dtype, shape and data_offsets once each"});
    }
  }
  if (seen_dtype + seen_shape + seen_range != 3) {
    source.refuse(kPrefix, {.where = shown(name),
                            .what = fmt::format("{} is missing", seen_dtype == 0   ? "dtype"
                                                                 : seen_shape == 0 ? "shape"
                                                                                   : "data_offsets"),
                            .got = shown(simdjson::minify(value)),
                            .expected = "dtype, shape and data_offsets once each"});
  }
  return entry;
}

std::map<std::string, std::string> read_metadata(const Source& source, Json value) {
  simdjson::dom::object fields;
  if (value.get(fields) != simdjson::SUCCESS) {
    source.refuse(kPrefix, {.what = "__metadata__ is not an object",
                            .got = shown(simdjson::minify(value)),
                            .expected = "an object of texts"});
  }
  std::map<std::string, std::string> metadata;
  for (const auto [key, field] : fields) {
    std::string_view text;
    if (field.get(text) != simdjson::SUCCESS) {
      source.refuse(kPrefix, {.what = fmt::format("__metadata__ entry {} is not a text", shown(key)),
                              .got = shown(simdjson::minify(field)),
                              .expected = "a text"});
    }
    if (!metadata.emplace(key, text).second) {
      source.refuse(kPrefix, {.what = fmt::format("__metadata__ entry {} stands twice", shown(key))});
    }
    if (static_cast<std::int64_t>(metadata.size()) > source.budget.entries) {
      source.refuse(kPrefix, {.what = "more metadata than the limit",
                              .expected = fmt::format("at most {} entries", source.budget.entries)});
    }
  }
  return metadata;
}

void check_unique(const Source& source, std::vector<Entry>& entries) {
  const auto name = [](const Entry& entry) -> const std::string& { return entry.tensor.name; };
  std::ranges::sort(entries, {}, name);
  const auto twice = std::ranges::adjacent_find(entries, {}, name);
  if (twice != entries.end()) {
    source.refuse(kPrefix, {.where = shown(name(*twice)),
                            .what = "name stands twice in the header",
                            .expected = "every name once"});
  }
}

/// Check that the ranges tile the data from its first to its last byte.
void check_tiling(const Source& source, std::span<const std::byte> data, std::vector<Entry>& entries) {
  std::ranges::sort(entries, {}, [](const Entry& e) { return std::tie(e.begin, e.end, e.tensor.name); });
  const std::int64_t data_start = data.data() - source.bytes.data();
  std::int64_t position = 0;
  for (const Entry& entry : entries) {
    if (entry.begin != position) {
      source.refuse(data_start + std::min(entry.begin, position),
                    {.where = shown(entry.tensor.name),
                     .what = entry.begin < position ? "data overlaps the tensor before it"
                                                    : "data leaves a hole after the tensor before it",
                     .got = fmt::format("data_offsets starting at {}", entry.begin),
                     .expected = fmt::format("{}", position)});
    }
    position = entry.end;
  }
  if (position != static_cast<std::int64_t>(data.size())) {
    source.refuse(data_start + position, {.what = "bytes after the last tensor",
                                          .got = fmt::format("{} bytes of data", data.size()),
                                          .expected = fmt::format("{}", position)});
  }
}

void check_name(const Source& source, std::string_view name, std::size_t count) {
  if (static_cast<std::int64_t>(count) > source.budget.entries) {
    source.refuse(kPrefix, {.what = "more tensors than the limit",
                            .expected = fmt::format("at most {}", source.budget.entries)});
  }
  if (static_cast<std::int64_t>(name.size()) > source.budget.name_bytes) {
    source.refuse(kPrefix, {.where = shown(name),
                            .what = "tensor name above the limit",
                            .got = fmt::format("{} bytes", name.size()),
                            .expected = fmt::format("at most {}", source.budget.name_bytes)});
  }
}

simdjson::dom::object parse_header(const Source& source, std::string_view text,
                                   simdjson::dom::parser& parser) {
  simdjson::error_code error = parser.allocate(text.size(), static_cast<std::size_t>(source.budget.depth));
  Json root;
  if (error == simdjson::SUCCESS) error = parser.parse(text.data(), text.size()).get(root);
  simdjson::dom::object object;
  if (error == simdjson::SUCCESS) error = root.get(object);
  if (error != simdjson::SUCCESS) {
    source.refuse(kPrefix,
                  {.what = fmt::format("header is not valid JSON: {}", simdjson::error_message(error)),
                   .expected = "a UTF-8 JSON object"});
  }
  return object;
}

TensorTable parse_safetensors(std::span<const std::byte> bytes, const std::filesystem::path& path,
                              const Budget& budget) {
  const Source source{bytes, path, budget};
  const std::string_view text = header_text(source);
  const std::span<const std::byte> data = bytes.subspan(kPrefix + text.size());
  simdjson::dom::parser parser;
  TensorTable table;
  std::vector<Entry> entries;
  bool seen_metadata = false;
  for (const auto [name, value] : parse_header(source, text, parser)) {
    if (name == "__metadata__") {
      if (seen_metadata) source.refuse(kPrefix, {.what = "__metadata__ stands twice"});
      seen_metadata = true;
      table.metadata = read_metadata(source, value);
      continue;
    }
    check_name(source, name, entries.size() + 1);
    entries.push_back(read_entry(source, name, value));
    bind_bytes(source, data, entries.back());
  }
  check_unique(source, entries);
  check_tiling(source, data, entries);
  table.tensors.reserve(entries.size());
  for (Entry& entry : entries) table.tensors.push_back(std::move(entry.tensor));
  std::ranges::sort(table.tensors, {}, &TensorInfo::name);
  return table;
}

bool looks_like_safetensors(std::span<const std::byte> bytes) {
  if (bytes.size() <= kPrefix) return false;
  const std::uint64_t length = little_endian(bytes.first(kPrefix));
  return bytes[kPrefix] == std::byte{'{'} && length <= 100'000'000;
}

}  // namespace

extern const ContainerRecord safetensors_entry;
const ContainerRecord safetensors_entry = {
    .name = "safetensors",
    .extension = ".safetensors",
    .summary = "Hugging Face safetensors, one file",
    .matches = looks_like_safetensors,
    .parse = parse_safetensors,
};

}  // namespace sonde::files

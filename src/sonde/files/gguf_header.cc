#include "sonde/files/gguf_header.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>

#include "sonde/core/error.h"
#include "sonde/files/message_text_internal.h"

namespace sonde::files {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::string_view kMagic = "GGUF";
constexpr std::uint32_t kMostDimensions = 4;  // GGML_MAX_DIMS
constexpr std::uint64_t kLargestAlignment = std::uint64_t{64} << 10;
// The least that a key with a one-byte value and a tensor of one dimension take.
constexpr std::uint64_t kLeastEntry = 8 + 4 + 1, kLeastTensor = 8 + 4 + 8 + 4 + 8;

struct TypeRecord {
  const char* name;
  std::uint64_t bytes;  // 0: of varying size
};
constexpr std::array<TypeRecord, 13> kTypes = {{{"u8", 1},
                                                {"i8", 1},
                                                {"u16", 2},
                                                {"i16", 2},
                                                {"u32", 4},
                                                {"i32", 4},
                                                {"f32", 4},
                                                {"bool", 1},
                                                {"string", 0},
                                                {"array", 0},
                                                {"u64", 8},
                                                {"i64", 8},
                                                {"f64", 8}}};

const TypeRecord& record_of(GgufType type) { return kTypes[static_cast<std::size_t>(type)]; }

std::string words_of(const GgufEntry& entry) {
  if (entry.type != GgufType::array) return record_of(entry.type).name;
  return fmt::format("array of {} {}", entry.count, record_of(entry.item).name);
}

template <class T>
T value_at(const std::byte* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof(T));
  return value;
}

}  // namespace

/// The bytes of a header, read from first to last.
class GgufReader {
 public:
  GgufReader(std::span<const std::byte> bytes, const std::filesystem::path& path, const Budget& budget)
      : bytes_(bytes), path_(path), budget_(budget) {}

  GgufHeader read() {
    GgufHeader header;
    header.path_ = path_;
    read_version();
    const std::uint64_t tensors = number<std::uint64_t>("the number of tensors");
    const std::uint64_t keys = number<std::uint64_t>("the number of metadata keys");
    check_count(keys, budget_.metadata_keys, kLeastEntry, "metadata keys");
    check_count(tensors, budget_.entries, kLeastTensor, "tensors");
    for (std::uint64_t i = 0; i < keys; ++i) header.entries_.push_back(read_entry());
    sort_keys(header);
    header.alignment_ = alignment_of(header);
    for (std::uint64_t i = 0; i < tensors; ++i) header.tensors_.push_back(read_tensor());
    header.data_start_ = (position_ + header.alignment_ - 1) / header.alignment_ * header.alignment_;
    if (tensors > 0 && header.data_start_ > bytes_.size()) {
      refuse(position_, {.what = "the file ends before its tensors"});
    }
    return header;
  }

 private:
  [[noreturn]] void refuse(std::uint64_t offset, ErrorParts parts) const {
    parts.where = path_.string();
    parts.path = path_.string();
    parts.offset = static_cast<std::int64_t>(offset);
    throw Error(ErrorCode::input, std::move(parts));
  }

  std::uint64_t left() const { return bytes_.size() - position_; }

  std::span<const std::byte> take(std::uint64_t size, std::string_view what) {
    if (size > left()) {
      refuse(position_, {.what = fmt::format("the file ends inside {}", what),
                         .got = fmt::format("{} bytes left", left()),
                         .expected = fmt::format("{}", size),
                         .hint = "fetch the file again"});
    }
    const auto taken = bytes_.subspan(static_cast<std::size_t>(position_), static_cast<std::size_t>(size));
    position_ += size;
    return taken;
  }

  template <class T>
  T number(std::string_view what) {
    return value_at<T>(take(sizeof(T), what).data());
  }

  std::string_view text(std::uint64_t limit, std::string_view what) {
    const std::uint64_t start = position_;
    const std::uint64_t size = number<std::uint64_t>(what);
    if (size > limit && size <= left()) {
      refuse(start, {.what = fmt::format("{} is too long", what),
                     .got = fmt::format("{} bytes", size),
                     .expected = fmt::format("at most {}", limit)});
    }
    const auto bytes = take(size, what);
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (!simdjson::validate_utf8(text.data(), text.size())) {
      refuse(start, {.what = fmt::format("{} is not UTF-8", what), .got = shown(text)});
    }
    return text;
  }

  void check_count(std::uint64_t count, std::int64_t limit, std::uint64_t least, std::string_view what) {
    if (count <= static_cast<std::uint64_t>(limit) && count <= left() / least) return;
    refuse(position_, {.what = fmt::format("more {} than the file or the limit holds", what),
                       .got = fmt::format("{}", count),
                       .expected = fmt::format("at most {}", std::min<std::uint64_t>(limit, left() / least)),
                       .hint = "fetch the file again"});
  }

  void read_version() {
    const auto magic = take(kMagic.size(), "the magic");
    if (std::memcmp(magic.data(), kMagic.data(), kMagic.size()) != 0) {
      refuse(0, {.what = "not a GGUF file", .expected = "the bytes 'GGUF'"});
    }
    const auto version = number<std::uint32_t>("the version");
    if (version == 2 || version == 3) return;
    const bool swapped = version != 0 && (version & 0xFFFF) == 0;
    refuse(4, {.what = swapped ? "a big-endian GGUF file" : "GGUF version not supported",
               .got = fmt::format("version {}", swapped ? __builtin_bswap32(version) : version),
               .expected = "version 2 or 3, little-endian",
               .hint = "convert the model again with a recent llama.cpp"});
  }

  GgufType read_type(std::string_view what) {
    const std::uint64_t start = position_;
    const auto type = number<std::uint32_t>(what);
    if (type < kTypes.size()) return static_cast<GgufType>(type);
    refuse(start, {.what = fmt::format("{} is not known", what),
                   .got = fmt::format("{}", type),
                   .expected = fmt::format("less than {}", kTypes.size())});
  }

  GgufEntry read_entry() {
    const std::uint64_t start = position_;
    GgufEntry entry;
    entry.key = text(static_cast<std::uint64_t>(budget_.name_bytes), "a metadata key");
    const std::string what = fmt::format("metadata {}", shown(entry.key));
    entry.type = read_type(what + "'s type");
    if (entry.type == GgufType::array) {
      entry.item = read_type(what + "'s item type");
      entry.count = number<std::uint64_t>(what);
      if (entry.item == GgufType::array) refuse(start, {.what = what + " is an array of arrays"});
      const std::uint64_t least = std::max<std::uint64_t>(record_of(entry.item).bytes, 1);
      const std::uint64_t item = entry.item == GgufType::text ? 8 : least;
      check_count(entry.count, budget_.array_items, item, what + " items");
    }
    const std::uint64_t begin = position_;
    skip_value(entry, what);
    entry.value =
        bytes_.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(position_ - begin));
    metadata_ += position_ - start;
    if (metadata_ > static_cast<std::uint64_t>(budget_.metadata_bytes)) {
      refuse(start, {.what = "the metadata is too large",
                     .got = fmt::format("over {} bytes", budget_.metadata_bytes),
                     .expected = fmt::format("at most {} bytes", budget_.metadata_bytes)});
    }
    return entry;
  }

  void skip_value(const GgufEntry& entry, std::string_view what) {
    const bool array = entry.type == GgufType::array;
    const GgufType item = array ? entry.item : entry.type;
    const std::uint64_t start = position_;
    if (item == GgufType::text) {
      const std::int64_t limit = array ? budget_.item_bytes : budget_.metadata_bytes;
      for (std::uint64_t i = 0; i < entry.count; ++i) text(static_cast<std::uint64_t>(limit), what);
      return;
    }
    // The count was held against the bytes left, so that the product cannot overflow.
    const auto values = take(entry.count * record_of(item).bytes, what);
    const auto odd = [](std::byte value) { return std::to_integer<int>(value) > 1; };
    if (item == GgufType::boolean && std::ranges::any_of(values, odd)) {
      refuse(start, {.what = fmt::format("{} is no boolean", what), .expected = "0 or 1"});
    }
  }

  void sort_keys(GgufHeader& header) const {
    std::ranges::stable_sort(header.entries_, {}, &GgufEntry::key);
    const auto twice = std::ranges::adjacent_find(header.entries_, {}, &GgufEntry::key);
    if (twice == header.entries_.end()) return;
    const std::byte* second = std::next(twice)->value.data();
    refuse(static_cast<std::uint64_t>(second - bytes_.data()),
           {.what = fmt::format("metadata key {} stands twice", shown(twice->key))});
  }

  static std::uint64_t alignment_of(const GgufHeader& header) {
    constexpr std::string_view kKey = "general.alignment";
    const std::int64_t alignment = header.whole_number(kKey).value_or(32);
    const auto bits = static_cast<std::uint64_t>(alignment);
    if (alignment > 0 && std::has_single_bit(bits) && bits <= kLargestAlignment) return bits;
    header.refuse(kKey, fmt::format("{}", alignment),
                  fmt::format("a power of two up to {}", kLargestAlignment));
  }

  GgufTensor read_tensor() {
    GgufTensor tensor;
    tensor.place = static_cast<std::int64_t>(position_);
    tensor.name = text(static_cast<std::uint64_t>(budget_.name_bytes), "a tensor's name");
    const std::string what = fmt::format("tensor {}", shown(tensor.name));
    const auto dimensions = number<std::uint32_t>(what);
    if (tensor.name.empty() || dimensions < 1 || dimensions > kMostDimensions) {
      refuse(static_cast<std::uint64_t>(tensor.place),
             {.what = tensor.name.empty() ? "a tensor without a name"
                                          : fmt::format("{} has an odd number of dimensions", what),
              .got = fmt::format("{} dimensions", dimensions),
              .expected = fmt::format("1 to {}", kMostDimensions)});
    }
    for (std::uint32_t i = 0; i < dimensions; ++i) {
      const auto extent = number<std::uint64_t>(what);
      if (extent < 1 || extent > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        refuse(static_cast<std::uint64_t>(tensor.place),
               {.what = fmt::format("{} has an extent out of range", what),
                .got = fmt::format("{}", extent),
                .expected = "1 to 2^63-1"});
      }
      tensor.shape.push_back(static_cast<std::int64_t>(extent));
    }
    std::ranges::reverse(tensor.shape);
    tensor.type = number<std::uint32_t>(what);
    tensor.offset = number<std::uint64_t>(what);
    return tensor;
  }

  std::span<const std::byte> bytes_;
  const std::filesystem::path& path_;
  const Budget& budget_;
  std::uint64_t position_ = 0;
  std::uint64_t metadata_ = 0;  // bytes of the entries so far
};

GgufHeader GgufHeader::parse(std::span<const std::byte> bytes, const std::filesystem::path& path,
                             const Budget& budget) {
  return GgufReader(bytes, path, budget).read();
}

void GgufHeader::refuse(std::string_view key, std::string got, std::string expected) const {
  throw Error(ErrorCode::input, {.where = path_.string(),
                                 .what = fmt::format("metadata {} makes no sense", shown(key)),
                                 .got = std::move(got),
                                 .expected = std::move(expected),
                                 .path = path_.string()});
}

const GgufEntry* GgufHeader::find(std::string_view key) const {
  const auto found = std::ranges::lower_bound(entries_, key, {}, &GgufEntry::key);
  return found != entries_.end() && found->key == key ? &*found : nullptr;
}

const GgufEntry* GgufHeader::find(std::string_view key, bool (*fits)(const GgufEntry&),
                                  const char* expected) const {
  const GgufEntry* entry = find(key);
  if (entry != nullptr && !fits(*entry)) refuse(key, words_of(*entry), expected);
  return entry;
}

static std::string_view text_of(const std::byte* bytes) {
  return {reinterpret_cast<const char*>(bytes) + 8, static_cast<std::size_t>(value_at<std::uint64_t>(bytes))};
}

static bool is_whole(GgufType type) {
  return type != GgufType::f32 && type != GgufType::f64 && type != GgufType::boolean &&
         type != GgufType::text && type != GgufType::array;
}

/// Read an integer of type `type`; nothing above 2⁶³−1.
static std::optional<std::int64_t> whole_at(GgufType type, const std::byte* bytes) {
  switch (type) {
    case GgufType::u8:
      return value_at<std::uint8_t>(bytes);
    case GgufType::i8:
      return value_at<std::int8_t>(bytes);
    case GgufType::u16:
      return value_at<std::uint16_t>(bytes);
    case GgufType::i16:
      return value_at<std::int16_t>(bytes);
    case GgufType::u32:
      return value_at<std::uint32_t>(bytes);
    case GgufType::i32:
      return value_at<std::int32_t>(bytes);
    case GgufType::i64:
      return value_at<std::int64_t>(bytes);
    default: {
      const auto value = value_at<std::uint64_t>(bytes);
      if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return std::nullopt;
      return static_cast<std::int64_t>(value);
    }
  }
}

std::optional<std::string_view> GgufHeader::text(std::string_view key) const {
  const auto fits = [](const GgufEntry& entry) { return entry.type == GgufType::text; };
  const GgufEntry* entry = find(key, fits, "a string");
  return entry == nullptr ? std::nullopt : std::optional(text_of(entry->value.data()));
}

std::optional<std::int64_t> GgufHeader::whole_number(std::string_view key) const {
  const auto fits = [](const GgufEntry& entry) { return is_whole(entry.type); };
  const GgufEntry* entry = find(key, fits, "a whole number");
  if (entry == nullptr) return std::nullopt;
  const std::optional<std::int64_t> value = whole_at(entry->type, entry->value.data());
  if (!value) refuse(key, "more than 2^63-1", "a whole number");
  return value;
}

std::optional<double> GgufHeader::number(std::string_view key) const {
  const auto fits = [](const GgufEntry& entry) {
    return is_whole(entry.type) || entry.type == GgufType::f32 || entry.type == GgufType::f64;
  };
  const GgufEntry* entry = find(key, fits, "a number");
  if (entry == nullptr) return std::nullopt;
  if (entry->type == GgufType::f32) return value_at<float>(entry->value.data());
  if (entry->type == GgufType::f64) return value_at<double>(entry->value.data());
  return static_cast<double>(*whole_number(key));
}

std::optional<bool> GgufHeader::flag(std::string_view key) const {
  const auto fits = [](const GgufEntry& entry) { return entry.type == GgufType::boolean; };
  const GgufEntry* entry = find(key, fits, "true or false");
  return entry == nullptr ? std::nullopt : std::optional(entry->value[0] != std::byte{0});
}

std::optional<std::vector<std::string_view>> GgufHeader::texts(std::string_view key) const {
  const auto fits = [](const GgufEntry& entry) {
    return entry.type == GgufType::array && entry.item == GgufType::text;
  };
  const GgufEntry* entry = find(key, fits, "an array of strings");
  if (entry == nullptr) return std::nullopt;
  std::vector<std::string_view> texts;
  texts.reserve(static_cast<std::size_t>(entry->count));
  for (const std::byte* at = entry->value.data(); texts.size() < entry->count;) {
    texts.push_back(text_of(at));
    at += 8 + texts.back().size();
  }
  return texts;
}

std::optional<std::vector<std::int64_t>> GgufHeader::whole_numbers(std::string_view key) const {
  const auto fits = [](const GgufEntry& entry) {
    return entry.type == GgufType::array && is_whole(entry.item);
  };
  const GgufEntry* entry = find(key, fits, "an array of whole numbers");
  if (entry == nullptr) return std::nullopt;
  const std::uint64_t size = record_of(entry->item).bytes;
  std::vector<std::int64_t> values;
  values.reserve(static_cast<std::size_t>(entry->count));
  for (std::uint64_t i = 0; i < entry->count; ++i) {
    const std::optional<std::int64_t> value = whole_at(entry->item, entry->value.data() + i * size);
    if (!value) refuse(key, "more than 2^63-1", "whole numbers");
    values.push_back(*value);
  }
  return values;
}

std::optional<std::vector<float>> GgufHeader::floats(std::string_view key) const {
  const auto fits = [](const GgufEntry& entry) {
    return entry.type == GgufType::array && entry.item == GgufType::f32;
  };
  const GgufEntry* entry = find(key, fits, "an array of f32");
  if (entry == nullptr) return std::nullopt;
  std::vector<float> values(static_cast<std::size_t>(entry->count));
  if (!values.empty()) std::memcpy(values.data(), entry->value.data(), entry->value.size());
  return values;
}

}  // namespace sonde::files

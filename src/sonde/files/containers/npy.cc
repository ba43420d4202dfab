// NumPy's .npy container: one array, offered as the tensor "array". Refuses object arrays, which are pickles,
// big-endian numbers, Fortran order and anything but a literal header.
// Source: numpy.lib.format, versions 1.0 to 3.0 of the format.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "sonde/core/error.h"
#include "sonde/files/container.h"
#include "sonde/files/message_text_internal.h"

namespace sonde::files {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kMostDimensions = 64;  // NumPy 2 allows as many

struct TypeWord {
  std::string_view word;
  DType dtype;
};
constexpr std::array<TypeWord, 9> kTypes = {{{"<f8", DType::f64},
                                             {"<f4", DType::f32},
                                             {"<f2", DType::f16},
                                             {"<i8", DType::i64},
                                             {"<i4", DType::i32},
                                             {"<i2", DType::i16},
                                             {"|i1", DType::i8},
                                             {"|u1", DType::u8},
                                             {"|b1", DType::boolean}}};

[[noreturn]] void refuse(const std::filesystem::path& path, std::int64_t offset, ErrorParts parts) {
  parts.where = path.string();
  parts.path = path.string();
  parts.offset = offset;
  throw Error(ErrorCode::input, std::move(parts));
}

/// The Python literal of an npy header, read from left to right.
class HeaderReader {
 public:
  HeaderReader(std::string_view text, const std::filesystem::path& path, std::int64_t start)
      : text_(text), path_(path), start_(start) {}

  /// Take `token` if it comes next.
  bool take(std::string_view token) {
    skip_blanks();
    if (!text_.substr(position_).starts_with(token)) return false;
    position_ += token.size();
    return true;
  }

  void need(std::string_view token) {
    if (!take(token)) fail(fmt::format("{}", token));
  }

  std::string_view quoted_word() {
    skip_blanks();
    const char quote = position_ < text_.size() ? text_[position_] : ' ';
    const std::size_t close =
        quote == '\'' || quote == '"' ? text_.find(quote, position_ + 1) : std::string_view::npos;
    if (close == std::string_view::npos) fail("a quoted word");
    const std::string_view word = text_.substr(position_ + 1, close - position_ - 1);
    position_ = close + 1;
    return word;
  }

  std::vector<std::int64_t> shape() {
    std::vector<std::int64_t> extents;
    need("(");
    while (!take(")")) {
      std::int64_t extent = -1;
      const char* begin = text_.data() + position_;
      const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), extent);
      if (error != std::errc() || extent < 0 || extents.size() == kMostDimensions) fail("a tuple of sizes");
      position_ += static_cast<std::size_t>(end - begin);
      extents.push_back(extent);
      // One element is written (3,); the comma may only be left out before the closing bracket.
      if (!take(",") && !text_.substr(position_).starts_with(")")) fail("',' or ')'");
      skip_blanks();
    }
    return extents;
  }

  bool at_end() {
    skip_blanks();
    return position_ == text_.size();
  }

  [[noreturn]] void fail(std::string_view expected) const {
    refuse(path_, start_ + static_cast<std::int64_t>(position_),
           {.what = "malformed npy header",
            .got = shown(text_.substr(position_, 24)),
            .expected = std::string(expected)});
  }

 private:
  void skip_blanks() {
    while (position_ < text_.size() && (text_[position_] == ' ' || text_[position_] == '\n')) ++position_;
  }

  std::string_view text_;
  const std::filesystem::path& path_;
  std::int64_t start_;
  std::size_t position_ = 0;
};

DType dtype_of(std::string_view word, const std::filesystem::path& path, std::int64_t offset) {
  for (const TypeWord& type : kTypes) {
    if (type.word == word) return type.dtype;
  }
  refuse(path, offset,
         {.what = word.starts_with("|O") ? "array of Python objects, which is never read"
                                         : "array type not supported",
          .got = shown(word),
          .expected = "<f8, <f4, <f2, <i8, <i4, <i2, |i1, |u1 or |b1",
          .hint = word.starts_with(">") ? "save it with array.astype('<f4')" : ""});
}

/// Give where the header's text starts and ends.
std::pair<std::size_t, std::size_t> header_range(std::span<const std::byte> bytes,
                                                 const std::filesystem::path& path, const Budget& budget) {
  const auto byte = [&](std::size_t i) { return std::to_integer<std::size_t>(bytes[i]); };
  const std::size_t version = bytes.size() > kMagic.size() ? byte(kMagic.size()) : 0;
  const std::size_t start = version == 1 ? 10 : 12;
  if (version < 1 || version > 3 || bytes.size() < start) {
    refuse(path, 6,
           {.what = "npy header cut short or of an unknown version", .expected = "version 1, 2 or 3"});
  }
  std::size_t length = byte(8) | byte(9) << 8;
  if (version > 1) length |= byte(10) << 16 | byte(11) << 24;
  if (length > bytes.size() - start || length > static_cast<std::size_t>(budget.header_bytes)) {
    refuse(path, 8,
           {.what = "npy header longer than the file or the limit",
            .got = fmt::format("{} bytes", length),
            .expected =
                fmt::format("at most {}", std::min<std::size_t>(bytes.size() - start, budget.header_bytes))});
  }
  return {start, start + length};
}

TensorInfo read_header(std::string_view text, const std::filesystem::path& path, std::size_t start) {
  HeaderReader reader(text, path, static_cast<std::int64_t>(start));
  TensorInfo tensor{.name = "array"};
  bool fortran = false;
  int seen_descr = 0, seen_order = 0, seen_shape = 0;
  reader.need("{");
  while (!reader.take("}")) {
    const std::string_view key = reader.quoted_word();
    reader.need(":");
    if (key == "descr" && ++seen_descr == 1) {
      tensor.dtype = dtype_of(reader.quoted_word(), path, static_cast<std::int64_t>(start));
    } else if (key == "fortran_order" && ++seen_order == 1) {
      fortran = reader.take("True");
      if (!fortran) reader.need("False");
    } else if (key == "shape" && ++seen_shape == 1) {
      tensor.shape = reader.shape();
    } else {
      reader.fail("descr, fortran_order and shape once each");
    }
    if (!reader.take(",")) {
      reader.need("}");
      break;
    }
  }
  if (seen_descr + seen_order + seen_shape != 3) reader.fail("descr, fortran_order and shape once each");
  if (!reader.at_end()) reader.fail("nothing after the header");
  if (fortran && tensor.shape.size() > 1) {
    refuse(path, static_cast<std::int64_t>(start),
           {.what = "array in Fortran order",
            .expected = "C order",
            .hint = "save numpy.ascontiguousarray(array)"});
  }
  return tensor;
}

TensorTable parse_npy(std::span<const std::byte> bytes, const std::filesystem::path& path,
                      const Budget& budget) {
  const auto [start, end] = header_range(bytes, path, budget);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + start, end - start);
  TensorInfo tensor = read_header(text, path, start);
  std::int64_t need = element_bytes(tensor.dtype);
  bool overflow = false;
  for (const std::int64_t extent : tensor.shape) overflow |= __builtin_mul_overflow(need, extent, &need);
  tensor.bytes = bytes.subspan(end);
  if (overflow || need != static_cast<std::int64_t>(tensor.bytes.size())) {
    refuse(path, static_cast<std::int64_t>(end),
           {.what = "shape and bytes disagree",
            .got = fmt::format("{} bytes of data", tensor.bytes.size()),
            .expected = fmt::format("{} for {} {}", overflow ? "more than 2^63" : fmt::to_string(need),
                                    to_string(tensor.dtype), shape_text(tensor.shape))});
  }
  TensorTable table;
  table.tensors.push_back(std::move(tensor));
  return table;
}

bool looks_like_npy(std::span<const std::byte> bytes) {
  return bytes.size() >= kMagic.size() &&
         std::equal(kMagic.begin(), kMagic.end(), reinterpret_cast<const char*>(bytes.data()));
}

}  // namespace

extern const ContainerRecord npy_entry;
const ContainerRecord npy_entry = {
    .name = "npy",
    .extension = ".npy",
    .summary = "NumPy array, one per file",
    .matches = looks_like_npy,
    .parse = parse_npy,
};

}  // namespace sonde::files

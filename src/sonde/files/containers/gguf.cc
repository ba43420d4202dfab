// GGUF, the container of llama.cpp: named tensors, many of them quantised, behind typed metadata. Refuses
// tensors of types it has no kernel for, by name, and tensors that overlap or leave the file.
// Source: ggml's docs/gguf.md, versions 2 and 3; types as gguf 0.19 numbers them.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sonde/core/error.h"
#include "sonde/files/container.h"
#include "sonde/files/gguf_header.h"
#include "sonde/files/message_text_internal.h"

namespace sonde::files {
namespace {

struct TypeNumber {
  std::uint32_t number;
  DType dtype;
};
constexpr std::array<TypeNumber, 16> kTypes = {{{0, DType::f32},
                                                {1, DType::f16},
                                                {2, DType::q4_0},
                                                {3, DType::q4_1},
                                                {6, DType::q5_0},
                                                {7, DType::q5_1},
                                                {8, DType::q8_0},
                                                {12, DType::q4_k},
                                                {13, DType::q5_k},
                                                {14, DType::q6_k},
                                                {24, DType::i8},
                                                {25, DType::i16},
                                                {26, DType::i32},
                                                {27, DType::i64},
                                                {28, DType::f64},
                                                {30, DType::bf16}}};

struct UnreadType {
  std::uint32_t number;
  const char* name;
};
constexpr std::array<UnreadType, 17> kUnreadTypes = {{{9, "Q8_1"},
                                                      {10, "Q2_K"},
                                                      {11, "Q3_K"},
                                                      {15, "Q8_K"},
                                                      {16, "IQ2_XXS"},
                                                      {17, "IQ2_XS"},
                                                      {18, "IQ3_XXS"},
                                                      {19, "IQ1_S"},
                                                      {20, "IQ4_NL"},
                                                      {21, "IQ3_S"},
                                                      {22, "IQ2_S"},
                                                      {23, "IQ4_XS"},
                                                      {29, "IQ1_M"},
                                                      {34, "TQ1_0"},
                                                      {35, "TQ2_0"},
                                                      {39, "MXFP4"},
                                                      {40, "NVFP4"}}};

[[noreturn]] void refuse(const GgufHeader& header, const GgufTensor& tensor, ErrorParts parts) {
  parts.where = header.path().string();
  parts.path = header.path().string();
  parts.what = fmt::format("tensor {} {}", shown(tensor.name), parts.what);
  parts.offset = tensor.place;
  throw Error(ErrorCode::input, std::move(parts));
}

DType dtype_of(const GgufHeader& header, const GgufTensor& tensor) {
  const auto known = std::ranges::find(kTypes, tensor.type, &TypeNumber::number);
  if (known != kTypes.end()) return known->dtype;
  const auto unread = std::ranges::find(kUnreadTypes, tensor.type, &UnreadType::number);
  refuse(header, tensor,
         {.what = "has a type that is not supported",
          .got = unread != kUnreadTypes.end() ? unread->name : fmt::format("type {}", tensor.type),
          .expected = "F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q4_K, Q5_K or Q6_K",
          .hint = "quantise the model to one of these"});
}

TensorInfo located(const GgufHeader& header, const GgufTensor& tensor, std::span<const std::byte> data) {
  const DType dtype = dtype_of(header, tensor);
  const std::optional<std::int64_t> bytes = bytes_of(dtype, tensor.shape);
  if (!bytes) {
    refuse(header, tensor,
           {.what = "has a shape that its type cannot have",
            .got = fmt::format("{} of {}", to_string(dtype), shape_text(tensor.shape)),
            .expected = fmt::format("rows of a multiple of {}", block_of(dtype).elements)});
  }
  const auto size = static_cast<std::uint64_t>(*bytes);
  if (tensor.offset % header.alignment() != 0) {
    refuse(header, tensor,
           {.what = "is not aligned",
            .got = fmt::format("offset {}", tensor.offset),
            .expected = fmt::format("a multiple of {}", header.alignment())});
  }
  if (tensor.offset > data.size() || size > data.size() - tensor.offset) {
    refuse(header, tensor,
           {.what = "lies beyond the end of the file",
            .got = fmt::format("{} bytes at offset {}", size, tensor.offset),
            .expected = fmt::format("an end within {} bytes of data", data.size()),
            .hint = "the file was cut short; fetch it again"});
  }
  return {.name = std::string(tensor.name),
          .dtype = dtype,
          .shape = tensor.shape,
          .bytes = data.subspan(static_cast<std::size_t>(tensor.offset), static_cast<std::size_t>(size))};
}

void check_no_overlap(const GgufHeader& header, std::span<const std::byte> data) {
  std::vector<std::pair<TensorInfo, const GgufTensor*>> placed;
  for (const GgufTensor& tensor : header.tensors())
    placed.emplace_back(located(header, tensor, data), &tensor);
  std::ranges::sort(placed, {}, [](const auto& item) { return item.first.bytes.data(); });
  for (std::size_t i = 1; i < placed.size(); ++i) {
    const std::span<const std::byte> before = placed[i - 1].first.bytes;
    if (before.data() + before.size() <= placed[i].first.bytes.data()) continue;
    refuse(header, *placed[i].second,
           {.what = fmt::format("overlaps tensor {}", shown(placed[i - 1].first.name)),
            .expected = "every tensor in bytes of its own"});
  }
}

/// Keep the short texts, for listings; typed values are read through GgufHeader.
std::map<std::string, std::string> texts_of(const GgufHeader& header, const Budget& budget) {
  std::map<std::string, std::string> texts;
  for (const GgufEntry& entry : header.entries()) {
    if (entry.type != GgufType::text) continue;
    const std::string_view text = *header.text(entry.key);
    if (static_cast<std::int64_t>(text.size()) <= budget.name_bytes) texts.emplace(entry.key, text);
  }
  return texts;
}

TensorTable parse_gguf(std::span<const std::byte> bytes, const std::filesystem::path& path,
                       const Budget& budget) {
  const GgufHeader header = GgufHeader::parse(bytes, path, budget);
  TensorTable table;
  if (header.tensors().empty()) return {.tensors = {}, .metadata = texts_of(header, budget)};
  const std::span<const std::byte> data = bytes.subspan(static_cast<std::size_t>(header.data_start()));
  check_no_overlap(header, data);
  for (const GgufTensor& tensor : header.tensors()) table.tensors.push_back(located(header, tensor, data));
  std::ranges::stable_sort(table.tensors, {}, &TensorInfo::name);
  const auto twice = std::ranges::adjacent_find(table.tensors, {}, &TensorInfo::name);
  if (twice != table.tensors.end()) {
    const auto tensors = header.tensors();
    const auto named = [&](const GgufTensor& tensor) { return tensor.name == twice->name; };
    refuse(header, *std::ranges::find_if(tensors, named),
           {.what = "stands twice", .expected = "every name once"});
  }
  table.metadata = texts_of(header, budget);
  return table;
}

bool looks_like_gguf(std::span<const std::byte> bytes) {
  constexpr std::string_view kMagic = "GGUF";
  return bytes.size() >= kMagic.size() &&
         std::equal(kMagic.begin(), kMagic.end(), reinterpret_cast<const char*>(bytes.data()));
}

}  // namespace

extern const ContainerRecord gguf_entry;
const ContainerRecord gguf_entry = {
    .name = "gguf",
    .extension = ".gguf",
    .summary = "GGUF of llama.cpp, quantised tensors with metadata",
    .matches = looks_like_gguf,
    .parse = parse_gguf,
};

}  // namespace sonde::files

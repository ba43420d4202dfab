#include "sonde/files/tensor_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "sonde/core/error.h"
#include "sonde/core/nearest.h"
#include "sonde/files/container.h"
#include "sonde/files/message_text_internal.h"

namespace sonde::files {

struct DTypeRecord {
  DType dtype;
  const char* name;
  BlockSize block;
};

constexpr std::array<DTypeRecord, 18> kDTypes = {{{DType::f64, "F64", {1, 8}},
                                                  {DType::f32, "F32", {1, 4}},
                                                  {DType::f16, "F16", {1, 2}},
                                                  {DType::bf16, "BF16", {1, 2}},
                                                  {DType::i64, "I64", {1, 8}},
                                                  {DType::i32, "I32", {1, 4}},
                                                  {DType::i16, "I16", {1, 2}},
                                                  {DType::i8, "I8", {1, 1}},
                                                  {DType::u8, "U8", {1, 1}},
                                                  {DType::boolean, "BOOL", {1, 1}},
                                                  {DType::q4_0, "Q4_0", {32, 18}},
                                                  {DType::q4_1, "Q4_1", {32, 20}},
                                                  {DType::q5_0, "Q5_0", {32, 22}},
                                                  {DType::q5_1, "Q5_1", {32, 24}},
                                                  {DType::q8_0, "Q8_0", {32, 34}},
                                                  {DType::q4_k, "Q4_K", {256, 144}},
                                                  {DType::q5_k, "Q5_K", {256, 176}},
                                                  {DType::q6_k, "Q6_K", {256, 210}}}};

BlockSize block_of(DType dtype) { return kDTypes[static_cast<std::size_t>(dtype)].block; }

bool is_quantized(DType dtype) { return block_of(dtype).elements > 1; }

bool is_integer(DType dtype) {
  return dtype == DType::i64 || dtype == DType::i32 || dtype == DType::i16 || dtype == DType::i8 ||
         dtype == DType::u8 || dtype == DType::boolean;
}

std::int64_t element_bytes(DType dtype) {
  SONDE_ASSERT(!is_quantized(dtype));
  return block_of(dtype).bytes;
}

std::optional<std::int64_t> bytes_of(DType dtype, std::span<const std::int64_t> shape) {
  const BlockSize block = block_of(dtype);
  if (block.elements > 1 && (shape.empty() || shape.back() % block.elements != 0)) return std::nullopt;
  std::int64_t bytes = block.bytes;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const std::int64_t extent = i + 1 == shape.size() ? shape[i] / block.elements : shape[i];
    if (shape[i] < 0 || __builtin_mul_overflow(bytes, extent, &bytes)) return std::nullopt;
  }
  return bytes;
}

const char* to_string(DType dtype) { return kDTypes[static_cast<std::size_t>(dtype)].name; }

std::optional<DType> parse_dtype(std::string_view name) {
  for (const DTypeRecord& record : kDTypes) {
    if (name == record.name && !is_quantized(record.dtype)) return record.dtype;
  }
  return std::nullopt;
}

std::int64_t element_count(const TensorInfo& tensor) {
  const BlockSize block = block_of(tensor.dtype);
  return static_cast<std::int64_t>(tensor.bytes.size()) / block.bytes * block.elements;
}

std::string shape_text(std::span<const std::int64_t> shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

TensorFile::TensorFile(const std::filesystem::path& path, const Budget& budget) : file_(path) {
  const ContainerRecord& record = choose_container(file_.bytes(), path);
  container_ = record.name;
  table_ = record.parse(file_.bytes(), path, budget);
  file_.verify_unchanged();
}

void TensorFile::release(const TensorInfo& tensor) const {
  const std::span<const std::byte> mapped = file_.bytes();
  const std::byte* const end = mapped.data() + mapped.size();
  // A copy that the container made has no file to be read from again.
  const bool is_mapped = tensor.bytes.data() >= mapped.data() && tensor.bytes.data() < end;
  if (is_mapped) file_.advise(Access::dont_need, tensor.bytes);
}

std::vector<std::string> TensorFile::names() const {
  std::vector<std::string> result;
  result.reserve(table_.tensors.size());
  for (const TensorInfo& tensor : table_.tensors) result.push_back(tensor.name);
  return result;
}

const TensorInfo* TensorFile::find(std::string_view name) const {
  const auto found = std::ranges::lower_bound(table_.tensors, name, {}, &TensorInfo::name);
  return found != table_.tensors.end() && found->name == name ? &*found : nullptr;
}

const TensorInfo& TensorFile::at(std::string_view name) const {
  if (const TensorInfo* tensor = find(name)) return *tensor;
  throw Error(ErrorCode::input, {.where = path().string(),
                                 .what = fmt::format("no tensor {}", shown(name)),
                                 .hint = did_you_mean(name, names()),
                                 .path = path().string()});
}

std::shared_ptr<const TensorFile> open_tensors(const std::filesystem::path& path, const Budget& budget) {
  return std::make_shared<const TensorFile>(path, budget);
}

}  // namespace sonde::files

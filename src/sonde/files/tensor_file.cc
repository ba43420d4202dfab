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
  std::int64_t bytes;
};

constexpr std::array<DTypeRecord, 10> kDTypes = {{{DType::f64, "F64", 8},
                                                  {DType::f32, "F32", 4},
                                                  {DType::f16, "F16", 2},
                                                  {DType::bf16, "BF16", 2},
                                                  {DType::i64, "I64", 8},
                                                  {DType::i32, "I32", 4},
                                                  {DType::i16, "I16", 2},
                                                  {DType::i8, "I8", 1},
                                                  {DType::u8, "U8", 1},
                                                  {DType::boolean, "BOOL", 1}}};

std::int64_t element_bytes(DType dtype) { return kDTypes[static_cast<std::size_t>(dtype)].bytes; }

const char* to_string(DType dtype) { return kDTypes[static_cast<std::size_t>(dtype)].name; }

std::optional<DType> parse_dtype(std::string_view name) {
  for (const DTypeRecord& record : kDTypes) {
    if (name == record.name) return record.dtype;
  }
  return std::nullopt;
}

std::int64_t element_count(const TensorInfo& tensor) {
  return static_cast<std::int64_t>(tensor.bytes.size()) / element_bytes(tensor.dtype);
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

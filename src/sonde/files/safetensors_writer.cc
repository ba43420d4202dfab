#include "sonde/files/safetensors_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>

#include "sonde/core/error.h"
#include "sonde/core/shape.h"
#include "sonde/files/message_text_internal.h"

namespace sonde::files {

/// Give the bytes of a planned tensor, checked.
static std::int64_t size_of_plan(const TensorPlan& plan) {
  std::int64_t size = element_bytes(plan.dtype);
  for (const std::int64_t extent : plan.shape) {
    SONDE_ASSERT(extent >= 0 && !__builtin_mul_overflow(size, extent, &size));
  }
  return size;
}

static void check_names(const std::filesystem::path& target, const std::vector<TensorPlan>& plan) {
  std::set<std::string_view> names;
  for (const TensorPlan& tensor : plan) {
    if (tensor.name != "__metadata__" && names.insert(tensor.name).second) continue;
    throw Error(ErrorCode::usage,
                {.where = target.string(),
                 .what = fmt::format("cannot write two tensors named {}", shown(tensor.name)),
                 .expected = "every name once, and none called __metadata__",
                 .path = target.string()});
  }
}

/// Write the JSON header for tensors that follow each other in the given order, padded so that data starts at
/// a multiple of 8 bytes. Broken UTF-8 in names or metadata is replaced, because readers refuse it.
static std::string header_of(const std::vector<TensorPlan>& plan, const Metadata& metadata) {
  const auto text_of = [](const nlohmann::ordered_json& value) {
    return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  };
  std::string header = "{";
  // Entry by entry: an ordered JSON object would search all its keys for each new one.
  const auto add = [&](std::string_view key, const nlohmann::ordered_json& value) {
    header += fmt::format("{}{}:{}", header.size() > 1 ? "," : "", text_of(key), text_of(value));
  };
  if (!metadata.empty()) add("__metadata__", metadata);
  std::int64_t position = 0;
  for (const TensorPlan& tensor : plan) {
    const std::int64_t end = position + size_of_plan(tensor);
    add(tensor.name,
        {{"dtype", to_string(tensor.dtype)}, {"shape", tensor.shape}, {"data_offsets", {position, end}}});
    position = end;
  }
  header += "}";
  header.append((8 - header.size() % 8) % 8, ' ');
  return header;
}

SafetensorsWriter::SafetensorsWriter(const std::filesystem::path& target, std::vector<TensorPlan> plan,
                                     const Metadata& metadata, Existing existing)
    : file_(target, existing) {
  check_names(target, plan);
  // Widest elements first keeps every tensor aligned to its own element size.
  std::vector<std::size_t> order(plan.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::stable_sort(order, std::greater<>(),
                           [&](std::size_t i) { return element_bytes(plan[i].dtype); });
  std::vector<TensorPlan> ordered;
  for (const std::size_t i : order) ordered.push_back(plan[i]);
  const std::string header = header_of(ordered, metadata);

  std::array<std::byte, 8> length = {};
  for (std::size_t i = 0; i < 8; ++i) length[i] = static_cast<std::byte>(header.size() >> (8 * i) & 0xFF);
  auto position = static_cast<std::int64_t>(8 + header.size());
  places_.resize(plan.size());
  for (const std::size_t i : order) {
    places_[i] = {.begin = position, .size = size_of_plan(plan[i])};
    places_[i].plan = std::move(plan[i]);
    position += places_[i].size;
    total_ += places_[i].size;
  }
  file_.reserve(position);
  file_.write(length);
  file_.write(header);
}

void SafetensorsWriter::put(std::size_t tensor, std::int64_t offset, std::span<const std::byte> bytes) {
  SONDE_ASSERT(tensor < places_.size());
  const Place& place = places_[tensor];
  const auto count = narrow<std::int64_t>(bytes.size());
  SONDE_ASSERT(offset >= 0 && count <= place.size && offset <= place.size - count);
  file_.write_at(place.begin + offset, bytes);
  written_ += count;
}

void SafetensorsWriter::put_rows(std::size_t tensor, std::int64_t first, MatrixView rows) {
  SONDE_ASSERT(tensor < places_.size() && places_[tensor].plan.dtype == DType::f32);
  SONDE_ASSERT(places_[tensor].plan.shape.size() == 2 && places_[tensor].plan.shape[1] == rows.cols);
  const std::int64_t row_bytes = rows.cols * static_cast<std::int64_t>(sizeof(float));
  if (rows.stride == rows.cols) {
    const auto count = static_cast<std::size_t>(rows.rows * rows.cols);
    return put(tensor, first * row_bytes, std::as_bytes(std::span(rows.data, count)));
  }
  for (std::int64_t i = 0; i < rows.rows; ++i)
    put(tensor, (first + i) * row_bytes, std::as_bytes(rows.row(i)));
}

void SafetensorsWriter::commit() {
  SONDE_ASSERT(written_ == total_);
  file_.commit();
}

TensorInfo matrix_tensor(std::string name, MatrixView values) {
  SONDE_ASSERT(values.stride == values.cols || values.rows <= 1);
  const std::span<const float> all(values.data, static_cast<std::size_t>(values.rows * values.cols));
  return float_tensor(std::move(name), {values.rows, values.cols}, all);
}

static TensorInfo described(std::string name, DType dtype, std::vector<std::int64_t> shape,
                            std::span<const std::byte> bytes) {
  TensorInfo tensor{.name = std::move(name), .dtype = dtype, .shape = std::move(shape), .bytes = bytes};
  SONDE_ASSERT(size_of_plan({.dtype = dtype, .shape = tensor.shape}) ==
               static_cast<std::int64_t>(bytes.size()));
  return tensor;
}

TensorInfo float_tensor(std::string name, std::vector<std::int64_t> shape, std::span<const float> values) {
  return described(std::move(name), DType::f32, std::move(shape), std::as_bytes(values));
}

TensorInfo integer_tensor(std::string name, std::vector<std::int64_t> shape,
                          std::span<const std::int64_t> values) {
  return described(std::move(name), DType::i64, std::move(shape), std::as_bytes(values));
}

void write_safetensors(const std::filesystem::path& target, std::span<const TensorInfo> tensors,
                       const Metadata& metadata, Existing existing) {
  std::vector<TensorPlan> plan;
  for (const TensorInfo& tensor : tensors) plan.push_back({tensor.name, tensor.dtype, tensor.shape});
  SafetensorsWriter writer(target, std::move(plan), metadata, existing);
  for (std::size_t i = 0; i < tensors.size(); ++i) writer.put(i, 0, tensors[i].bytes);
  writer.commit();
}

}  // namespace sonde::files

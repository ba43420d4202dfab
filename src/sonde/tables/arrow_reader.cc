#include <fmt/core.h>

#include <string_view>

#include "sonde/core/nearest.h"
#include "sonde/core/shape.h"
#include "sonde/tables/arrow_reader_internal.h"
#include "sonde_shim_cpp.h"

namespace sonde::tables {
namespace {

[[noreturn]] void raise(const shim::Failure& failure, const std::string& path) {
  if (!failure.is_missing_column()) failure.raise({.where = path, .path = path});
  const auto names = nlohmann::json::parse(failure.detail()).get<std::vector<std::string>>();
  const std::vector<std::string> known(names.begin() + 1, names.end());
  throw Error(
      ErrorCode::usage,
      {.where = path, .what = failure.message(), .hint = did_you_mean(names.front(), known), .path = path});
}

/// The shim's request and the views it points to.
struct ShimRequest {
  std::vector<sonde_view> names;
  std::vector<std::int32_t> kinds;
  sonde_table_request request{};

  ShimRequest(const TableRequest& given, int format) {
    for (const std::string& name : given.columns) add(name, SONDE_COLUMN_TEXT);
    for (const std::string& name : given.integer_columns) add(name, SONDE_COLUMN_INTEGERS);
    request.path = shim::view(given.path);
    request.names = names.data();
    request.kinds = kinds.data();
    request.n_columns = names.size();
    request.limits = {.text_bytes = narrow<std::size_t>(given.limits.text_bytes),
                      .row_bytes = narrow<std::size_t>(given.limits.row_bytes),
                      .columns = narrow<std::size_t>(given.limits.columns)};
    request.format = format;
    request.quotes = given.quoting == Quoting::standard ? 1 : 0;
  }

 private:
  void add(const std::string& name, sonde_column_kind kind) {
    names.push_back(shim::view(name));
    kinds.push_back(kind);
  }
};

/// Releases a schema when it goes.
struct OwnedSchema : ArrowSchema {
  OwnedSchema() : ArrowSchema{} {}
  ~OwnedSchema() {
    if (release != nullptr) release(this);
  }
  OwnedSchema(const OwnedSchema&) = delete;
  OwnedSchema& operator=(const OwnedSchema&) = delete;
};

bool is_valid(const ArrowArray& array, std::int64_t row) {
  if (array.n_buffers == 0 || array.buffers[0] == nullptr) return true;
  const std::int64_t bit = array.offset + row;
  return (static_cast<const std::uint8_t*>(array.buffers[0])[bit / 8] >> (bit % 8)) & 1;
}

const std::int64_t* offsets_of(const ArrowArray& array) {
  return static_cast<const std::int64_t*>(array.buffers[1]) + array.offset;
}

}  // namespace

BatchStream::BatchStream(const TableRequest& request, int shim_format) : request_(request) {
  const ShimRequest shim_request(request, shim_format);
  shim::Failure failure;
  if (sonde_table_open(&shim_request.request, &stream_, failure.out()) != SONDE_OK)
    raise(failure, request.path);
  check_schema();
}

BatchStream::~BatchStream() {
  if (stream_.release != nullptr) stream_.release(&stream_);
}

void BatchStream::check_schema() {
  OwnedSchema schema;
  SONDE_ASSERT(stream_.get_schema(&stream_, &schema) == 0);
  const auto n_text = static_cast<std::int64_t>(request_.columns.size());
  const auto n_lists = static_cast<std::int64_t>(request_.integer_columns.size());
  SONDE_ASSERT(schema.format == std::string_view("+s") && schema.n_children == n_text + n_lists);
  for (std::int64_t i = 0; i < schema.n_children; ++i) {
    const ArrowSchema& child = *schema.children[i];
    SONDE_ASSERT(child.format == std::string_view(i < n_text ? "U" : "+L"));
    SONDE_ASSERT(i < n_text || child.children[0]->format == std::string_view("l"));
  }
}

OwnedArray BatchStream::next() {
  OwnedArray array(new ArrowArray{});
  if (stream_.get_next(&stream_, array.get()) != 0) {
    shim::Failure failure;
    sonde_table_last_error(&stream_, failure.out());
    raise(failure, request_.path);
  }
  if (array->release == nullptr) return nullptr;
  return array;
}

void append_rows(const ArrowArray& array, TextColumn& column) {
  const std::int64_t* offsets = offsets_of(array);
  const char* bytes = static_cast<const char*>(array.buffers[2]);
  for (std::int64_t row = 0; row < array.length; ++row) {
    if (is_valid(array, row)) {
      column.append({bytes + offsets[row], static_cast<std::size_t>(offsets[row + 1] - offsets[row])});
    } else {
      column.append_null();
    }
  }
}

void append_rows(const ArrowArray& array, std::int64_t first_row, ListColumn& column) {
  const std::int64_t* offsets = offsets_of(array);
  const ArrowArray& items = *array.children[0];
  const std::int64_t* values = static_cast<const std::int64_t*>(items.buffers[1]) + items.offset;
  for (std::int64_t row = 0; row < array.length; ++row) {
    if (!is_valid(array, row)) {
      column.append_null();
      continue;
    }
    for (std::int64_t i = offsets[row]; i < offsets[row + 1]; ++i) {
      if (is_valid(items, i)) continue;
      throw Error(ErrorCode::input, {.where = fmt::format("row {}", first_row + row),
                                     .what = "a list of integers holds a missing value",
                                     .offset = first_row + row});
    }
    column.append({values + offsets[row], static_cast<std::size_t>(offsets[row + 1] - offsets[row])});
  }
}

std::vector<std::string> shim_column_names(const TableRequest& request, int shim_format) {
  const ShimRequest shim_request(request, shim_format);
  shim::Bytes names;
  shim::Failure failure;
  if (sonde_table_columns(&shim_request.request, names.out(), failure.out()) != SONDE_OK)
    raise(failure, request.path);
  return nlohmann::json::parse(names.text()).get<std::vector<std::string>>();
}

}  // namespace sonde::tables

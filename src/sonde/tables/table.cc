#include "sonde/tables/table.h"

#include <fmt/core.h>

#include <set>

#include "sonde/core/error.h"
#include "sonde/core/nearest.h"
#include "sonde/tables/arrow_reader_internal.h"
#include "sonde/tables/format.h"

namespace sonde::tables {
namespace {

template <class Column>
const Column& requested(const std::map<std::string, Column, std::less<>>& columns, std::string_view name) {
  const auto found = columns.find(name);
  if (found != columns.end()) return found->second;
  std::vector<std::string> known;
  for (const auto& [key, column] : columns) known.push_back(key);
  throw Error(ErrorCode::usage, {.where = "table",
                                 .what = fmt::format("column '{}' was not read", name),
                                 .hint = did_you_mean(name, known)});
}

void check_request(const TableRequest& request) {
  std::set<std::string_view> names;
  for (const auto* list : {&request.columns, &request.integer_columns}) {
    for (const std::string& name : *list) {
      if (names.insert(name).second) continue;
      throw Error(ErrorCode::usage,
                  {.where = "table", .what = fmt::format("column '{}' is requested twice", name)});
    }
  }
  if (names.empty()) {
    throw Error(ErrorCode::usage,
                {.where = "table", .what = "no column is requested", .hint = "name at least one"});
  }
}

void check_size(const TableRequest& request, std::int64_t bytes) {
  if (bytes <= request.limits.table_bytes) return;
  throw Error(ErrorCode::limit, {.where = request.path,
                                 .what = "the requested columns take too much memory",
                                 .got = fmt::format("more than {} bytes", request.limits.table_bytes),
                                 .hint = "read fewer rows or raise table_bytes",
                                 .path = request.path});
}

// Leaves the first rows of a batch.
void shorten(ArrowArray& batch, std::int64_t rows) {
  if (batch.length <= rows) return;
  batch.length = rows;
  for (std::int64_t i = 0; i < batch.n_children; ++i) batch.children[i]->length = rows;
}

}  // namespace

const TextColumn& Table::column(std::string_view name) const { return requested(texts_, name); }

const ListColumn& Table::list(std::string_view name) const { return requested(lists_, name); }

void Table::append_part(const TableRequest& request) {
  const Format& format = format_of(request.path, request.format);
  format_ = format.name;
  std::vector<TextColumn*> texts;
  std::vector<ListColumn*> lists;
  for (const std::string& name : request.columns) texts.push_back(&texts_[name]);
  for (const std::string& name : request.integer_columns) lists.push_back(&lists_[name]);
  const std::int64_t rows_before = rows_;
  BatchStream stream(request, format.shim_format);
  while (request.rows == 0 || rows_ < request.rows) {
    const OwnedArray batch = stream.next();
    if (!batch) break;
    if (request.rows > 0) shorten(*batch, request.rows - rows_);
    std::int64_t bytes = 0;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      append_rows(*batch->children[i], *texts[i]);
      bytes += texts[i]->byte_count();
    }
    for (std::size_t i = 0; i < lists.size(); ++i) {
      append_rows(*batch->children[texts.size() + i], rows_ - rows_before + 1, *lists[i]);
      bytes += lists[i]->value_count() * static_cast<std::int64_t>(sizeof(std::int64_t));
    }
    rows_ += batch->length;
    check_size(request, bytes);
  }
}

Table read_table(const TableRequest& request) {
  const std::string path = request.path;
  return read_table(request, std::span(&path, 1));
}

Table read_table(const TableRequest& request, std::span<const std::string> parts) {
  check_request(request);
  if (parts.empty())
    throw Error(ErrorCode::usage, {.where = request.path, .what = "no file is named", .path = request.path});
  Table table;
  TableRequest part = request;
  for (const std::string& path : parts) {
    part.path = path;
    table.append_part(part);
  }
  if (table.rows_ > 0) return table;
  throw Error(ErrorCode::input,
              {.where = request.path,
               .what = parts.size() == 1 ? "the file holds no rows" : "the files hold no rows",
               .path = request.path});
}

std::vector<std::string> column_names(const std::string& path, const std::string& format) {
  return shim_column_names({.path = path}, format_of(path, format).shim_format);
}

}  // namespace sonde::tables

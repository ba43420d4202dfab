// Takes batches out of an ArrowArrayStream into columns. It knows the two types that the shim sends, large
// UTF-8 and large lists of int64, and refuses any other.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "sonde/tables/arrow_c_data.h"
#include "sonde/tables/column.h"
#include "sonde/tables/table.h"

namespace sonde::tables {

/// Releases an array when it goes.
struct ArrayRelease {
  void operator()(ArrowArray* array) const {
    if (array->release != nullptr) array->release(array);
    delete array;
  }
};
using OwnedArray = std::unique_ptr<ArrowArray, ArrayRelease>;

/// The batches of a file.
class BatchStream {
 public:
  /// Open the requested columns: the text columns first, then those of lists.
  /// Errors: as read_table.
  BatchStream(const TableRequest& request, int shim_format);
  ~BatchStream();
  BatchStream(const BatchStream&) = delete;
  BatchStream& operator=(const BatchStream&) = delete;

  /// Give the next batch, or null at the end.
  OwnedArray next();

 private:
  void check_schema();
  const TableRequest& request_;
  ArrowArrayStream stream_{};
};

/// Append the rows of a large UTF-8 array.
void append_rows(const ArrowArray& array, TextColumn& column);

/// Append the rows of a large list of int64. Errors: input when a list holds a missing value; `first_row` is
/// the 1-based row of the array's first element, for the message.
void append_rows(const ArrowArray& array, std::int64_t first_row, ListColumn& column);

/// Ask the shim for the column names of a file. Errors: as read_table.
std::vector<std::string> shim_column_names(const TableRequest& request, int shim_format);

}  // namespace sonde::tables

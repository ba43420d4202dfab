// The structures of Arrow's C data and C stream interfaces, as their specification declares them. Nothing
// else. Source: Apache Arrow, "The Arrow C data interface" and "The Arrow C stream interface" (columnar
// format 1.x).
#pragma once

#include <cstdint>

extern "C" {

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

/// The type and name of an array.
struct ArrowSchema {
  const char* format;  ///< "+s" struct, "U" large UTF-8, "+L" large list, "l" int64
  const char* name;
  const char* metadata;
  std::int64_t flags;
  std::int64_t n_children;
  ArrowSchema** children;
  ArrowSchema* dictionary;
  void (*release)(ArrowSchema*);  ///< null when released
  void* private_data;
};

/// The buffers of an array.
struct ArrowArray {
  std::int64_t length;
  std::int64_t null_count;  ///< -1 when not counted
  std::int64_t offset;      ///< elements to skip in every buffer
  std::int64_t n_buffers;
  std::int64_t n_children;
  const void** buffers;  ///< validity bits first, null when nothing is missing
  ArrowArray** children;
  ArrowArray* dictionary;
  void (*release)(ArrowArray*);  ///< null when released
  void* private_data;
};

#endif

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

/// A source of arrays that share one schema.
struct ArrowArrayStream {
  int (*get_schema)(ArrowArrayStream*, ArrowSchema* out);
  int (*get_next)(ArrowArrayStream*, ArrowArray* out);  ///< a released array ends the stream
  const char* (*get_last_error)(ArrowArrayStream*);
  void (*release)(ArrowArrayStream*);  ///< null when released
  void* private_data;
};

#endif
}

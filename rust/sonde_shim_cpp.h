// C++ ownership for what sonde_shim.h hands out, and its errors as sonde::Error. Inline only; no Rust is
// hidden here.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "sonde/core/error.h"
#include "sonde_shim.h"

namespace sonde::shim {

/// View text for the duration of one call.
inline sonde_view view(std::string_view text) { return {text.data(), text.size()}; }

/// A buffer of the shim, freed on destruction.
class Bytes {
 public:
  Bytes() = default;
  ~Bytes() { sonde_shim_free_bytes(&bytes_); }
  Bytes(const Bytes&) = delete;
  Bytes& operator=(const Bytes&) = delete;

  sonde_bytes* out() { return &bytes_; }
  std::string_view text() const { return {bytes_.data, bytes_.size}; }

 private:
  sonde_bytes bytes_{};
};

/// An error of the shim, freed on destruction.
class Failure {
 public:
  Failure() = default;
  ~Failure() { sonde_shim_free_error(&error_); }
  Failure(const Failure&) = delete;
  Failure& operator=(const Failure&) = delete;

  sonde_error* out() { return &error_; }
  std::string message() const { return {error_.message.data, error_.message.size}; }
  std::string_view detail() const { return {error_.detail.data, error_.detail.size}; }
  std::int64_t offset() const { return error_.offset; }

  /// Give the kind of error. A panic counts as bad input: the code behind fails only on what it was given to
  /// read.
  ErrorCode code() const {
    switch (error_.code) {
      case SONDE_USAGE:
      case SONDE_NO_COLUMN:
        return ErrorCode::usage;
      case SONDE_LIMIT:
        return ErrorCode::limit;
      default:
        return ErrorCode::input;
    }
  }

  bool is_panic() const { return error_.code == SONDE_PANIC; }
  bool is_missing_column() const { return error_.code == SONDE_NO_COLUMN; }

  /// Throw this failure as an Error about `where`, with the parts that only the caller knows.
  [[noreturn]] void raise(ErrorParts parts) const {
    parts.what = is_panic() ? "the reader gave up on malformed content: " + message() : message();
    if (offset() >= 0 && !parts.offset) parts.offset = offset();
    throw Error(code(), std::move(parts));
  }

 private:
  sonde_error error_{};
};

}  // namespace sonde::shim

#include "sonde/core/error.h"

#include <fmt/core.h>

namespace sonde {

int exit_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::usage:
      return 2;
    case ErrorCode::input:
      return 3;
    case ErrorCode::limit:
      return 4;
    case ErrorCode::network:
      return 5;
    case ErrorCode::partial:
      return 6;
    case ErrorCode::internal:
      return 70;
  }
  return 70;
}

const char* to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::usage:
      return "usage";
    case ErrorCode::input:
      return "input";
    case ErrorCode::limit:
      return "limit";
    case ErrorCode::network:
      return "network";
    case ErrorCode::partial:
      return "partial";
    case ErrorCode::internal:
      return "internal";
  }
  return "internal";
}

static std::string message_of(const ErrorParts& parts) {
  std::string text = parts.where.empty() ? parts.what : fmt::format("{}: {}", parts.where, parts.what);
  if (!parts.got.empty()) text += fmt::format("; got {}", parts.got);
  if (!parts.expected.empty())
    text += fmt::format("{} expected {}", parts.got.empty() ? ";" : ",", parts.expected);
  if (!parts.hint.empty()) text += fmt::format("; {}", parts.hint);
  return text;
}

Error::Error(ErrorCode code, ErrorParts parts)
    : code_(code), parts_(std::move(parts)), message_(message_of(parts_)) {}

void assertion_failed(const char* expression, const char* file, int line) {
  throw Error(ErrorCode::internal, {.where = fmt::format("{}:{}", file, line),
                                    .what = fmt::format("broken invariant: {}", expression),
                                    .hint = "please report this with the command that led here"});
}

}  // namespace sonde

// The one exception type of the library and the exit code each kind of error stands for.
#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <string>

namespace sonde {

/// What kind of failure an Error is; decides the program's exit code.
enum class ErrorCode {
  usage,     ///< a flag, study or option that makes no sense (exit 2)
  input,     ///< a file or text that is malformed or unsafe (exit 3)
  limit,     ///< memory, disk or time ran out (exit 4)
  network,   ///< hub or network (exit 5)
  partial,   ///< stopped with work that can be resumed (exit 6)
  internal,  ///< a bug of ours (exit 70)
};

/// Give the process exit code of an error kind.
int exit_code(ErrorCode code);

/// Give the stable word for an error kind, as it stands in JSON.
const char* to_string(ErrorCode code);

/// The parts of an error message: `where: what; got X, expected Y; try Z`. Leave out what does not apply.
struct ErrorParts {
  std::string where;                   ///< file, option, tensor or row
  std::string what;                    ///< what happened
  std::string got;                     ///< what was found
  std::string expected;                ///< what should have been there
  std::string hint;                    ///< what to try
  std::string path;                    ///< file concerned, when there is one
  std::optional<std::int64_t> offset;  ///< byte offset or 1-based line in `path`
};

/// The exception of the library.
class Error : public std::exception {
 public:
  Error(ErrorCode code, ErrorParts parts);

  const char* what() const noexcept override { return message_.c_str(); }
  ErrorCode code() const { return code_; }
  const ErrorParts& parts() const { return parts_; }

 private:
  ErrorCode code_;
  ErrorParts parts_;
  std::string message_;
};

/// Report a broken invariant as an internal Error; used by SONDE_ASSERT.
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);

/// Check an invariant of our own; for input use Error.
#define SONDE_ASSERT(expression) \
  ((expression) ? void(0) : ::sonde::assertion_failed(#expression, __FILE__, __LINE__))

}  // namespace sonde

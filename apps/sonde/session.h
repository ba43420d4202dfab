// What a command has of the outside world: streams, threads, progress, cancellation, clock and the command
// line itself. Results go to standard output, everything else to standard error.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "sonde/core/run_context.h"
#include "sonde/hub/model_files.h"
#include "sonde/hub/settings.h"
#include "sonde/result/result.h"

namespace sonde::app {

/// Options every command has.
struct CommonOptions {
  bool json = false;
  bool quiet = false;
  int threads = 0;                ///< 0: as many as the machine has
  std::string progress = "auto";  ///< auto, json or off
  std::string color = "auto";     ///< auto, always or never
};

/// The running program as commands see it.
class Session {
 public:
  Session(CommonOptions options, std::vector<std::string> arguments);
  ~Session();

  bool json() const { return options_.json; }
  /// Give the context for work with this seed.
  RunContext context(std::uint64_t seed = 0) const;
  /// Give the command as typed, one option a line, quoted for a shell.
  std::string command_line() const;
  /// Give the time of the run, or SOURCE_DATE_EPOCH's. ISO 8601, UTC.
  std::string created() const;

  /// Give what the environment says of the hub and its cache.
  hub::Settings hub() const;
  /// Give the path of the model that MODEL means, fetching the part that is wanted.
  std::string locate(const std::string& model, hub::ModelPart part) const;

  /// Print a line of the result.
  void print(std::string_view text) const;
  /// Print a result object: `schema_version`, `status` and `warnings` come first.
  void print_json(nlohmann::ordered_json body, const std::vector<result::Warning>& warnings) const;
  /// Say something that is not the result.
  void say(std::string_view text) const;
  void warn(const std::vector<result::Warning>& warnings) const;
  /// Wrap text in a terminal style when colours are on: "bold", "dim", "blue", "yellow".
  std::string styled(std::string_view text, std::string_view style) const;

 private:
  CommonOptions options_;
  std::vector<std::string> arguments_;
  std::unique_ptr<Progress> progress_;
  bool color_ = false;
};

/// Write an error for people on standard error, or as one JSON object on standard output.
/// Gives the exit code.
int report_failure(const std::exception& failure, const CommonOptions& options);

/// Write out what is still buffered for standard output. Errors: limit when it cannot be written.
void flush_results();

/// Make text safe for one line of a terminal: control characters become escapes.
std::string one_line(std::string_view text);

/// Let an interrupt stop work at the next task; a second one ends the program at once.
void watch_signals();
/// Give the signal that was caught, or 0.
int caught_signal();

}  // namespace sonde::app

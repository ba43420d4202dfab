// How long work reports how far it is. The library only calls this interface; the program decides what is
// shown.
#pragma once

#include <cstdint>
#include <string_view>

namespace sonde {

/// A listener for the progress of a run. Calls may come from several threads at once.
class Progress {
 public:
  virtual ~Progress() = default;
  /// Start a stage of `total` units, for example "forward" over tokens.
  virtual void begin(std::string_view stage, std::int64_t total, std::string_view unit) = 0;
  /// Add finished units to the running stage.
  virtual void advance(std::int64_t units) = 0;
  /// Finish the running stage.
  virtual void end() = 0;
};

}  // namespace sonde

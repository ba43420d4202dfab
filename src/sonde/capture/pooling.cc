#include "sonde/capture/pooling.h"

#include <fmt/core.h>

#include <array>
#include <vector>

#include "sonde/core/error.h"
#include "sonde/core/nearest.h"

namespace sonde::capture {

#define SONDE_ENTRY(name) extern const PoolingRecord name##_pooling;
#include "sonde/capture/poolings/list.def"
#undef SONDE_ENTRY

std::span<const PoolingRecord* const> poolings() {
  static const std::array kEntries = {
#define SONDE_ENTRY(name) &name##_pooling,
#include "sonde/capture/poolings/list.def"
#undef SONDE_ENTRY
  };
  return kEntries;
}

TokenRange Pooling::reads(const TokenSpan& whole) const { return {0, whole.tokens}; }
void Pooling::check(const TokenSpan&, std::int64_t) const {}
void Pooling::finish(const TokenSpan&, MutableMatrixView) const {}

std::unique_ptr<Pooling> make_pooling(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  const std::string_view argument = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  std::vector<std::string> known;
  for (const PoolingRecord* record : poolings()) {
    if (record->name == name) {
      if (record->argument.empty() == argument.empty()) return record->make(argument);
      throw Error(ErrorCode::usage,
                  {.where = fmt::format("pooling '{}'", text),
                   .what = record->argument.empty() ? "takes nothing behind a colon"
                                                    : "needs something behind a colon",
                   .expected = record->argument.empty() ? std::string(name)
                                                        : fmt::format("{}:{}", name, record->argument)});
    }
    known.emplace_back(record->name);
  }
  throw Error(ErrorCode::usage, {.where = fmt::format("pooling '{}'", text),
                                 .what = "no such pooling",
                                 .hint = did_you_mean(name, known)});
}

}  // namespace sonde::capture

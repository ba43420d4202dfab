#include "sonde/controls/control.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numeric>

#include "sonde/core/catalogue.h"
#include "sonde/core/error.h"

namespace sonde::controls {
namespace {

double percentile(const std::vector<double>& sorted, double fraction) {
  const double position = fraction * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (position - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

[[noreturn]] void refuse_sizes(std::string_view text) {
  throw Error(ErrorCode::usage, {.where = "[honesty] sizes",
                                 .what = "no shares of the training rows",
                                 .got = fmt::format("'{}'", text),
                                 .expected = "numbers above 0 and at most 1, ascending, between commas",
                                 .hint = "0.1,0.25,0.5,1"});
}

}  // namespace

#define SONDE_ENTRY(name) extern const ControlRecord name##_entry;
#include "sonde/controls/list.def"
#undef SONDE_ENTRY

std::span<const ControlRecord* const> control_records() {
#define SONDE_ENTRY(name) &name##_entry,
  static constexpr std::array records{
#include "sonde/controls/list.def"
  };
#undef SONDE_ENTRY
  return records;
}

const ControlRecord& control_record(std::string_view name) {
  return record_named(name, control_records(), "controls", "control");
}

const Interval& Findings::at(std::string_view name) const {
  for (const auto& [key, value] : numbers) {
    if (key == name) return value;
  }
  throw Error(ErrorCode::internal,
              {.where = "control", .what = "no number of that name", .got = std::string(name)});
}

std::vector<double> parse_sizes(std::string_view text) {
  std::vector<double> sizes;
  for (std::string_view rest = text;;) {
    const std::size_t comma = rest.find(',');
    std::string_view part = rest.substr(0, comma);
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    double size = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), size);
    const double last = sizes.empty() ? 0 : sizes.back();
    if (error != std::errc{} || end != part.data() + part.size() || !(size > last) || !(size <= 1))
      refuse_sizes(text);
    sizes.push_back(size);
    if (comma == std::string_view::npos) return sizes;
    rest.remove_prefix(comma + 1);
  }
}

void check(const ControlOptions& options) { parse_sizes(options.sizes); }

Interval summary_of(std::span<const double> draws, double level) {
  std::vector<double> sorted(draws.begin(), draws.end());
  std::erase_if(sorted, [](double draw) { return std::isnan(draw); });
  if (sorted.empty()) return {kNaN, kNaN, kNaN};
  std::sort(sorted.begin(), sorted.end());
  const double mean = std::accumulate(sorted.begin(), sorted.end(), 0.0) / static_cast<double>(sorted.size());
  return {mean, percentile(sorted, (1 - level) / 2), percentile(sorted, (1 + level) / 2)};
}

}  // namespace sonde::controls

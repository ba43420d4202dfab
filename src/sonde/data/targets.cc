#include "sonde/data/targets.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "sonde/core/error.h"

namespace sonde::data {

std::optional<double> parse_number(std::string_view text) {
  double value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

void read_targets(std::string_view name, Examples& examples) {
  std::vector<std::optional<double>> numbers;
  for (const std::string& label : examples.classes) numbers.push_back(parse_number(label));
  examples.targets.clear();
  for (std::size_t i = 0; i < examples.labels.size(); ++i) {
    const std::optional<double>& number = numbers[examples.labels[i]];
    if (!number) {
      throw Error(ErrorCode::input, {.where = fmt::format("{}, row {}", name, examples.rows[i]),
                                     .what = "not a number, and the probes predict numbers",
                                     .got = fmt::format("'{}'", examples.classes[examples.labels[i]]),
                                     .expected = "a number in every row",
                                     .hint = "take a probe of classes, such as logistic, or another label"});
    }
    examples.targets.push_back(*number);
  }
}

void require_two_numbers(const Examples& examples) {
  const auto [least, most] = std::minmax_element(examples.targets.begin(), examples.targets.end());
  if (least != examples.targets.end() && *least < *most) return;
  throw Error(ErrorCode::input,
              {.where = "labels",
               .what = "all rows have one number",
               .got = examples.targets.empty() ? "no labels" : fmt::format("{}", examples.targets[0]),
               .expected = "at least two different numbers",
               .hint = "is this the right label column?"});
}

bool are_whole(const Examples& examples) {
  return std::ranges::all_of(examples.targets, [](double t) { return t == std::nearbyint(t); });
}

}  // namespace sonde::data

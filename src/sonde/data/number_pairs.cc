#include "sonde/data/number_pairs.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "sonde/core/error.h"
#include "sonde/data/templates.h"

namespace sonde::data {
namespace {

constexpr std::int64_t kMostPairs = std::int64_t{1} << 26;

void check_template(const Template& text, const NumberPairOptions& options) {
  const auto refuse = [&](std::string what) {
    throw Error(ErrorCode::usage, {.where = "[numbers] template",
                                   .what = std::move(what),
                                   .got = fmt::format("\"{}\"", options.text),
                                   .expected = "a text with {a} and {b}, such as \"{a} + {b}\""});
  };
  const auto asks_for = [&](const char* name) {
    return std::ranges::find(text.placeholders(), name) != text.placeholders().end();
  };
  for (const std::string& name : text.placeholders()) {
    if (name != "a" && name != "b") refuse(fmt::format("{{{}}} is no number of the pair", name));
  }
  for (const char* name : {"a", "b"}) {
    if (!asks_for(name) && (options.target == name || options.target == "sum"))
      refuse(fmt::format("the target needs {{{}}}, which the template leaves out", name));
  }
}

std::int64_t count_pairs(const NumberPairOptions& options) {
  std::int64_t count = 0;
  for (std::int64_t a = options.low; a <= options.high; ++a)
    count += std::max<std::int64_t>(0, std::min(options.high, options.sum_below - 1 - a) - options.low + 1);
  return count;
}

void check_count(std::int64_t count, const NumberPairOptions& options) {
  if (count > kMostPairs) {
    throw Error(ErrorCode::limit, {.where = "[numbers]",
                                   .what = "too many pairs",
                                   .got = std::to_string(count),
                                   .expected = fmt::format("at most {}", kMostPairs),
                                   .hint = "lower high or sum_below"});
  }
  if (count > 0) return;
  throw Error(ErrorCode::input,
              {.where = "[numbers]",
               .what = "there is no pair",
               .got = fmt::format("{} to {}, sums below {}", options.low, options.high, options.sum_below),
               .expected = "low at most high, and sum_below above twice low"});
}

}  // namespace

Examples number_pairs(const NumberPairOptions& options) {
  const Template text(options.text);
  check_template(text, options);
  const std::int64_t count = count_pairs(options);
  check_count(count, options);
  Examples examples;
  std::map<std::int64_t, std::int32_t> values;
  std::vector<std::int64_t> targets;
  for (std::int64_t a = options.low; a <= options.high; ++a) {
    const std::string first = std::to_string(a);
    for (std::int64_t b = options.low; b <= std::min(options.high, options.sum_below - 1 - a); ++b) {
      const std::string second = std::to_string(b);
      std::vector<std::string_view> filled;
      for (const std::string& name : text.placeholders()) filled.push_back(name == "a" ? first : second);
      examples.texts.push_back(text.fill(filled));
      targets.push_back(options.target == "a" ? a : options.target == "b" ? b : a + b);
      values.emplace(targets.back(), 0);
    }
  }
  for (auto& [value, id] : values) {
    id = static_cast<std::int32_t>(examples.classes.size());
    examples.classes.push_back(std::to_string(value));
  }
  for (std::int64_t i = 0; i < count; ++i) {
    examples.labels.push_back(values.at(targets[i]));
    examples.targets.push_back(static_cast<double>(targets[i]));
    examples.rows.push_back(i + 1);
    examples.places.push_back(i);
  }
  examples.data_rows = count;
  return examples;
}

}  // namespace sonde::data

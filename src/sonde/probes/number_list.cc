#include "sonde/probes/number_list.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <sstream>
#include <string>

#include "sonde/core/error.h"

namespace sonde::probes {
namespace {

constexpr double kMost = 1e6;  // numbers of a list

[[noreturn]] void refuse(std::string_view where, std::string_view got) {
  throw Error(ErrorCode::usage,
              {.where = std::string(where),
               .what = "value not allowed",
               .got = std::string(got),
               .expected = "LOW:HIGH:COUNT, as 1:100:17, or numbers with spaces between them"});
}

double number(std::string_view where, std::string_view text) {
  double value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
    refuse(where, text);
  return value;
}

std::vector<double> evenly_spaced(std::string_view where, std::string_view text) {
  const std::size_t first = text.find(':'), second = text.find(':', first + 1);
  if (second == std::string_view::npos) refuse(where, text);
  const double low = number(where, text.substr(0, first));
  const double high = number(where, text.substr(first + 1, second - first - 1));
  const double count = number(where, text.substr(second + 1));
  if (count != std::floor(count) || count < 2 || count > kMost) refuse(where, text);
  const double step = (high - low) / (count - 1);
  std::vector<double> numbers(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<double>(i) * step + low;
  numbers.back() = high;
  return numbers;
}

}  // namespace

std::vector<double> parsed_numbers(std::string_view where, std::string_view text) {
  if (text.find(':') != std::string_view::npos) return evenly_spaced(where, text);
  std::istringstream words{std::string(text)};
  std::vector<double> numbers;
  for (std::string word; words >> word;) numbers.push_back(number(where, word));
  return numbers;
}

nlohmann::json with_lists_as_text(nlohmann::json options) {
  for (auto& [name, value] : options.items()) {
    const auto is_number = [](const nlohmann::json& entry) { return entry.is_number(); };
    if (!value.is_array() || !std::ranges::all_of(value, is_number)) continue;
    std::string text;
    for (const nlohmann::json& entry : value) text += (text.empty() ? "" : " ") + entry.dump();
    value = text;
  }
  return options;
}

}  // namespace sonde::probes

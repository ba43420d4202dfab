#include "sonde/core/options.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "sonde/core/nearest.h"

namespace sonde {
namespace {

[[noreturn]] void refuse(std::string_view owner, const FieldRecord& field, const nlohmann::json& given,
                         std::string expected) {
  throw Error(ErrorCode::usage, {.where = fmt::format("{}, option '{}'", owner, field.name),
                                 .what = "value not allowed",
                                 .got = given.is_string() ? given.get<std::string>() : given.dump(),
                                 .expected = std::move(expected)});
}

std::string range_of(const FieldRecord& field) {
  const bool low = std::isfinite(field.notes.low), high = std::isfinite(field.notes.high);
  const std::string kind = field.type == "integer" ? "a whole number" : "a number";
  if (low && high) return fmt::format("{} from {} to {}", kind, field.notes.low, field.notes.high);
  if (low) return fmt::format("{} of at least {}", kind, field.notes.low);
  if (high) return fmt::format("{} of at most {}", kind, field.notes.high);
  return kind;
}

template <class Number>
Number number_of(std::string_view owner, const FieldRecord& field, const nlohmann::json& given) {
  Number value{};
  if (given.is_string()) {
    const std::string& text = given.get_ref<const std::string&>();
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc{} || end != text.data() + text.size())
      refuse(owner, field, given, range_of(field));
  } else if (given.is_number_unsigned() && given.get<std::uint64_t>() > std::uint64_t{1} << 62) {
    refuse(owner, field, given, range_of(field));
  } else if (given.is_number_integer() || (std::is_floating_point_v<Number> && given.is_number())) {
    value = given.get<Number>();
  } else {
    refuse(owner, field, given, range_of(field));
  }
  const double as_double = static_cast<double>(value);
  if (!std::isfinite(as_double)) refuse(owner, field, given, range_of(field));
  if (!(as_double >= field.notes.low && as_double <= field.notes.high))
    refuse(owner, field, given, range_of(field));
  return value;
}

}  // namespace

bool names_file(const FieldNotes& notes, std::string_view value) {
  return std::ranges::any_of(notes.files, [&](const std::string& ending) { return value.ends_with(ending); });
}

void assign_field(std::string_view owner, const FieldRecord& field, const nlohmann::json& given,
                  double& target) {
  target = number_of<double>(owner, field, given);
}

void assign_field(std::string_view owner, const FieldRecord& field, const nlohmann::json& given,
                  std::int64_t& target) {
  target = number_of<std::int64_t>(owner, field, given);
}

void assign_field(std::string_view owner, const FieldRecord& field, const nlohmann::json& given,
                  bool& target) {
  if (given.is_boolean()) {
    target = given.get<bool>();
  } else if (given == "true" || given == "false") {
    target = given == "true";
  } else {
    refuse(owner, field, given, "true or false");
  }
}

void assign_field(std::string_view owner, const FieldRecord& field, const nlohmann::json& given,
                  std::string& target) {
  if (!given.is_string()) refuse(owner, field, given, "a text");
  const std::string& text = given.get_ref<const std::string&>();
  const std::vector<std::string>&words = field.notes.words, &files = field.notes.files;
  if (!words.empty() && std::ranges::find(words, text) == words.end() && !names_file(field.notes, text)) {
    refuse(owner, field, given,
           fmt::format("one of {}{}{}", fmt::join(words, ", "),
                       files.empty() ? "" : ", or a file that ends in ", fmt::join(files, " or ")));
  }
  target = text;
}

void assign_field(std::string_view owner, const FieldRecord& field, const nlohmann::json& given,
                  std::vector<std::string>& target) {
  const nlohmann::json list = given.is_array() ? given : nlohmann::json::array({given});
  std::vector<std::string> texts(list.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (!list[i].is_string()) refuse(owner, field, given, "a list of texts");
    assign_field(owner, field, list[i], texts[i]);
  }
  target = std::move(texts);
}

void options_detail::unknown_option(std::string_view owner, std::string_view name,
                                    const std::vector<FieldRecord>& known) {
  std::vector<std::string> names;
  for (const FieldRecord& record : known) names.push_back(record.name);
  throw Error(ErrorCode::usage, {.where = std::string(owner),
                                 .what = fmt::format("unknown option '{}'", name),
                                 .hint = did_you_mean(name, names)});
}

std::pair<std::string, nlohmann::json> parse_kind_and_options(std::string_view text) {
  const std::size_t colon = text.find(':');
  std::pair<std::string, nlohmann::json> result{text.substr(0, colon), nlohmann::json::object()};
  std::string_view rest = colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 1);
  while (!rest.empty()) {
    const std::string_view part = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos) {
      throw Error(ErrorCode::usage, {.where = fmt::format("'{}'", text),
                                     .what = fmt::format("'{}' has no value", part),
                                     .expected = "KIND:name=value,name=value"});
    }
    result.second[std::string(part.substr(0, equals))] = std::string(part.substr(equals + 1));
  }
  return result;
}

}  // namespace sonde

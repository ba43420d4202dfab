#include "sonde/report/chart_style.h"

#include <map>
#include <string_view>

#include "sonde/core/error.h"
#include "sonde/report/page/embedded.h"

namespace sonde::report {
namespace {

/// The variables of :root, each with what it is in the light theme.
std::map<std::string, std::string, std::less<>> light_values(std::string_view css) {
  std::map<std::string, std::string, std::less<>> values;
  const std::string_view table = css.substr(0, css.find('}', css.find(":root{")));
  for (std::size_t at = table.find("--"); at != std::string_view::npos; at = table.find("--", at + 2)) {
    const std::size_t colon = table.find(':', at), end = table.find(';', at);
    if (colon == std::string_view::npos || end == std::string_view::npos) break;
    std::string_view value = table.substr(colon + 1, end - colon - 1);
    constexpr std::string_view kPair = "light-dark(";
    if (value.starts_with(kPair)) value = value.substr(kPair.size(), value.find(',') - kPair.size());
    values.emplace(table.substr(at, colon - at), value);
  }
  return values;
}

std::string build() {
  const std::string_view css = page_css();
  constexpr std::string_view kStart = "/* chart grammar */", kEnd = "/* chart grammar ends */";
  const std::size_t from = css.find(kStart), to = css.find(kEnd);
  SONDE_ASSERT(from != std::string_view::npos && to != std::string_view::npos);
  const std::string_view grammar = css.substr(from + kStart.size(), to - from - kStart.size());
  const auto values = light_values(css);
  std::string out;
  std::size_t at = 0;
  for (std::size_t open = grammar.find("var("); open != std::string_view::npos;
       open = grammar.find("var(", at)) {
    const std::size_t close = grammar.find(')', open);
    const auto found = values.find(grammar.substr(open + 4, close - open - 4));
    SONDE_ASSERT(found != values.end());
    out.append(grammar.substr(at, open - at)).append(found->second);
    at = close + 1;
  }
  out.append(grammar.substr(at));
  return out;
}

}  // namespace

const std::string& light_chart_style() {
  static const std::string style = build();
  return style;
}

}  // namespace sonde::report

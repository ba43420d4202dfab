#include "sonde/report/escape.h"

#include <cstdint>

namespace sonde::report {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// Length of the well-formed UTF-8 sequence at the start of `text`, 0 when there is none (RFC 3629).
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = byte(0);
  if (first < 0x80) return 1;
  if (first < 0xC2 || first > 0xF4) return 0;
  const std::size_t length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  const std::uint8_t second = byte(1);
  const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  const bool surrogate = first == 0xED && second > 0x9F;
  const bool beyond = first == 0xF4 && second > 0x8F;
  return overlong || surrogate || beyond ? 0 : length;
}

/// Call `visit` with each code point's bytes; an ill-formed byte arrives as U+FFFD.
template <class Visit>
void each_code_point(std::string_view text, Visit visit) {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    visit(length == 0 ? kReplacement : text.substr(0, length));
    text.remove_prefix(length == 0 ? 1 : length);
  }
}

/// Whether XML 1.0 (and so SVG) cannot hold this character.
bool forbidden_in_xml(std::string_view c) {
  const auto first = static_cast<std::uint8_t>(c[0]);
  if (c.size() == 1) return (first < 0x20 && first != '\t' && first != '\n') || first == 0x7F;
  return c == "\xEF\xBF\xBE" || c == "\xEF\xBF\xBF";
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  each_code_point(text, [&](std::string_view c) {
    if (c == "<")
      out += "&lt;";
    else if (c == ">")
      out += "&gt;";
    else if (c == "&")
      out += "&amp;";
    else if (c == "\"")
      out += "&quot;";
    else if (c == "'")
      out += "&#39;";
    else if (c == "`")
      out += "&#96;";
    else if (c == "\r")
      out += "&#13;";  // a bare one would be read as a line feed
    else
      out += forbidden_in_xml(c) ? kReplacement : c;
  });
  return out;
}

std::string script_json(const nlohmann::ordered_json& json) {
  const std::string plain = json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  std::string out;
  out.reserve(plain.size());
  each_code_point(plain, [&](std::string_view c) {
    if (c == "<")
      out += "\\u003c";
    else if (c == ">")
      out += "\\u003e";
    else if (c == "&")
      out += "\\u0026";
    else if (c == "\xE2\x80\xA8")
      out += "\\u2028";
    else if (c == "\xE2\x80\xA9")
      out += "\\u2029";
    else
      out += c;
  });
  return out;
}

std::string escape_latex(std::string_view text) {
  std::string out;
  each_code_point(text, [&](std::string_view c) {
    if (c == "\\")
      out += "\\textbackslash{}";
    else if (c == "~")
      out += "\\textasciitilde{}";
    else if (c == "^")
      out += "\\textasciicircum{}";
    else if (c.size() == 1 && std::string_view("&%$#_{}").find(c[0]) != std::string_view::npos)
      out.append("\\").append(c);
    else if (c == "\n" || c == "\r")
      out += ' ';
    else
      out += c;
  });
  return out;
}

std::string valid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  each_code_point(text, [&](std::string_view c) { out += c; });
  return out;
}

}  // namespace sonde::report

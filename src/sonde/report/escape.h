// The one way by which text from outside enters HTML, SVG or a script block. Data is text; it never becomes
// markup.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace sonde::report {

/// Write text so that HTML and XML, between tags or inside a quoted attribute, show exactly that text.
/// Characters that XML cannot hold (most control characters, invalid UTF-8) become U+FFFD. Bidirectional
/// overrides stay as given; the style sheet isolates every element that holds data.
std::string escape_html(std::string_view text);

/// Write JSON for a <script type="application/json"> block: `<`, `>`, `&`, U+2028 and U+2029 as \u escapes.
std::string script_json(const nlohmann::ordered_json& json);

/// Write text so that LaTeX typesets exactly that text.
std::string escape_latex(std::string_view text);

/// Replace invalid UTF-8 by U+FFFD.
std::string valid_utf8(std::string_view text);

}  // namespace sonde::report

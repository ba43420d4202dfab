// The page's own files, put into the library by the assembler. Constant text; no data ever comes this way.
#pragma once

#include <string_view>

namespace sonde::report {

/// Give the page template, report.html.
std::string_view page_html();
/// Give the style sheet, report.css.
std::string_view page_css();
/// Give the script, report.js.
std::string_view page_js();

/// Give the template, the additional style and the script of a page with one picture, picture.*.
std::string_view picture_html();
std::string_view picture_css();
std::string_view picture_js();

}  // namespace sonde::report

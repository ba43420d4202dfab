#include "sonde/report/page/embedded.h"

#include "sonde/core/embed.h"

SONDE_EMBED(sonde_page_html, SONDE_PAGE_DIR "/report.html")
SONDE_EMBED(sonde_page_css, SONDE_PAGE_DIR "/report.css")
SONDE_EMBED(sonde_page_js, SONDE_PAGE_DIR "/report.js")
SONDE_EMBED(sonde_page_picture_html, SONDE_PAGE_DIR "/picture.html")
SONDE_EMBED(sonde_page_picture_css, SONDE_PAGE_DIR "/picture.css")
SONDE_EMBED(sonde_page_picture_js, SONDE_PAGE_DIR "/picture.js")

namespace sonde::report {

std::string_view page_html() { return {sonde_page_html, sonde_page_html_end}; }
std::string_view page_css() { return {sonde_page_css, sonde_page_css_end}; }
std::string_view page_js() { return {sonde_page_js, sonde_page_js_end}; }
std::string_view picture_html() { return {sonde_page_picture_html, sonde_page_picture_html_end}; }
std::string_view picture_css() { return {sonde_page_picture_css, sonde_page_picture_css_end}; }
std::string_view picture_js() { return {sonde_page_picture_js, sonde_page_picture_js_end}; }

}  // namespace sonde::report

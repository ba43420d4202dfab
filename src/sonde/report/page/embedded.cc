// Takes the files of the report and of the page of one picture into the library with .incbin, so that they
// stay files that can be edited and linted as what they are.
#include "sonde/report/page/embedded.h"

#define SONDE_EMBED(name, file)              \
  __asm__(                                   \
      ".section .rodata\n"                   \
      ".global sonde_page_" #name            \
      "\n"                                   \
      "sonde_page_" #name                    \
      ":\n"                                  \
      ".incbin \"" SONDE_PAGE_DIR "/" file   \
      "\"\n"                                 \
      ".global sonde_page_" #name            \
      "_end\n"                               \
      "sonde_page_" #name                    \
      "_end:\n"                              \
      ".byte 0\n"                            \
      ".previous\n");                        \
  extern "C" const char sonde_page_##name[]; \
  extern "C" const char sonde_page_##name##_end[];

SONDE_EMBED(html, "report.html")
SONDE_EMBED(css, "report.css")
SONDE_EMBED(js, "report.js")
SONDE_EMBED(picture_html, "picture.html")
SONDE_EMBED(picture_css, "picture.css")
SONDE_EMBED(picture_js, "picture.js")

namespace sonde::report {

std::string_view page_html() { return {sonde_page_html, sonde_page_html_end}; }
std::string_view page_css() { return {sonde_page_css, sonde_page_css_end}; }
std::string_view page_js() { return {sonde_page_js, sonde_page_js_end}; }
std::string_view picture_html() { return {sonde_page_picture_html, sonde_page_picture_html_end}; }
std::string_view picture_css() { return {sonde_page_picture_css, sonde_page_picture_css_end}; }
std::string_view picture_js() { return {sonde_page_picture_js, sonde_page_picture_js_end}; }

}  // namespace sonde::report

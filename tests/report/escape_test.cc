// Data can never become markup, script, a formula or LaTeX: payloads in every slot leave the page's tags as
// they were.
#include "sonde/report/escape.h"

#include <array>
#include <functional>

#include "report_cases.h"
#include "sonde/report/report.h"

namespace sonde::report {
namespace {

/// Texts that try to leave their place: script, attribute and comment breakers, template marks.
std::vector<std::string> markup_payloads() {
  return {
      "\" onfocus=\"alert(1)\" autofocus=\"",
      "' onmouseover='alert(1)",
      "`onload=alert(1)`",
      "-->",
      "<!--",
      "<!-- --!>",
      "]]>",
      "<![CDATA[",
      "</title>",
      "</style><style>*{display:none}",
      "</textarea>",
      "</noscript>",
      "</svg>",
      "</table>",
      "</pre>",
      "<svg/onload=alert(1)>",
      "<svg><script>alert(1)</script></svg>",
      "<img src=x onerror=alert(1)>",
      "<iframe srcdoc='<b>'>",
      "<math><mi//xlink:href=\"data:x,<script>\">",
      "<base href=//evil>",
      "<meta http-equiv=refresh content=0>",
      "<link rel=stylesheet href=x>",
      "<object data=x>",
      "<embed src=x>",
      "<form action=x>",
      "<a href=javascript:alert(1)>",
      "<body onload=alert(1)>",
      "<details open ontoggle=alert(1)>",
      "{{data}}",
      "{{{script}}}",
      "{{#facts}}",
      "{{/facts}}",
      "{{! x }}",
      "{{^a}}",
      "${alert(1)}",
      "#{1}",
      "<%= 1 %>",
      "{%x%}",
      "[[1]]",
      "{{'a'.constructor}}",
  };
}

/// Controls, formula cells, odd encodings, script fragments.
std::vector<std::string> text_payloads() {
  return {"=1+1",
          "+1",
          "-1",
          "@SUM(1)",
          "=HYPERLINK(\"x\")",
          "\tx",
          "\rx",
          "a\r\nb",
          "\xE2\x80\xA8",
          "\xE2\x80\xA9",
          "a\xE2\x80\xAE"
          "b",
          "\xE2\x81\xA6x",
          "\xEF\xBB\xBFx",
          "\xEF\xBF\xBE",
          "\xFF\xFE",
          "\xC0\xBC",
          "\xED\xA0\x80",
          "\xF4\x90\x80\x80",
          "&lt;script&gt;",
          "&#60;script&#62;",
          "&amp",
          "&quot;",
          "\\u003cscript\\u003e",
          "\\x3cscript",
          "\\",
          "\\\"",
          "%3Cscript%3E",
          "javascript:alert(1)",
          "data:text/html,<b>",
          "url(javascript:1)",
          "expression(1)",
          "};alert(1);{",
          "\";alert(1);//",
          "';alert(1);//",
          "*/alert(1)/*",
          "//",
          "/*",
          "constructor",
          "__proto__",
          "toString",
          "null",
          "undefined",
          "NaN",
          "true",
          "0"};
}

std::vector<std::string> payloads() {
  std::vector<std::string> out = markup_payloads();
  for (std::string& text : text_payloads()) out.push_back(std::move(text));
  for (const char* tail : {">", " >", "\t>", "\n>", "/>", " x=\">"}) {
    for (const char* name : {"script", "SCRIPT", "ScRiPt"})
      out.push_back(std::string("</") + name + tail + "<" + name + ">alert(1)//");
  }
  out.push_back(std::string(20000, 'W'));
  out.push_back(std::string(5000, '<'));
  out.push_back(std::string("a\0b", 3));
  return out;
}

/// A result small enough to be drawn a thousand times.
result::Result small_result() {
  static const result::Result recorded = recorded_result();
  result::Result r = recorded;
  std::erase_if(r.results, [](const auto& row) { return row.at != "hidden[4]" && row.at != "hidden[5]"; });
  r.best.mistakes.resize(2);
  r.data.tokens.histogram.resize(2);
  return r;
}

using Slot = std::function<void(result::Result&, const std::string&)>;

std::vector<Slot> slots() {
  return {
      [](auto& r, const auto& p) { r.best.mistakes[0].text = p; },
      [](auto& r, const auto& p) { r.best.mistakes[0].group = p; },
      [](auto& r, const auto& p) { r.model.path = r.model.name = r.model.type = r.model.architecture = p; },
      [](auto& r, const auto& p) { r.data.file = r.data.text = r.data.group = p; },
      [](auto& r, const auto& p) { r.data.label_noun = r.data.row_noun = r.data.group_noun = p; },
      [](auto& r, const auto& p) {
        r.data.classes[1].name = r.best.confusion.classes[1] = r.best.per_class[1].name =
            r.best.calibration.positive = p;
        r.best.mistakes[0].label = p;
      },
      [](auto& r, const auto& p) { r.results[0].at = r.best.at = p; },
      [](auto& r, const auto& p) {
        r.results[1].module = r.results[1].probe = r.results[1].pooling = r.results[1].kind = p;
      },
      [](auto& r, const auto& p) { r.baselines[0].name = r.baselines[1].note = p; },
      [](auto& r, const auto& p) { r.warnings = {{p, p, p, true}}; },
      [](auto& r, const auto& p) { r.provenance.command = r.provenance.study = r.provenance.created = p; },
      [](auto& r, const auto& p) {
        r.honesty = honest_result().honesty;
        r.honesty.controls[2].name = r.honesty.controls[2].numbers[1].first = p;
        r.honesty.controls[1].summary = r.honesty.controls[1].note = p;
        r.honesty.addresses = {{p, p, p, 0.1, 0.2, 0.2, 0.2}};
      },
      [](auto& r, const auto& p) {
        r.versions = {{p, p}};
        r.results[0].metrics[1].first = p;
      }};
}

/// Every tag of a page by name, and whether it closes; texts and attribute values do not count.
std::vector<std::string> tags_of(std::string_view html) {
  std::vector<std::string> tags;
  for (std::size_t at = html.find('<'); at != std::string_view::npos; at = html.find('<', at + 1)) {
    std::size_t end = at + 1;
    while (end < html.size() &&
           (std::isalnum(static_cast<unsigned char>(html[end])) != 0 || html[end] == '/' || html[end] == '!'))
      ++end;
    tags.emplace_back(html.substr(at + 1, end - at - 1));
  }
  return tags;
}

/// Count what a browser would take for an attribute in any tag.
std::size_t attributes_of(std::string_view html) {
  std::size_t n = 0;
  for (std::size_t at = html.find("=\""); at != std::string_view::npos; at = html.find("=\"", at + 2)) ++n;
  return n;
}

TEST(Escape, KeepsPayloadsTextInEverySlot) {
  const std::vector<std::string> texts = payloads();
  ASSERT_GE(texts.size(), 100u);
  std::size_t slot_number = 0;
  for (const Slot& slot : slots()) {
    result::Result plain = small_result();
    slot(plain, "plain");
    const std::string expected = report_html(plain);
    const auto tags = tags_of(expected);
    // A third of the payloads per slot, another third for the next one: the browser test takes them all.
    for (std::size_t i = slot_number % 3; i < texts.size(); i += 3) {
      const std::string& text = texts[i];
      result::Result bent = small_result();
      slot(bent, text);
      const std::string html = report_html(bent);
      const std::size_t block = html.find("<script id=\"data\"");
      const std::size_t close = html.find("</script>", block);
      for (const char c :
           std::string_view(html).substr(html.find('>', block) + 1, close - html.find('>', block) - 1)) {
        ASSERT_TRUE(c != '<' && c != '>' && c != '&') << "slot " << slot_number << ": " << text.substr(0, 40);
      }
      // A class, an address or a kind may add or drop rows of ours (filters, <wbr>); it may not add a kind of
      // tag.
      std::vector<std::string> names = tags_of(html), known = tags;
      for (auto* list : {&names, &known})
        std::sort(list->begin(), list->end()),
            list->erase(std::unique(list->begin(), list->end()), list->end());
      for (const char* ours :
           {"em", "/em", "wbr", "fieldset", "/fieldset", "legend", "/legend", "label", "/label", "i", "/i"})
        known.emplace_back(ours);
      for (const std::string& name : names) {
        EXPECT_NE(std::find(known.begin(), known.end(), name), known.end())
            << "new tag <" << name << "> from slot " << slot_number << ": " << text.substr(0, 40);
      }
    }
    ++slot_number;
  }
}

TEST(Escape, LeavesTheNumberOfTagsAndAttributesAlone) {
  const Slot text_slot = slots()[0];
  result::Result plain = small_result();
  text_slot(plain, "plain");
  const std::string expected = report_html(plain);
  for (const std::string& text : payloads()) {
    result::Result bent = small_result();
    text_slot(bent, text);
    const std::string html = report_html(bent);
    EXPECT_EQ(tags_of(html), tags_of(expected)) << text.substr(0, 40);
    EXPECT_EQ(attributes_of(html), attributes_of(expected)) << text.substr(0, 40);
  }
}

TEST(Escape, WritesTextsThatReadBackAsThemselves) {
  EXPECT_EQ(escape_html("a<b>&\"'`"), "a&lt;b&gt;&amp;&quot;&#39;&#96;");
  EXPECT_EQ(escape_html("täxt 中 \xF0\x9F\x98\x80"), "täxt 中 \xF0\x9F\x98\x80");
  EXPECT_EQ(escape_html("a\r\nb"), "a&#13;\nb");
  EXPECT_EQ(escape_html(std::string("\0\x01", 2)), "\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(escape_html("\xC0\xBCscript"), "\xEF\xBF\xBD\xEF\xBF\xBDscript") << "an overlong '<' is no '<'";
}

TEST(Escape, WritesJsonThatCannotCloseItsBlock) {
  const nlohmann::ordered_json json = {{"k", "</script><!-- & \xE2\x80\xA8"}};
  const std::string out = script_json(json);
  EXPECT_EQ(out, R"({"k":"\u003c/script\u003e\u003c!-- \u0026 \u2028"})");
  EXPECT_EQ(nlohmann::ordered_json::parse(out), json);
}

}  // namespace
}  // namespace sonde::report

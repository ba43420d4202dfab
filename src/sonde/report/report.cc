#include "sonde/report/report.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>

#include "sonde/files/digest.h"
#include "sonde/report/escape.h"
#include "sonde/report/figure_catalogue.h"
#include "sonde/report/page/embedded.h"
#include "sonde/report/svg.h"
#include "sonde/report/template.h"
#include "sonde/report/view.h"

namespace sonde::report {
namespace {

/// The source expression by which a content security policy allows exactly this text.
std::string policy_hash(std::string_view text) {
  static constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::string hex = files::sha256(text);
  std::array<std::uint32_t, 33> bytes{};  // 32 of the digest; the 33rd stays 0 and becomes padding
  for (std::size_t i = 0; i < 32; ++i)
    bytes[i] = static_cast<std::uint32_t>(std::stoul(hex.substr(2 * i, 2), nullptr, 16));
  std::string out = "sha256-";
  for (std::size_t i = 0; i < 33; i += 3) {
    const std::uint32_t word = bytes[i] << 16 | bytes[i + 1] << 8 | bytes[i + 2];
    for (const int shift : {18, 12, 6, 0}) out += kAlphabet[word >> shift & 63];
  }
  out.back() = '=';
  return out;
}

}  // namespace

std::string report_html(const result::Result& result, const ReportOptions& options) {
  const Reading reading(result);
  nlohmann::ordered_json view = page_view(reading, options);
  view["style"] = std::string(page_css());
  view["script"] = std::string(page_js());
  view["style_hash"] = policy_hash(page_css());
  view["script_hash"] = policy_hash(page_js());
  view["data"] = script_json(script_data(reading));
  return fill_template(page_html(), view);
}

void write_report(const result::Result& result, const Sink& sink, const ReportOptions& options) {
  sink("report.html", report_html(result, options));
  const Reading reading(result);
  for (const FigureRecord* record : figure_records()) {
    const std::optional<Figure> figure = record->draw(reading);
    if (!figure) continue;
    sink(fmt::format("figures/{}.svg", record->name), draw_svg_file(*figure));
    sink(fmt::format("figures/{}.png", record->name), draw_png(*figure));
  }
}

}  // namespace sonde::report

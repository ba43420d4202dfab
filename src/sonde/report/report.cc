#include "sonde/report/report.h"

#include <fmt/format.h>

#include "sonde/report/content_policy.h"
#include "sonde/report/escape.h"
#include "sonde/report/figure_catalogue.h"
#include "sonde/report/page/embedded.h"
#include "sonde/report/svg.h"
#include "sonde/report/template.h"
#include "sonde/report/view.h"

namespace sonde::report {

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
    for (const Figure& figure : draw_figures(*record, reading)) {
      sink(fmt::format("figures/{}.svg", figure.name), draw_svg_file(figure));
      sink(fmt::format("figures/{}.png", figure.name), draw_png(figure));
    }
  }
}

}  // namespace sonde::report

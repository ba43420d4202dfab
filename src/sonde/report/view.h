// What the page template is filled with: every word and number of the report as JSON, section by section.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "sonde/report/reading.h"
#include "sonde/report/report.h"

namespace sonde::report {

/// Give the view of the whole page. Values are plain text, except those the template takes as markup:
/// sentences and drawings, which escape on the way in.
nlohmann::ordered_json page_view(const Reading& reading, const ReportOptions& options);

/// Give what the script reads: numbers by address and the words it needs.
nlohmann::ordered_json script_data(const Reading& reading);

// The sections, each adding its keys.
void view_result(const Reading& reading, nlohmann::ordered_json& view);     ///< headline, facts, caveats
void view_where(const Reading& reading, nlohmann::ordered_json& view);      ///< Figure 1 and its numbers
void view_baselines(const Reading& reading, nlohmann::ordered_json& view);  ///< Table 1
void view_honesty(const Reading& reading, nlohmann::ordered_json& view);    ///< the controls
void view_addresses(const Reading& reading, nlohmann::ordered_json& view);  ///< Table 2
void view_probe(const Reading& reading, nlohmann::ordered_json& view);      ///< confusion to text length
/// The test rows that the best probe gets wrong, their texts only where `options` shows them.
void view_mistakes(const Reading& reading, const ReportOptions& options, nlohmann::ordered_json& view);
void view_pictures(const Reading& reading, nlohmann::ordered_json& view);  ///< projections
void view_rerun(const Reading& reading,
                nlohmann::ordered_json& view);  ///< command, study, what ran, texts to copy

/// Give the CSS class of a class's colour and mark: k0 to k4, kx from the sixth on and for unknown names.
std::string class_mark(const Reading& reading, const std::string& name);
/// Give a fraction as an SVG length: "72.2%".
std::string svg_percent(double fraction);
/// List the metrics of the study in the order of the first result, the headline metric first.
std::vector<MetricStyle> metrics_of(const Reading& reading);

}  // namespace sonde::report

// The report of a result: one HTML file that stands alone, and its figures as files. It opens no file and
// reads no clock; the caller gives a sink. Data of the result reaches the page only as text.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "sonde/result/result.h"

namespace sonde::report {

/// Whether the texts of rows (the mistakes) stand in the report. They can hold private data.
enum class RowTexts { shown, left_out };

/// How a report is written.
struct ReportOptions {
  RowTexts row_texts = RowTexts::shown;
  std::string run_name;  ///< beside the brand, for example "runs/sentiment"; may be empty
};

/// Takes one finished file: a relative path with forward slashes and its bytes.
using Sink = std::function<void(std::string_view path, std::string_view bytes)>;

/// Write report.html, figures/NAME.svg and figures/NAME.png to the sink, in that order. Equal results give
/// equal bytes, whatever the machine; only PNG text depends on its fonts. Errors: whatever the sink throws;
/// input or limit from the rasteriser.
void write_report(const result::Result& result, const Sink& sink, const ReportOptions& options = {});

/// Write report.html only.
std::string report_html(const result::Result& result, const ReportOptions& options = {});

}  // namespace sonde::report

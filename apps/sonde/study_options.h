// Options that several commands share, written into the sections of a study.
#pragma once

#include <CLI/App.hpp>
#include <optional>
#include <string>
#include <vector>

#include "sonde/study/spec.h"

namespace sonde::app {

/// Where a command writes, and what it may replace.
struct OutputOptions {
  std::string out;
  bool force = false;
};

/// List options with their defaults and what they do, a line each, for the end of a help text.
std::string option_lines(const std::vector<FieldRecord>& fields);

/// --dtype.
void add_dtype_option(CLI::App& app, study::ModelSpec& model);
/// --data, --text, --template, --limit, --format, --missing.
void add_data_options(CLI::App& app, study::DataSpec& data);
/// --at, --tokens, --max-length.
void add_capture_options(CLI::App& app, study::CaptureSpec& capture);
/// --metric, --leaks, --resamples, --level.
void add_evaluate_options(CLI::App& app, study::EvaluateSpec& evaluate);
/// --honesty.
void add_honesty_option(CLI::App& app, std::optional<study::HonestySpec>& honesty);
/// --test, --valid, --folds, --seed.
void add_split_options(CLI::App& app, study::SplitSpec& split);
/// Choose the method of the division: a column that says the part decides, then a group column, which makes
/// groups stay whole in folds too. Errors: usage for folds and a column of parts together.
void choose_split_method(study::SplitSpec& split, const std::string& column, const std::string& group);
/// --probe, repeatable.
void add_probe_option(CLI::App& app, std::vector<std::string>& probes);
/// --project, repeatable.
void add_project_option(CLI::App& app, std::vector<std::string>& pictures);
/// --set, repeatable.
void add_settings_option(CLI::App& app, std::vector<std::string>& settings);
/// --out, --force.
void add_output_options(CLI::App& app, OutputOptions& output, const std::string& what);

/// Read the texts of --probe; none given means the default probe.
std::vector<study::ProbeChoice> parse_probes(const std::vector<std::string>& texts);

}  // namespace sonde::app

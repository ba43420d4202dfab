#include "sonde/report/view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sonde/report/caveats.h"
#include "sonde/report/figure.h"
#include "sonde/report/sentences.h"

namespace sonde::report {
namespace {

using Json = nlohmann::ordered_json;
using metrics::Interval;
using result::AddressResult;

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

/// [value, low, high, validation, train, minus rival, low, high], as the script reads it.
Json metric_row(const Reading& reading, const AddressResult& row, const std::string& metric) {
  const Interval none{kNone, kNone, kNone};
  const Interval* found = find(row.metrics, metric);
  const Interval& v = found != nullptr ? *found : none;
  const Interval* against =
      reading.rival != nullptr ? difference_to(row, reading.rival->name, metric) : nullptr;
  const Interval& d = against != nullptr ? *against : none;
  return Json::array({number(v.value), number(v.low), number(v.high), number(find(row.valid_metrics, metric)),
                      number(find(row.train_metrics, metric)), number(d.value), number(d.low),
                      number(d.high)});
}

std::string sub_line(const AddressResult& row) {
  std::string out = row.module.empty() || row.module == row.at ? "" : row.module;
  if (row.width > 0) out += fmt::format("{}{} wide", out.empty() ? "" : " · ", count(row.width));
  return out;
}

Json script_row(const Reading& reading, const AddressResult& row, std::size_t place) {
  Json out;
  out["at"] = row.at;
  out["sub"] = sub_line(row);
  const bool hidden = row.at.starts_with("hidden[");
  out["tick"] = reading.hidden_curve && hidden ? row.at : std::to_string(place + 1);
  out["short"] = reading.hidden_curve && hidden ? row.at.substr(6) : std::to_string(place + 1);
  out["steps"] = row.n_iter;
  out["converged"] = row.converged;
  out["best"] = &row == reading.best;
  out["tie"] = &row != reading.best && reading.against_best(row) == Standing::level;
  out["m"] = Json::object();
  for (const MetricStyle& style : metrics_of(reading))
    out["m"][style.name] = metric_row(reading, row, style.name);
  return out;
}

Json script_baselines(const Reading& reading) {
  Json refs = Json::array();
  static constexpr const char* kDashes[] = {"6 4", "2 4", "10 4"};
  const auto ruled = reading.ruled();
  for (std::size_t i = 0; i < ruled.size(); ++i) {
    if (ruled[i] == nullptr) continue;
    Json values = Json::object();
    for (const auto& [metric, v] : ruled[i]->metrics) values[metric] = number(v.value);
    refs.push_back({{"name", baseline_label(ruled[i]->name)}, {"dash", kDashes[i]}, {"m", values}});
  }
  return refs;
}

void add_contents(const Json& view, Json& toc, std::size_t findings) {
  const auto add = [&](const char* id, const char* name) {
    toc.push_back({{"id", id}, {"name", name}, {"count", nullptr}});
  };
  add("result", "Result");
  add("caveats", "Caveats");
  if (findings > 0) toc.back()["count"] = std::to_string(findings);
  add("where", "Depth");
  if (view.value("has_baselines", false)) add("real", "Baselines");
  if (view.value("has_controls", false)) add("accident", "Controls");
  add("modules", "Addresses");
  if (view.value("has_behaviour", false)) add("probe", "Best probe");
  if (view.value("has_mistakes", false))
    add("mistakes", view.value("is_numbers", false) ? "Errors" : "Mistakes");
  if (view.value("has_pictures", false)) add("pictures", "Pictures");
  add("rerun", "Rerun");
}

}  // namespace

std::string svg_percent(double fraction) {
  return fmt::format("{:.2f}%", 100 * std::clamp(fraction, 0.0, 1.0));
}

std::string class_mark(const Reading& reading, const std::string& name) {
  const auto& classes = reading.result.data.classes;
  for (std::size_t i = 0; i < classes.size() && i < 5; ++i) {
    if (classes[i].name == name && classes.size() <= 5) return fmt::format("k{}", i);
  }
  return "kx";
}

std::vector<MetricStyle> metrics_of(const Reading& reading) {
  std::vector<MetricStyle> styles = {reading.style};
  if (reading.result.results.empty()) return styles;
  const AddressResult& row = reading.best != nullptr ? *reading.best : reading.result.results.front();
  for (const auto& [name, value] : row.metrics) {
    if (name != reading.style.name) styles.push_back(metric_style(name));
  }
  return styles;
}

Json script_data(const Reading& reading) {
  Json data;
  data["metric"] = reading.style.name;
  data["metrics"] = Json::object();
  data["panel"] = Json::array();
  for (const MetricStyle& style : metrics_of(reading)) {
    data["metrics"][style.name] = {{"title", style.title},
                                   {"short", style.short_title},
                                   {"scale", style.scale},
                                   {"digits", style.digits},
                                   {"unit", style.scale == 100 ? "%" : ""},
                                   {"low", style.low_is_better}};
  }
  for (const MetricStyle& style : reading.beside()) data["panel"].push_back(style.name);
  data["panel"].push_back(reading.style.name);
  data["rows"] = Json::array();
  data["curve"] = Json::array();
  const auto& rows = reading.result.results;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    data["rows"].push_back(script_row(reading, rows[i], i));
    if (std::find(reading.curve.begin(), reading.curve.end(), &rows[i]) != reading.curve.end())
      data["curve"].push_back(i);
  }
  data["refs"] = script_baselines(reading);
  data["rival"] = reading.rival != nullptr ? baseline_label(reading.rival->name) : "";
  data["best_at"] = reading.result.best.at;
  data["why"] = chosen_words(reading);
  data["why_short"] = reading.result.best.chosen_on == "valid" ? "best on validation" : chosen_words(reading);
  data["ends"] = nullptr;
  if (reading.hidden_curve && reading.curve.front()->at == "hidden[0]") data["ends"] = {"embeddings", "last"};
  data["axis_note"] =
      reading.hidden_curve ? "hidden[i], deeper to the right" : "address, numbered as in Table 2";
  const auto& scores = reading.result.best.calibration.scores;
  const bool whole = scores.size() == 2 && scores[0].size() == 100 && scores[1].size() == 100;
  data["scores"] = whole ? Json(scores) : Json(nullptr);
  return data;
}

Json page_view(const Reading& reading, const ReportOptions& options) {
  Json view;
  view["title"] = fmt::format("{} in {}", capital(reading.label()), reading.model_name());
  view["run_name"] = options.run_name;
  view["best_at"] = reading.result.best.at;
  view["metric_title"] = reading.style.title;
  const std::string lower = lower_title(reading.style);
  view["metric_column"] = lower + (reading.style.scale == 100 ? ", %" : "");
  view["low"] = reading.style.low_is_better;
  view["is_numbers"] = reading.numbers;
  view["where_question"] = reading.numbers ? "Where can it be read off?" : "Where is it decodable?";
  view["real_question"] =
      reading.numbers ? "Is it more than length and the mean?" : "Is it more than words and chance?";
  view["over"] = reading.numbers ? "over mean" : "over majority";
  view_result(reading, view);
  view_where(reading, view);
  view_baselines(reading, view);
  view_honesty(reading, view);
  view_addresses(reading, view);
  view_probe(reading, view);
  view_mistakes(reading, options, view);
  view_pictures(reading, view);
  view_rerun(reading, view);
  view["toc"] = Json::array();
  add_contents(view, view["toc"], find_caveats(reading).size());
  return view;
}

}  // namespace sonde::report

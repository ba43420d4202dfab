// Figure 1, its reading panel and the numbers behind it; Table 1.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sonde/report/figure_catalogue.h"
#include "sonde/report/sentences.h"
#include "sonde/report/svg.h"
#include "sonde/report/view.h"

namespace sonde::report {
namespace {

using Json = nlohmann::ordered_json;
using metrics::Interval;
using result::AddressResult;

/// The reading panel as it stands before a script runs: the best address.
Json best_panel(const Reading& reading) {
  if (reading.best == nullptr) return nullptr;
  const AddressResult& row = *reading.best;
  Json rows = Json::array();
  const auto add = [&](std::string name, std::string value, std::string note) {
    rows.push_back({{"name", std::move(name)}, {"value", std::move(value)}, {"note", std::move(note)}});
  };
  const auto add_metric = [&](const std::string& name, const MetricStyle& style) {
    const Interval* v = find(row.metrics, style.name);
    if (v != nullptr) add(name, value_with_unit(style, v->value), interval_text(style, *v));
  };
  add_metric(reading.style.title + ", test", reading.style);
  const double valid = find(row.valid_metrics, reading.style.name),
               train = find(row.train_metrics, reading.style.name);
  if (std::isfinite(valid)) add("on validation", value_with_unit(reading.style, valid), "");
  if (std::isfinite(train)) add("on train", value_with_unit(reading.style, train), "");
  const Interval* d =
      reading.rival != nullptr ? difference_to(row, reading.rival->name, reading.style.name) : nullptr;
  if (d != nullptr)
    add("vs " + baseline_label(reading.rival->name), signed_text(reading.style, d->value),
        interval_text(reading.style, *d));
  for (const MetricStyle& style : reading.beside()) add_metric(style.short_title, style);
  if (row.n_iter > 0)
    add("Solver", row.converged ? "converged" : "stopped early", fmt::format("{} steps", count(row.n_iter)));
  std::string sub = row.module == row.at ? "" : row.module;
  if (row.width > 0) sub += fmt::format("{}{} wide", sub.empty() ? "" : " · ", count(row.width));
  return {{"at", row.at}, {"sub", sub}, {"why", chosen_words(reading)}, {"rows", rows}};
}

std::string depth_caption(const Reading& reading) {
  const result::Result& r = reading.result;
  const AddressResult* row = reading.best;
  std::string out =
      fmt::format("on test of one {} probe per {}", row != nullptr ? row->probe : "", reading.places(1));
  if (row != nullptr && row->pooling == "mean")
    out += ", token vectors averaged";
  else if (row != nullptr && !row->pooling.empty())
    out += fmt::format(", tokens: {}", row->pooling);
  out += ".";
  if (r.resamples > 0) {
    out += fmt::format(" Band: {} percentile bootstrap, {} resamples of {} {}.", reading.level_percent(),
                       count(r.resamples), count(r.split.test), reading.rows(r.split.test));
  }
  return r.baselines.empty() ? out : out + " Dashed lines: baselines on the same test rows.";
}

void numbers_behind(const Reading& reading, Json& view) {
  const std::vector<MetricStyle> styles = metrics_of(reading);
  Json columns = {reading.style.title, reading.level_percent() + " interval", "Valid.", "Train"};
  for (std::size_t i = 1; i < styles.size(); ++i) columns.push_back(styles[i].short_title);
  Json rows = Json::array();
  for (const AddressResult* row : reading.curve) {
    Json cells = Json::array();
    const Interval* v = reading.value(*row);
    cells.push_back(v != nullptr ? value_text(reading.style, v->value) : "");
    cells.push_back(v != nullptr ? interval_text(reading.style, *v) : "");
    for (const result::Values* values : {&row->valid_metrics, &row->train_metrics}) {
      const double part = find(*values, reading.style.name);
      cells.push_back(std::isfinite(part) ? value_text(reading.style, part) : "");
    }
    for (std::size_t i = 1; i < styles.size(); ++i) {
      const Interval* other = find(row->metrics, styles[i].name);
      cells.push_back(other != nullptr ? value_text(styles[i], other->value) : "");
    }
    rows.push_back({{"at", row->at}, {"cells", cells}});
  }
  view["depth_columns"] = columns;
  view["depth_rows"] = rows;
}

/// The scale of Table 1: round ends around all intervals.
struct Scale {
  double low = 1e300, high = -1e300;
  void take(const Interval& v) {
    for (const double bound : {v.value, v.low, v.high}) {
      if (std::isfinite(bound)) low = std::min(low, bound), high = std::max(high, bound);
    }
  }
  double at(double v) const { return (v - low) / (high - low); }
};

Json forest_row(const Scale& scale, const MetricStyle& style, const Interval& v) {
  Json row = {{"x", svg_percent(scale.at(v.value))},
              {"value", value_text(style, v.value)},
              {"ci", interval_text(style, v)},
              {"interval", nullptr},
              {"difference", ""},
              {"difference_ci", ""},
              {"me", false},
              {"code", false}};
  if (std::isfinite(v.low) && std::isfinite(v.high))
    row["interval"] = {{"low", svg_percent(scale.at(v.low))}, {"high", svg_percent(scale.at(v.high))}};
  return row;
}

void forest_axis(Scale& scale, const MetricStyle& style, Json& view) {
  const double pad = std::max(scale.high - scale.low, 1e-6) * 0.04;
  scale.low -= pad, scale.high += pad;
  Json ticks = Json::array();
  const std::vector<double> at = round_ticks(scale.low * style.scale, scale.high * style.scale, 4);
  for (const double tick : at) {
    ticks.push_back({{"x", svg_percent(scale.at(tick / style.scale))},
                     {"label", fixed(tick, style.scale == 100 ? 0 : 2)},
                     {"anchor", "middle"}});
  }
  view["forest_ticks"] = ticks;
  view["forest_low"] = value_text(style, scale.low);
  view["forest_high"] = value_text(style, scale.high);
}

std::string best_note(const Reading& reading) {
  const AddressResult& row = *reading.best;
  const std::string name = result::probe_name(row);
  return row.width > 0 ? fmt::format("{} probe, {} features", name, count(row.width)) : name + " probe";
}

}  // namespace

void view_where(const Reading& reading, Json& view) {
  view["where_answer"] = where_sentence(reading).html();
  const std::optional<Figure> figure = draw_figure("accuracy_by_address", reading);
  view["depth_svg"] = figure ? draw_svg_for_page(*figure) : "";
  view["panel"] = best_panel(reading);
  view["depth_caption"] = depth_caption(reading);
  Json metrics = Json::array();
  for (const MetricStyle& style : metrics_of(reading)) {
    metrics.push_back(
        {{"name", style.name}, {"short", style.short_title}, {"chosen", style.name == reading.style.name}});
  }
  view["metrics"] = metrics;
  view["has_valid"] = std::any_of(reading.curve.begin(), reading.curve.end(),
                                  [](auto* row) { return !row->valid_metrics.empty(); });
  view["has_train"] = std::any_of(reading.curve.begin(), reading.curve.end(),
                                  [](auto* row) { return !row->train_metrics.empty(); });
  numbers_behind(reading, view);
}

void view_baselines(const Reading& reading, Json& view) {
  const Interval* best = reading.best != nullptr ? reading.value(*reading.best) : nullptr;
  view["has_baselines"] = best != nullptr && std::isfinite(best->value) && !reading.result.baselines.empty();
  if (!view["has_baselines"].get<bool>()) return;
  view["real_answer"] = baseline_sentence(reading).html();
  Scale scale;
  scale.take(*best);
  for (const result::Baseline& baseline : reading.result.baselines) {
    if (const Interval* v = find(baseline.metrics, reading.style.name)) scale.take(*v);
  }
  forest_axis(scale, reading.style, view);
  Json rows = Json::array();
  Json mine = forest_row(scale, reading.style, *best);
  mine.update({{"name", reading.best->at}, {"note", best_note(reading)}, {"me", true}, {"code", true}});
  rows.push_back(std::move(mine));
  for (const result::Baseline* one : reading.baselines()) {
    const result::Baseline& baseline = *one;
    const Interval* v = find(baseline.metrics, reading.style.name);
    Json row = forest_row(scale, reading.style, *v);
    row["name"] = baseline_title(baseline.name);
    row["note"] = baseline.note;
    if (const Interval* d = find(baseline.best_minus_this, reading.style.name)) {
      row["difference"] = signed_text(reading.style, d->value);
      row["difference_ci"] = interval_text(reading.style, *d);
    }
    rows.push_back(std::move(row));
  }
  view["forest_rows"] = rows;
  view["ref"] = svg_percent(scale.at(best->value));
  view["forest_caption"] = fmt::format(
      "Differences are paired: both predictors are scored on the same resampled {}. An interval that leaves "
      "out 0 is a real difference at the {} level.",
      reading.rows(2), reading.level_percent());
}

}  // namespace sonde::report

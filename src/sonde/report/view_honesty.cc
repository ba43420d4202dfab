// The controls of the best probe: what each found, the shuffles and the learning curve as figures, and p
// values over addresses.
#include <fmt/format.h>

#include <cmath>

#include "sonde/report/figure_catalogue.h"
#include "sonde/report/sentences.h"
#include "sonde/report/svg.h"
#include "sonde/report/view.h"

namespace sonde::report {
namespace {

using Json = nlohmann::ordered_json;
using metrics::Interval;
using result::Control;

// The numbers of one control as texts; a name that is not there reads as undefined.
class Numbers {
 public:
  Numbers(const Reading& reading, const Control& control) : reading_(reading), control_(control) {}

  Interval at(std::string_view name) const {
    const Interval* found = find(control_.numbers, name);
    return found != nullptr ? *found : Interval{std::nan(""), std::nan(""), std::nan("")};
  }
  double value(std::string_view name) const { return at(name).value; }
  /// "78.3 % [77.1, 79.4]", in the headline metric.
  std::string measured(std::string_view name) const { return with_bounds(reading_.style, at(name)); }
  /// The same in another metric.
  static std::string measured(const MetricStyle& style, const Interval& v) { return with_bounds(style, v); }
  bool has(std::string_view name) const { return find(control_.numbers, name) != nullptr; }
  std::string gap(const MetricStyle& style, std::string_view name) const {
    const Interval v = at(name);
    const std::string bounds = interval_text(style, v);
    return signed_text(style, v.value) + (bounds.empty() ? "" : " " + bounds);
  }

 private:
  static std::string with_bounds(const MetricStyle& style, const Interval& v) {
    const std::string bounds = interval_text(style, v);
    return value_with_unit(style, v.value) + (bounds.empty() ? "" : " " + bounds);
  }
  const Reading& reading_;
  const Control& control_;
};

struct ControlWords {
  std::string title, result, details;
};

ControlWords words_of_shuffles(const Reading& reading, const Control& control, const Numbers& n) {
  return {"Shuffled labels", "p = " + fixed(n.value("p"), 3),
          fmt::format("{} on shuffled labels, {} {}; real labels {}; {} of labels moved",
                      n.measured("shuffled"), count(static_cast<std::int64_t>(control.draws.size())),
                      plural("fit", static_cast<std::int64_t>(control.draws.size())),
                      value_with_unit(reading.style, n.value("value")), percent(n.value("moved")))};
}

// In accuracy, or R² where the probe predicts numbers, whatever the headline metric.
ControlWords words_of_task(const Numbers& n) {
  const bool numbers = n.has("control_r2");
  const std::string metric = numbers ? "r2" : "accuracy";
  const MetricStyle style = metric_style(metric);
  const auto shown = [&](const std::string& name) { return value_with_unit(style, n.value(name)); };
  const char* what = numbers ? "number" : "label";
  return {"Control task", n.gap(style, "selectivity"),
          fmt::format("random {}s of {} types: {} on test, where remembering all gives {}; on train {}, the "
                      "real {} {}",
                      what, count(std::llround(n.value("types"))),
                      Numbers::measured(style, n.at("control_" + metric)), shown("ceiling"),
                      shown("control_train_" + metric), what, shown("task_train_" + metric))};
}

ControlWords words_of_codelength(const Numbers& n) {
  return {"Codelength", fixed(n.value("compression"), 2) + " times shorter",
          fmt::format("{} bits instead of {}; {} bits per label", count(std::llround(n.value("codelength"))),
                      count(std::llround(n.value("uniform_codelength"))), fixed(n.value("bits_per_row"), 3))};
}

ControlWords words_of_curve(const Reading& reading, const Control& control, const Numbers& n) {
  const auto rows = [&](std::size_t i) { return count(control.points[i].rows); };
  const std::string ends =
      control.points.empty()
          ? ""
          : fmt::format("{} after {} training {}, {} after {}", n.measured("first"), rows(0), reading.rows(2),
                        n.measured("last"), rows(control.points.size() - 1));
  return {"Learning curve", n.gap(reading.style, "last_step"), ends};
}

ControlWords words_of_seeds(const Reading& reading, const Numbers& n) {
  return {"Other training rows", n.measured("refits"),
          fmt::format("with other test {} as well {}; deviation {}, of seeds alone {}", reading.rows(2),
                      interval_text(reading.style, n.at("total")),
                      points_text(reading.style, n.value("deviation")),
                      points_text(reading.style, n.value("seed_only")))};
}

ControlWords words_of_erasure(const Reading& reading, const Numbers& n) {
  return {"Linear erasure", n.measured("erased"),
          fmt::format("before {}; without reading anything {}, difference {}",
                      value_with_unit(reading.style, n.value("real")),
                      value_with_unit(reading.style, n.value("floor")), n.gap(reading.style, "over_floor"))};
}

ControlWords words_of_nullspace(const Reading& reading, const Control& control, const Numbers& n) {
  const double directions = n.value("directions");
  const bool whole = directions == std::round(directions);  // of folds it is a mean
  const auto rounds = static_cast<std::int64_t>(control.draws.size());
  return {"Nullspace projection",
          fmt::format("{}{} {}", n.at("over_floor").low > 0 ? "more than " : "",
                      fixed(directions, whole ? 0 : 1), directions == 1 ? "direction" : "directions"),
          fmt::format("{} after {} {}; before {}, without reading anything {}", n.measured("left"),
                      count(rounds), plural("round", rounds), value_with_unit(reading.style, n.value("real")),
                      value_with_unit(reading.style, n.value("floor")))};
}

// Two models or states side by side.
ControlWords words_of_rival(const Reading& reading, const Numbers& n, std::string title) {
  const bool both = std::isfinite(n.value("best_minus_this"));
  return {std::move(title), n.measured("value"),
          both ? fmt::format("{} minus this: {}", reading.result.honesty.at,
                             n.gap(reading.style, "best_minus_this"))
               : ""};
}

ControlWords words_of_any(const Control& control) {
  ControlWords words{baseline_title(control.name), "", ""};
  for (const auto& [name, v] : control.numbers) {
    const std::string text = fixed(v.value, 3);
    if (words.result.empty())
      words.result = text;
    else
      words.details += fmt::format("{}{} {}", words.details.empty() ? "" : ", ", name, text);
  }
  return words;
}

ControlWords words_of(const Reading& reading, const Control& control) {
  const Numbers n(reading, control);
  if (control.numbers.empty() || !std::isfinite(control.numbers.front().second.value))
    return {baseline_title(control.name), "undefined", ""};
  if (control.name == "shuffled_labels") return words_of_shuffles(reading, control, n);
  if (control.name == "control_task") return words_of_task(n);
  if (control.name == "codelength") return words_of_codelength(n);
  if (control.name == "learning_curve") return words_of_curve(reading, control, n);
  if (control.name == "seeds") return words_of_seeds(reading, n);
  if (control.name == "erasure") return words_of_erasure(reading, n);
  if (control.name == "nullspace") return words_of_nullspace(reading, control, n);
  if (control.name == "random_weights") return words_of_rival(reading, n, "Random weights");
  if (control.name == "embeddings") return words_of_rival(reading, n, "Embeddings");
  return words_of_any(control);
}

Json figure_of(const Reading& reading, const char* name, std::string caption, Json& view) {
  const std::optional<Figure> figure = draw_figure(name, reading);
  if (!figure) return nullptr;
  const int number = view["last_figure"].get<int>() + 1;
  view["last_figure"] = number;
  return {{"figure", fmt::format("Figure {}", number)},
          {"svg", draw_svg_for_page(*figure)},
          {"caption", std::move(caption)}};
}

Json corrected(const Reading& reading) {
  Json rows = Json::array();
  for (const result::CorrectedAddress& entry : reading.result.honesty.addresses) {
    rows.push_back({{"at", entry.at},
                    {"probe", result::probe_name(entry)},
                    {"cells",
                     {fixed(entry.p, 3), fixed(entry.against_best, 3), fixed(entry.holm, 3),
                      fixed(entry.benjamini_hochberg, 3)}}});
  }
  return rows.empty() ? Json(nullptr) : Json{{"rows", rows}};
}

}  // namespace

void view_honesty(const Reading& reading, Json& view) {
  view["last_figure"] = 1;  // Figure 1 is the curve
  const result::Honesty& honesty = reading.result.honesty;
  view["has_controls"] = !honesty.controls.empty();
  if (honesty.controls.empty()) return;
  view["controls_answer"] = honesty_sentence(reading).html();
  Json rows = Json::array();
  for (const Control& control : honesty.controls) {
    ControlWords words = words_of(reading, control);
    std::string meaning = capital(control.summary) + ".";
    if (!control.note.empty()) meaning += " " + capital(control.note) + ".";
    rows.push_back({{"name", words.title},
                    {"meaning", std::move(meaning)},
                    {"result", words.result},
                    {"details", words.details}});
  }
  view["controls"] = rows;
  view["controls_caption"] = fmt::format(
      "Most fit the probe again, at this address; intervals are then the central {} of the refits, "
      "those of erasing and of differences are of resampled test {}, differences paired.",
      reading.level_percent(), reading.rows(2));
  view["shuffles_figure"] =
      figure_of(reading, "shuffled_labels", "What the probe reaches on test when labels are shuffled.", view);
  view["curve_figure"] = figure_of(
      reading, "learning_curve",
      fmt::format(
          "{} on test after fits to random parts of the training {}; strokes span the central {} of the "
          "parts.",
          reading.style.title, reading.rows(2), reading.level_percent()),
      view);
  view["corrected"] = corrected(reading);
}

}  // namespace sonde::report

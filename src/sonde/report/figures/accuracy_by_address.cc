// The headline metric by address: test with its interval as a band, the baselines as dashed rules, the chosen
// address ringed. Validation and train lines are left to the page, where they can be switched on.
#include <fmt/format.h>

#include <algorithm>

#include "sonde/report/figure_catalogue.h"

namespace sonde::report {
namespace {

using metrics::Interval;
using result::AddressResult;

/// Lowest and highest value seen, in units of the axis.
struct Range {
  double low = 1e300, high = -1e300;
  void take(double v) {
    if (std::isfinite(v)) low = std::min(low, v), high = std::max(high, v);
  }
};

std::string describe(const Reading& reading) {
  std::string out = reading.style.title + " on test by address.";
  for (const AddressResult* row : reading.curve) {
    if (const Interval* v = reading.value(*row))
      out += fmt::format(" {} {},", row->at, value_text(reading.style, v->value));
  }
  if (out.ends_with(',')) out.back() = '.';
  return out;
}

/// Baselines as rules, those of equal value once, in the order of the result.
void add_rules(const Reading& reading, Figure& figure, Range& range) {
  std::vector<double> seen;
  int dash = 0;
  for (const result::Baseline* baseline : reading.ruled()) {
    const Interval* v = baseline != nullptr ? find(baseline->metrics, reading.style.name) : nullptr;
    const int index = dash++;
    if (v == nullptr || !std::isfinite(v->value)) continue;
    const auto same = [&](double other) { return std::abs(other - v->value) < 1e-6; };
    if (std::any_of(seen.begin(), seen.end(), same)) continue;
    seen.push_back(v->value);
    Series rule{Mark::rule, Role::baseline, baseline_label(baseline->name), index, {}};
    rule.data.push_back({.y = v->value * reading.style.scale,
                         .label = rule.name,
                         .sub = value_with_unit(reading.style, v->value)});
    range.take(v->value * reading.style.scale);
    figure.series.push_back(std::move(rule));
  }
}

void add_ticks(const Reading& reading, Figure& figure) {
  const std::size_t n = reading.curve.size();
  const double gap =
      (figure.layout.width - figure.layout.left - figure.layout.right - 44.0) / std::max<double>(1, n - 1.0);
  const bool brief = gap < 72 || !reading.hidden_curve;
  const auto every = std::max<std::size_t>(1, static_cast<std::size_t>(std::ceil((brief ? 30 : 72) / gap)));
  for (std::size_t i = 0; i < n; ++i) {
    const bool best = reading.curve[i] == reading.best;
    Tick tick{.at = static_cast<double>(i), .strong = best};
    const std::string& at = reading.curve[i]->at;
    if (i % every == 0 || best)
      tick.label = !reading.hidden_curve ? std::to_string(i + 1) : brief ? at.substr(6) : at;
    if (reading.hidden_curve && n > 1 && at == "hidden[0]") tick.note = "embeddings";
    if (reading.hidden_curve && n > 1 && i + 1 == n) tick.note = "last";
    figure.x.ticks.push_back(std::move(tick));
  }
  if (brief)
    figure.x.label =
        reading.hidden_curve ? "hidden[i], deeper to the right" : "address, numbered as in Table 2";
}

void add_curve(const Reading& reading, Figure& figure, Range& range) {
  Series band{Mark::band, Role::main, "interval", 0, {}}, line{Mark::line, Role::main, "test", 0, {}};
  Series whisker{Mark::interval, Role::main, "interval", 0, {}};
  const double scale = reading.style.scale;
  for (std::size_t i = 0; i < reading.curve.size(); ++i) {
    const Interval* v = reading.value(*reading.curve[i]);
    const double x = static_cast<double>(i);
    line.data.push_back({.x = x, .y = v != nullptr ? v->value * scale : kNone});
    if (v == nullptr) continue;
    for (const double bound : {v->value, v->low, v->high}) range.take(bound * scale);
    if (!std::isfinite(v->low) || !std::isfinite(v->high)) continue;
    band.data.push_back({.x = x, .y = v->low * scale, .y2 = v->high * scale});
    whisker.data.push_back({.x = x, .y = v->low * scale, .x2 = x, .y2 = v->high * scale});
  }
  Series dots = line;
  dots.mark = Mark::points;
  if (reading.curve.size() > 1)
    figure.series.insert(figure.series.begin(), std::move(band));
  else
    figure.series.push_back(std::move(whisker));
  figure.series.push_back(std::move(line));
  figure.series.push_back(std::move(dots));
}

void add_callout(const Reading& reading, Figure& figure) {
  for (std::size_t i = 0; i < reading.curve.size(); ++i) {
    const Interval* v = reading.value(*reading.curve[i]);
    if (reading.curve[i] != reading.best || v == nullptr || !std::isfinite(v->value)) continue;
    const double top = std::isfinite(v->high) ? v->high : v->value;
    Callout callout{.x = static_cast<double>(i),
                    .y = v->value * reading.style.scale,
                    .text_y = top * reading.style.scale};
    callout.label = fmt::format("{} {}", reading.best->at, value_with_unit(reading.style, v->value));
    callout.sub = reading.result.best.chosen_on == "valid" ? "best, chosen on validation" : "best";
    figure.callouts.push_back(std::move(callout));
  }
}

std::optional<Figure> draw(const Reading& reading) {
  Figure figure;
  Range range;
  add_rules(reading, figure, range);
  add_curve(reading, figure, range);
  if (range.low > range.high || reading.curve.empty()) return std::nullopt;
  figure.name = "accuracy_by_address";
  figure.description = describe(reading);
  figure.layout.width = 814;
  const double pad = 0.06 * std::max(range.high - range.low, 1e-9);
  figure.y = {
      .label = fmt::format("{} on test{}{}", reading.style.title, reading.style.scale == 100 ? ", %" : "",
                           reading.style.low_is_better ? " (lower is better)" : ""),
      .low = range.low - pad,
      .high = range.high + pad,
      .ticks = {},
      .grid = true};
  for (const double at : round_ticks(figure.y.low, figure.y.high, 5)) {
    figure.y.ticks.push_back({.at = at, .label = fixed(at, reading.style.scale == 100 ? 0 : 2)});
  }
  const double n = static_cast<double>(reading.curve.size());
  const double side =
      n > 1 ? 22 * (n - 1) / (figure.layout.width - figure.layout.left - figure.layout.right - 44) : 1;
  figure.x = {.label = "", .low = -side, .high = n - 1 + side, .ticks = {}, .line = true, .addresses = true};
  add_ticks(reading, figure);
  add_callout(reading, figure);
  return figure;
}

}  // namespace

extern const FigureRecord accuracy_by_address_entry;
const FigureRecord accuracy_by_address_entry = {
    "accuracy_by_address", "the headline metric by address, with intervals and baselines", draw};

}  // namespace sonde::report

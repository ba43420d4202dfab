// Table 2: every address with its metrics.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "sonde/report/sentences.h"
#include "sonde/report/view.h"

namespace sonde::report {
namespace {

using Json = nlohmann::ordered_json;
using metrics::Interval;
using result::AddressResult;

/// Cut an address after each dot, where a line may break.
Json parts_of(const std::string& address) {
  Json parts = Json::array();
  for (std::size_t at = 0; at < address.size();) {
    const std::size_t dot = address.find('.', at);
    const std::size_t end = dot == std::string::npos ? address.size() : dot + 1;
    parts.push_back(address.substr(at, end - at));
    at = end;
  }
  return parts;
}

/// The bar from the majority class to the test value, on a scale that all rows share.
struct BarScale {
  double low = 0, high = 0;
  bool usable = false;
  double at(double v) const { return (v - low) / (high - low); }
};

BarScale bar_scale(const Reading& reading) {
  BarScale scale;
  const Interval* floor =
      reading.floor != nullptr ? find(reading.floor->metrics, reading.style.name) : nullptr;
  if (floor == nullptr || reading.style.low_is_better || !std::isfinite(floor->value)) return scale;
  scale.low = scale.high = floor->value;
  for (const AddressResult& row : reading.result.results) {
    const Interval* v = reading.value(row);
    if (v != nullptr && std::isfinite(v->value))
      scale.high = std::max({scale.high, v->value, std::isfinite(v->high) ? v->high : v->value});
  }
  scale.usable = scale.high > scale.low;
  return scale;
}

Json bar(const Reading& reading, const BarScale& scale, const Interval* v) {
  if (!scale.usable || v == nullptr || !std::isfinite(v->value)) return nullptr;
  Json out = {{"v", svg_percent(scale.at(v->value))}, {"interval", nullptr}, {"ref", ""}};
  if (std::isfinite(v->low) && std::isfinite(v->high))
    out["interval"] = {{"low", svg_percent(scale.at(v->low))}, {"high", svg_percent(scale.at(v->high))}};
  const Interval* rival = reading.rival != nullptr && reading.rival != reading.floor
                              ? find(reading.rival->metrics, reading.style.name)
                              : nullptr;
  if (rival != nullptr && rival->value >= scale.low && rival->value <= scale.high)
    out["ref"] = svg_percent(scale.at(rival->value));
  return out;
}

Json cell(std::string value, std::string ci = "", bool strong = false) {
  return {{"value", std::move(value)}, {"ci", std::move(ci)}, {"strong", strong}};
}

Json columns(const Reading& reading) {
  Json out = Json::array();
  const auto add = [&](std::string name, bool low) {
    out.push_back({{"name", std::move(name)}, {"low", low}});
  };
  if (reading.rival != nullptr) add("vs " + baseline_label(reading.rival->name), false);
  add("Valid.", reading.style.low_is_better);
  for (const MetricStyle& style : reading.beside()) add(style.short_title, style.low_is_better);
  add("Width", false);
  add("Steps", false);
  return out;
}

Json cells(const Reading& reading, const AddressResult& row) {
  Json out = Json::array();
  if (reading.rival != nullptr) {
    const Interval* d = difference_to(row, reading.rival->name, reading.style.name);
    const bool above = reading.against(row, reading.rival->name) == Standing::above;
    out.push_back(d != nullptr
                      ? cell(signed_text(reading.style, d->value), interval_text(reading.style, *d), above)
                      : cell(""));
  }
  const double valid = find(row.valid_metrics, reading.style.name);
  out.push_back(cell(std::isfinite(valid) ? value_text(reading.style, valid) : ""));
  for (const MetricStyle& style : reading.beside()) {
    const Interval* v = find(row.metrics, style.name);
    out.push_back(cell(v != nullptr ? value_text(style, v->value) : ""));
  }
  out.push_back(cell(row.width > 0 ? count(row.width) : ""));
  out.push_back(cell(count(row.n_iter) + (row.converged ? "" : " †")));
  return out;
}

std::string kind_of(const AddressResult& row) {
  if (!row.kind.empty()) return row.kind;
  return row.at.starts_with("hidden[") ? "hidden" : "other";
}

void kinds(const Reading& reading, Json& view) {
  static const std::vector<std::pair<std::string, std::string>> kNames = {
      {"hidden", "Hidden states"}, {"attention", "Attention"}, {"mlp", "MLP"}, {"other", "Other"}};
  std::map<std::string, std::int64_t> counts;
  for (const AddressResult& row : reading.result.results) ++counts[kind_of(row)];
  Json out = Json::array();
  const bool hidden_first = counts["hidden"] > 0;
  for (const auto& [kind, n] : std::map(counts)) {
    const auto known =
        std::find_if(kNames.begin(), kNames.end(), [&](const auto& name) { return name.first == kind; });
    if (known == kNames.end() && n > 0)
      out.push_back({{"value", kind}, {"name", capital(kind)}, {"count", count(n)}, {"chosen", false}});
  }
  Json first = Json::array();
  for (const auto& [kind, name] : kNames) {
    if (counts[kind] > 0)
      first.push_back(
          {{"value", kind}, {"name", name}, {"count", count(counts[kind])}, {"chosen", kind == "hidden"}});
  }
  for (Json& item : out) first.push_back(std::move(item));
  view["has_kinds"] = first.size() > 1;
  first.push_back({{"value", "all"},
                   {"name", "All"},
                   {"count", count(static_cast<std::int64_t>(reading.result.results.size()))},
                   {"chosen", !hidden_first}});
  view["kinds"] = first;
}

// What fits and what it reads.
std::string probe_text(const AddressResult& row) {
  std::string text = result::probe_name(row);
  for (const std::string& more : {row.read, row.pooling}) {
    if (!more.empty()) text += ", " + more;
  }
  return text;
}

}  // namespace

void view_addresses(const Reading& reading, Json& view) {
  view["modules_question"] = modules_question(reading);
  view["modules_answer"] = modules_sentence(reading).html();
  view["all_caption"] = modules_caption(reading).html();
  kinds(reading, view);
  const auto& results = reading.result.results;
  std::set<std::string> probes;
  for (const AddressResult& row : results) probes.insert(probe_text(row));
  view["has_probes"] = probes.size() > 1;
  const BarScale scale = bar_scale(reading);
  view["has_bar"] = scale.usable;
  view["all_columns"] = columns(reading);
  Json rows = Json::array();
  for (std::size_t i = 0; i < results.size(); ++i) {
    const AddressResult& row = results[i];
    const Interval* v = reading.value(row);
    const bool best = &row == reading.best;
    rows.push_back({{"i", i},
                    {"kind", kind_of(row)},
                    {"best", best},
                    {"tie", !best && reading.against_best(row) == Standing::level && !row.minus_best.empty()},
                    {"at_parts", parts_of(row.at)},
                    {"module", nullptr},
                    {"probe", probe_text(row)},
                    {"value", v != nullptr ? value_text(reading.style, v->value) : ""},
                    {"ci", v != nullptr ? interval_text(reading.style, *v) : ""},
                    {"bar", bar(reading, scale, v)},
                    {"cells", cells(reading, row)}});
    if (row.indistinguishable_from_best && !best) rows.back()["tie"] = true;
    if (!row.module.empty() && row.module != row.at)
      rows.back()["module"] = {{"parts", parts_of(row.module)}};
  }
  view["all_rows"] = rows;
}

}  // namespace sonde::report

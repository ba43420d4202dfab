// Texts that leave the report by the clipboard: they carry n, interval and every finding that can change a
// number.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "sonde/report/escape.h"
#include "sonde/report/sentences.h"

namespace sonde::report {
namespace {

using metrics::Interval;

std::string leak_words(const Reading& reading) {
  std::string out;
  for (const result::Leak& leak : reading.result.leaks) {
    if (leak.count == 0) continue;
    const std::string part = leak.part == "valid" ? "validation" : leak.part,
                      other = leak.other == "valid" ? "validation" : leak.other;
    const std::string what = leak.kind == "text"
                                 ? plural("text", leak.count)
                                 : fmt::format("{} (by {})", reading.rows(leak.count), leak.kind);
    out += fmt::format(" {} {} {} also {} in {}", count(leak.count), part, what,
                       leak.count == 1 ? "appears" : "appear", other);
    const double without = find(leak.without, reading.style.name);
    out += leak.action == "drop" ? " and were dropped."
           : std::isfinite(without)
               ? fmt::format("; without them {}.", value_with_unit(reading.style, without))
               : ".";
  }
  if (reading.best != nullptr && !reading.best->converged) out += " The probe stopped before converging.";
  return out;
}

std::string interval_words(const Reading& reading, const Interval& v) {
  return fmt::format("{} bootstrap interval {} to {}", reading.level_percent(),
                     value_text(reading.style, v.low), value_text(reading.style, v.high));
}

std::string probe_words(const Reading& reading) {
  for (const result::ProbeSpec& probe : reading.result.probes) {
    if (probe.name != reading.best->probe) continue;
    if (probe.name == "least_squares") return "a least-squares regression";
    if (probe.name == "ridge") return "a ridge regression";
    const auto c = probe.options.find("c");
    if (probe.name == "logistic") {
      const auto ratio = probe.options.find("l1_ratio");
      const bool l2 = ratio == probe.options.end() || (ratio->is_number() && ratio->get<double>() == 0);
      const std::string strength = c == probe.options.end() ? ""
                                   : c->is_number()         ? fmt::format(" (C = {:g})", c->get<double>())
                                                            : "";
      return (l2 ? "an L2-regularised logistic regression" : "a regularised logistic regression") + strength;
    }
  }
  return fmt::format("a probe of kind {}", reading.best->probe);
}

std::string pooling_words(const std::string& pooling) {
  if (pooling == "mean") return "the token vectors were averaged";
  if (pooling == "mean_content") return "the vectors of content tokens were averaged";
  if (pooling == "first") return "the vector of the first token was taken";
  if (pooling == "last") return "the vector of the last token was taken";
  if (pooling == "none") return "every token vector was given to the probe";
  if (pooling == "stored") return "the stored features were read";
  if (pooling == "max") return "the largest value over tokens was taken in each dimension";
  return fmt::format("token vectors were taken with the choice {}", pooling.empty() ? "none" : pooling);
}

/// A title that LaTeX sets.
std::string latex_title(const MetricStyle& style) { return style.name == "r2" ? "$R^2$" : style.title; }

/// The two metrics beside the headline metric.
std::array<MetricStyle, 2> latex_columns(const Reading& reading) {
  if (reading.numbers) return {metric_style("mae"), metric_style("spearman")};
  return {metric_style("mcc"), metric_style("auroc")};
}

std::string latex_row(const Reading& reading, const std::string& name, const result::Metrics& metrics) {
  const Interval* main = find(metrics, reading.style.name);
  std::string row = name + " & " + (main != nullptr ? value_text(reading.style, main->value) : "--") + " & " +
                    (main != nullptr ? interval_text(reading.style, *main) : "--");
  for (const MetricStyle& other : latex_columns(reading)) {
    const Interval* v = find(metrics, other.name);
    row += " & " + (v != nullptr ? value_text(other, v->value) : "--");
  }
  std::string out;
  for (std::size_t at = 0; at < row.size();) {  // a minus that LaTeX sets in its own way
    if (row.compare(at, 3, "\u2212") == 0)
      out += "$-$", at += 3;
    else
      out += row[at++];
  }
  return out + " \\\\\n";
}

std::string split_words(const std::string& method) {
  if (method == "column") return "split by a given column";
  if (method == "stratified") return "split at random by class";
  if (method == "values") return "split by value, so that tested values were never trained on";
  if (method == "sample") return "cut from a random sample";
  return method == "resubstitution" ? "trained and tested on the same rows" : "split at random";
}

}  // namespace

std::string copied_sentence(const Reading& reading) {
  if (reading.best == nullptr) return "Nothing was probed.";
  const Interval* v = reading.value(*reading.best);
  std::string out = headline_sentence(reading).plain();
  out += fmt::format(" (model {}; {} on test{}; {} interval, n = {}).", reading.model_name(),
                     reading.style.title,
                     reading.result.best.chosen_on == "valid" ? ", address chosen on validation" : "",
                     reading.level_percent(), count(reading.result.split.test));
  if (v != nullptr) out += " " + lead_sentence(reading).plain();
  return out + leak_words(reading);
}

std::string methods_text(const Reading& reading) {
  if (reading.best == nullptr) return "";
  const result::Result& r = reading.result;
  const Interval* v = reading.value(*reading.best);
  std::string out = fmt::format("We probed {} ({}, {} layers, width {}, {} parameters, {}) for {} on {} {}, ",
                                reading.model_name(), type_title(r.model.type), r.model.layers, r.model.width,
                                millions(r.model.parameters), dtype_title(r.model.dtype), reading.label(),
                                count(r.data.used), reading.rows(r.data.used));
  out += fmt::format("{} ({} train, {} validation, {} test). ",
                     r.split.group.empty() ? split_words(r.split.method) : "split by " + reading.groups(1),
                     count(r.split.train), count(r.split.valid), count(r.split.test));
  out += fmt::format("At each {} {} and {} was fitted on train", reading.places(1),
                     pooling_words(reading.best->pooling), probe_words(reading));
  const bool chosen = r.best.chosen_on == "valid" && reading.curve.size() > 1;
  out += chosen ? fmt::format("; the {} was chosen by validation {}. ", reading.places(1),
                              lower_title(metric_style(r.best.chosen_by.empty() ? reading.style.name
                                                                                : r.best.chosen_by)))
                : ". ";
  if (v == nullptr) return out;
  out += fmt::format("At {} test {} is {} ({})", reading.best->at, lower_title(reading.style),
                     value_with_unit(reading.style, v->value), interval_words(reading, *v));
  std::vector<std::string> against;
  for (const result::Baseline* baseline : {reading.floor, reading.rival}) {
    const Interval* theirs = baseline != nullptr ? find(baseline->metrics, reading.style.name) : nullptr;
    if (theirs == nullptr) continue;
    std::string words = fmt::format("{} for {}", value_with_unit(reading.style, theirs->value),
                                    baseline_in_sentence(baseline->name));
    const Interval* d = find(baseline->best_minus_this, reading.style.name);
    if (d != nullptr && baseline != reading.floor)
      words += fmt::format(" (paired difference {}, {} to {})", signed_text(reading.style, d->value),
                           value_text(reading.style, d->low), value_text(reading.style, d->high));
    against.push_back(std::move(words));
  }
  if (!against.empty()) out += ", against " + join_and(against);
  return out + "." + leak_words(reading);
}

std::string latex_table(const Reading& reading) {
  std::string out = "\\begin{tabular}{lrrrr}\n\\toprule\n";
  out +=
      fmt::format("Address & {}{} & {}\\% interval & {} & {} \\\\\n\\midrule\n", latex_title(reading.style),
                  reading.style.scale == 100 ? " (\\%)" : "", fixed(100 * reading.result.level, 0),
                  latex_columns(reading)[0].title, latex_columns(reading)[1].title);
  for (const result::AddressResult* row : reading.curve) {
    const std::string name = escape_latex(row->at);
    out += latex_row(reading, row == reading.best ? "\\textbf{" + name + "}" : name, row->metrics);
  }
  if (!reading.result.baselines.empty()) out += "\\midrule\n";
  for (const result::Baseline& baseline : reading.result.baselines) {
    if (baseline.task != reading.result.task) continue;
    out += latex_row(reading, escape_latex(baseline_label(baseline.name)), baseline.metrics);
  }
  return out + "\\bottomrule\n\\end{tabular}";
}

std::string bibtex_entry(const Reading& reading) {
  std::string version = "unknown";
  for (const auto& [name, value] : reading.result.versions) {
    if (name == "sonde") version = value;
  }
  const std::string& created = reading.result.provenance.created;
  const std::string year = created.size() >= 4 ? created.substr(0, 4) : "";
  return fmt::format(
      "@software{{sonde,\n  title   = {{Sonde: probing language models}},\n  version = {{{}}}{}\n}}", version,
      year.empty() ? "" : fmt::format(",\n  year    = {{{}}}", year));
}

}  // namespace sonde::report

// How the best probe behaves: confusion, scores, calibration, classes, text length; and what it gets wrong.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sonde/report/figure_catalogue.h"
#include "sonde/report/sentences.h"
#include "sonde/report/svg.h"
#include "sonde/report/view.h"

namespace sonde::report {
namespace {

using Json = nlohmann::ordered_json;
using metrics::Interval;

/// Numbers the figures of this section in the order in which they are there.
struct Numbering {
  int last;  // of the sections before
  std::string next() { return fmt::format("Figure {}", ++last); }
};

std::string shade(double share) {
  return fmt::format("t{} {}", std::lround(share * 20), share > 0.725 ? "d" : share > 0.54 ? "e" : "");
}

Json summary(const Reading& reading) {
  Json out = Json::array();
  const auto add = [&](const char* name, std::string value) {
    out.push_back({{"name", name}, {"value", std::move(value)}});
  };
  const result::Best& best = reading.result.best;
  const auto metric = [&](const char* name) { return find(best.metrics, name); };
  if (const Interval* v = metric("accuracy")) add("Accuracy", percent(v->value));
  if (best.per_class.size() == 2) {
    add("Precision", percent(best.per_class[1].precision));
    add("Recall", percent(best.per_class[1].recall));
  } else if (const Interval* v = metric("balanced_accuracy")) {
    add("Balanced", percent(v->value));
  }
  if (const Interval* v = metric("mcc")) add("MCC", fixed(v->value, 3));
  return out;
}

Json confusion(const Reading& reading, Numbering& numbering) {
  const result::Confusion& c = reading.result.best.confusion;
  const std::size_t k = c.classes.size();
  if (k == 0 || c.counts.size() != k) return nullptr;
  Json rows = Json::array();
  for (std::size_t r = 0; r < k; ++r) {
    const auto total = std::accumulate(c.counts[r].begin(), c.counts[r].end(), std::int64_t{0});
    Json cells = Json::array();
    for (std::size_t s = 0; s < c.counts[r].size(); ++s) {
      const double share = total > 0 ? static_cast<double>(c.counts[r][s]) / static_cast<double>(total) : 0;
      cells.push_back({{"count", count(c.counts[r][s])},
                       {"share", total > 0 ? percent(share) : ""},
                       {"shade", r == s ? shade(share) : "no"}});
    }
    rows.push_back({{"name", c.classes[r]}, {"cells", cells}});
  }
  std::string caption = "Counts, and the share of each row.";
  if (k == 2) caption += fmt::format(" Precision and recall are those of “{}”.", c.classes[1]);
  return {
      {"figure", numbering.next()},  {"columns", c.classes}, {"rows", rows}, {"many", k > 3}, {"wide", k > 6},
      {"summary", summary(reading)}, {"caption", caption}};
}

Json scores(const Reading& reading, Numbering& numbering) {
  const std::optional<Figure> figure = draw_figure("scores", reading);
  if (!figure) return nullptr;
  const auto& hundredths = reading.result.best.calibration.scores;
  const auto& classes = reading.result.data.classes;
  Json rows = Json::array();
  for (std::size_t decile = 0; decile < 10; ++decile) {
    Json cells = {fmt::format("{:.1f} to {:.1f}", 0.1 * static_cast<double>(decile),
                              0.1 * static_cast<double>(decile + 1))};
    for (const auto& one : hundredths) {
      const auto from = one.begin() + static_cast<std::ptrdiff_t>(10 * decile);
      cells.push_back(count(std::accumulate(from, from + 10, std::int64_t{0})));
    }
    rows.push_back({{"cells", cells}});
  }
  const std::string caption = fmt::format(
      "Predicted probability of {} on test: {} above the line, {} below; pale bars are errors. The slider "
      "moves the confusion matrix. For real use choose a threshold on validation.",
      classes[1].name, classes[0].name, classes[1].name);
  return {{"figure", numbering.next()},
          {"svg", draw_svg_for_page(*figure)},
          {"positive", classes[1].name},
          {"columns", {classes[0].name, classes[1].name}},
          {"rows", rows},
          {"caption", caption}};
}

Json calibration(const Reading& reading, Numbering& numbering) {
  const std::optional<Figure> figure = draw_figure("calibration", reading);
  if (!figure) return nullptr;
  const result::Calibration& c = reading.result.best.calibration;
  Json rows = Json::array();
  for (const result::CalibrationBin& bin : c.bins) {
    Json cells = {fmt::format("{:.1f} to {:.1f}", bin.low, bin.high), count(bin.n)};
    const bool there = bin.n > 0;
    for (std::string text :
         {fixed(bin.predicted, 3), fixed(bin.observed.value, 3),
          fmt::format("[{}, {}]", fixed(bin.observed.low, 3), fixed(bin.observed.high, 3))}) {
      cells.push_back(there ? std::move(text) : std::string());
    }
    rows.push_back({{"cells", cells}});
  }
  const std::string share =
      c.positive.empty() ? "Share that is right against the probability of the predicted class"
                         : fmt::format("Share that is {} against the predicted probability", c.positive);
  const std::string caption =
      fmt::format("{}, {} bins; bars are {} Wilson intervals, area follows the count.", share, c.bins.size(),
                  reading.level_percent());
  return {{"figure", numbering.next()},
          {"svg", draw_svg_for_page(*figure)},
          {"level", reading.level_percent()},
          {"rows", rows},
          {"caption", caption}};
}

Json numbers(const Reading& reading, Numbering& numbering) {
  const std::optional<Figure> figure = draw_figure("predicted_numbers", reading);
  if (!figure) return nullptr;
  const result::Best& best = reading.result.best;
  Json summary = Json::array();
  for (const char* name : {"r2", "mae", "rmse", "spearman", "rounded_accuracy"}) {
    const Interval* v = find(best.metrics, name);
    const MetricStyle style = metric_style(name);
    if (v == nullptr || !std::isfinite(v->value)) continue;
    summary.push_back({{"name", style.short_title}, {"value", value_with_unit(style, v->value)}});
  }
  const auto shown = static_cast<std::int64_t>(best.numbers.pairs.size()), n = reading.result.split.test;
  const std::string which =
      shown < n ? fmt::format("{} of {} test {}, evenly spaced", count(shown), count(n), reading.rows(n))
                : fmt::format("{} test {}", count(n), reading.rows(n));
  return {{"figure", numbering.next()},
          {"svg", draw_svg_for_page(*figure)},
          {"summary", summary},
          {"caption", fmt::format("Predicted against true {}, {}; on the dotted line both agree.",
                                  reading.label(), which)}};
}

Json class_table(const Reading& reading) {
  const auto& classes = reading.result.data.classes;
  if (classes.empty()) return nullptr;
  const auto& per_class = reading.result.best.per_class;
  Json columns = {"All", "Train", "Valid.", "Test"};
  if (!per_class.empty()) columns.insert(columns.end(), {Json("Precision"), Json("Recall"), Json("F1")});
  Json rows = Json::array();
  for (const result::ClassCount& c : classes) {
    Json cells = {count(c.count), count(c.train), count(c.valid), count(c.test)};
    for (const result::PerClass& p : per_class) {
      if (p.name != c.name) continue;
      for (const double v : {p.precision, p.recall, p.f1}) cells.push_back(fixed(v, 3));
    }
    rows.push_back({{"name", c.name}, {"k", class_mark(reading, c.name)}, {"cells", cells}});
  }
  const std::string caption =
      per_class.empty()
          ? fmt::format("{} per class and part.", capital(reading.rows(2)))
          : fmt::format("{} per class and part; precision, recall and F1 on test.", capital(reading.rows(2)));
  return {{"columns", columns}, {"rows", rows}, {"caption", caption}};
}

Json tokens(const Reading& reading, Numbering& numbering) {
  const std::optional<Figure> figure = draw_figure("token_lengths", reading);
  if (!figure) return nullptr;
  const result::Data& data = reading.result.data;
  Json rows = Json::array();
  for (const result::TokenBin& bin : data.tokens.histogram) {
    const std::string span = bin.high - bin.low <= 1
                                 ? count(bin.low)
                                 : fmt::format("{} to {}", count(bin.low), count(bin.high - 1));
    rows.push_back({{"cells", {span, count(bin.count)}}});
  }
  std::string caption = fmt::format(
      "Tokens per text, special tokens included, before cutting: shortest {}, median {}, 95th percentile {}, "
      "longest {}.",
      count(data.tokens.min), fixed(data.tokens.median, 0), fixed(data.tokens.p95, 0),
      count(data.tokens.max));
  caption += data.truncated > 0
                 ? fmt::format(" {} {} cut at {}.", count(data.truncated),
                               data.truncated == 1 ? "text was" : "texts were", count(data.max_length))
                 : " No text was cut.";
  return {{"figure", numbering.next()},
          {"svg", draw_svg_for_page(*figure)},
          {"rows_noun", capital(reading.rows(2))},
          {"rows", rows},
          {"caption", caption}};
}

std::string mistake_kind(const Reading& reading, const result::Mistake& mistake) {
  const auto& classes = reading.result.data.classes;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    if (classes[i].name == mistake.label) return std::to_string(i);
  }
  return "other";
}

/// Filters: for two classes both directions, for up to six the true class.
Json mistake_kinds(const Reading& reading) {
  const auto& classes = reading.result.data.classes;
  Json out = Json::array();
  if (classes.size() < 2 || classes.size() > 6) return out;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const std::string name = classes.size() == 2
                                 ? fmt::format("{} read as {}", capital(classes[i].name), classes[1 - i].name)
                                 : capital(classes[i].name);
    out.push_back({{"value", std::to_string(i)}, {"name", name}});
  }
  return out;
}

std::string signed_number(double value) { return (value > 0 ? "+" : "") + plain_number(value); }

/// The test rows whose number is farthest off.
void view_errors(const Reading& reading, const ReportOptions& options, Json& view) {
  const auto& errors = reading.result.best.numbers.errors;
  const bool shown = options.row_texts == RowTexts::shown && !errors.empty();
  view["has_mistakes"] = !errors.empty();
  view["show_mistakes"] = shown;
  view["has_mistake_kinds"] = false;
  view["mistakes"] = Json::array();
  Sentence answer = mistakes_sentence(reading);
  if (!shown) answer.text(" Their texts are left out of this report.");
  view["mistakes_answer"] = answer.html();
  if (!shown) return;
  for (const result::NumberError& e : errors) {
    view["mistakes"].push_back({{"kind", "number"},
                                {"text", e.text},
                                {"group", e.group},
                                {"row", count(e.row)},
                                {"label", plain_number(e.truth)},
                                {"predicted", plain_number(e.predicted)},
                                {"error", signed_number(e.predicted - e.truth)}});
  }
}

}  // namespace

void view_probe(const Reading& reading, Json& view) {
  Numbering numbering{view["last_figure"].get<int>()};
  view["confusion"] = confusion(reading, numbering);
  view["numbers"] = numbers(reading, numbering);
  view["scores"] = scores(reading, numbering);
  view["calibration"] = calibration(reading, numbering);
  view["class_table"] = class_table(reading);
  view["tokens"] = tokens(reading, numbering);
  view_sparse(reading, numbering.last, view);
  view["probe_answer"] = probe_sentence(reading).html();
  bool any = view["has_sparse"];
  for (const char* part : {"confusion", "numbers", "scores", "calibration", "class_table", "tokens"})
    any = any || !view[part].is_null();
  view["has_behaviour"] = any;
}

void view_mistakes(const Reading& reading, const ReportOptions& options, Json& view) {
  if (reading.numbers) return view_errors(reading, options, view);
  const result::Best& best = reading.result.best;
  view["has_mistakes"] = best.mistakes_total > 0;
  const bool shown = options.row_texts == RowTexts::shown && !best.mistakes.empty();
  view["show_mistakes"] = shown;
  Sentence answer = mistakes_sentence(reading);
  if (shown)
    answer.text(
        fmt::format(" {} it was most sure of.", best.mistakes.size() == 1
                                                    ? "This is the one"
                                                    : fmt::format("These are the {}", best.mistakes.size())));
  else
    answer.text(" Their texts are left out of this report.");
  view["mistakes_answer"] = answer.html();
  view["mistakes"] = Json::array();
  if (!shown) return;
  view["mistake_kinds"] = mistake_kinds(reading);
  view["has_mistake_kinds"] = !view["mistake_kinds"].empty();
  for (const result::Mistake& m : best.mistakes) {
    view["mistakes"].push_back({{"kind", mistake_kind(reading, m)},
                                {"text", m.text},
                                {"group", m.group},
                                {"row", count(m.row)},
                                {"label", m.label},
                                {"label_k", class_mark(reading, m.label)},
                                {"predicted", m.predicted},
                                {"predicted_k", class_mark(reading, m.predicted)},
                                {"probability", percent(m.probability)}});
  }
}

}  // namespace sonde::report

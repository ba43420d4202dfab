// What the published study does and what this edition does instead: the slips as a table, and the two
// editions side by side where both were run.
#include <fmt/format.h>

#include "sonde/report/figure_catalogue.h"
#include "sonde/report/svg.h"
#include "sonde/report/view.h"

namespace sonde::report {
namespace {

using Json = nlohmann::ordered_json;
using result::EditionScore;

std::string score_text(const MetricStyle& style, const metrics::Interval& v) {
  const std::string bounds = interval_text(style, v);
  return value_with_unit(style, v.value) + (bounds.empty() ? "" : " " + bounds);
}

Sentence answer(const Reading& reading) {
  const result::Recipe& recipe = reading.result.recipe;
  Sentence out;
  out.text("This is ").strong(recipe.title).text(fmt::format(", run as {}. ", recipe.edition));
  if (const result::OtherEdition& other = recipe.other; !other.edition.empty()) {
    const MetricStyle style = metric_style(other.metric);
    out.text(fmt::format("As {} its best is ", other.edition))
        .code(other.best.at)
        .text(" with ")
        .value(score_text(style, other.best.value));
    if (reading.best != nullptr) {
      out.text(fmt::format("; as {} it is ", recipe.edition)).code(reading.best->at).text(" with ");
      const metrics::Interval* mine = reading.value(*reading.best);
      if (mine != nullptr) out.value(score_text(reading.style, *mine));
    }
    out.text(". The two are measured on different rows and in different ways; the table says what differs.");
  }
  return out;
}

// Both editions' scores of what either probed, in the order of this one.
Json rows_of_both(const Reading& reading) {
  const result::OtherEdition& other = reading.result.recipe.other;
  const MetricStyle style = metric_style(other.metric);
  const auto other_of = [&](const std::string& at, const std::string& probe) -> const EditionScore* {
    for (const EditionScore& score : other.scores) {
      if (score.at == at && score.probe == probe) return &score;
    }
    return nullptr;
  };
  Json rows = Json::array();
  for (const result::AddressResult& row : reading.result.results) {
    const metrics::Interval* mine = find(row.metrics, other.metric);
    const EditionScore* beside = other_of(row.at, row.probe);
    rows.push_back({{"at", row.at},
                    {"cells",
                     {row.probe, beside != nullptr ? score_text(style, beside->value) : "–",
                      mine != nullptr ? score_text(style, *mine) : "–"}}});
  }
  for (const EditionScore& score : other.scores) {
    const bool there = std::ranges::any_of(reading.result.results, [&](const auto& row) {
      return row.at == score.at && row.probe == score.probe;
    });
    if (!there)
      rows.push_back({{"at", score.at}, {"cells", {score.probe, score_text(style, score.value), "–"}}});
  }
  return rows;
}

}  // namespace

void view_recipe(const Reading& reading, Json& view) {
  const result::Recipe& recipe = reading.result.recipe;
  view["has_recipe"] = !recipe.name.empty();
  if (recipe.name.empty()) return;
  view["recipe_answer"] = answer(reading).html();
  view["recipe_source"] = recipe.source;
  view["slips"] = Json::array();
  for (const result::Slip& slip : recipe.slips) {
    view["slips"].push_back({{"title", capital(slip.title)},
                             {"published", capital(slip.published) + "."},
                             {"corrected", capital(slip.corrected) + "."}});
  }
  view["editions"] = nullptr;
  if (recipe.other.edition.empty()) return;
  const std::optional<Figure> figure = draw_figure("editions", reading);
  view["editions"] = {{"other", recipe.other.edition},
                      {"mine", recipe.edition},
                      {"report", recipe.other.report},
                      {"metric", metric_style(recipe.other.metric).title},
                      {"svg", figure ? Json(draw_svg_for_page(*figure)) : Json(nullptr)},
                      {"rows", rows_of_both(reading)}};
}

}  // namespace sonde::report

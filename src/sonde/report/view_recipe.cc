// What the published study does and what this edition does instead: the slips as a table, and the two
// editions side by side where both were run.
#include <fmt/format.h>

#include <algorithm>

#include "sonde/report/edition_scores.h"
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
  const std::vector<const EditionScore*> beside_each = scores_beside(reading.result);
  Json rows = Json::array();
  for (std::size_t i = 0; i < beside_each.size(); ++i) {
    const result::AddressResult& row = reading.result.results[i];
    const metrics::Interval* mine = find(row.metrics, other.metric);
    const EditionScore* beside = beside_each[i];
    rows.push_back({{"at", row.at},
                    {"cells",
                     {result::probe_name(row), beside != nullptr ? score_text(style, beside->value) : "–",
                      mine != nullptr ? score_text(style, *mine) : "–"}}});
  }
  for (const EditionScore& score : other.scores) {
    if (std::ranges::find(beside_each, &score) == beside_each.end())
      rows.push_back(
          {{"at", score.at}, {"cells", {result::probe_name(score), score_text(style, score.value), "–"}}});
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

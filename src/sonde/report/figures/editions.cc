// A recipe's two editions by address: this one with its intervals, the other as a second line. Only addresses
// that this edition probed have a place.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sonde/report/edition_scores.h"
#include "sonde/report/figure_catalogue.h"
#include "sonde/report/value_axis.h"

namespace sonde::report {
namespace {

// The other edition's scores along the curve: of the same probe, or where it has none, of the one it chose.
std::vector<const result::EditionScore*> other_scores(const Reading& reading) {
  const std::vector<const result::EditionScore*> beside = scores_beside(reading.result);
  std::vector<const result::EditionScore*> scores;
  for (const result::AddressResult* row : reading.curve)
    scores.push_back(beside[static_cast<std::size_t>(row - reading.result.results.data())]);
  if (std::ranges::any_of(scores, [](const auto* score) { return score != nullptr; })) return scores;
  const result::OtherEdition& other = reading.result.recipe.other;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const auto found = std::ranges::find_if(other.scores, [&](const result::EditionScore& score) {
      return score.at == reading.curve[i]->at && probe_name(score) == probe_name(other.best);
    });
    if (found != other.scores.end()) scores[i] = &*found;
  }
  return scores;
}

// One edition along the addresses; NaN where it has no score.
struct Curve {
  Series band{Mark::band, Role::main, "interval", 0, {}};
  Series line{Mark::line, Role::main, "", 0, {}};
  Series dots{Mark::points, Role::main, "", 0, {}};

  void add(double x, const metrics::Interval& v, double scale) {
    line.data.push_back({.x = x, .y = v.value * scale});
    dots.data.push_back({.x = x, .y = v.value * scale});
    if (std::isfinite(v.low) && std::isfinite(v.high))
      band.data.push_back({.x = x, .y = v.low * scale, .y2 = v.high * scale});
  }
};

void fit_axes(Figure& figure, const Reading& reading) {
  figure.y = metric_axis(reading.style, figure.series);
  const auto n = static_cast<double>(reading.curve.size());
  figure.x = {.label = reading.hidden_curve ? "hidden[i], deeper to the right" : "address, as in Table 2",
              .low = -0.03 * n,
              .high = n - 1 + 0.03 * n,
              .ticks = {},
              .line = true};
  const std::size_t every = reading.curve.size() / 20 + 1;
  for (std::size_t i = 0; i < reading.curve.size(); i += every) {
    const std::string& at = reading.curve[i]->at;
    figure.x.ticks.push_back(
        {.at = static_cast<double>(i), .label = reading.hidden_curve ? at.substr(6) : std::to_string(i + 1)});
  }
}

std::optional<Figure> draw(const Reading& reading) {
  const result::Recipe& recipe = reading.result.recipe;
  if (recipe.other.edition.empty() || recipe.other.metric != reading.result.metric ||
      reading.curve.size() < 2)
    return std::nullopt;
  Curve mine, other;
  mine.line.name = "as " + recipe.edition, other.line.name = "as " + recipe.other.edition;
  other.line.role = other.dots.role = Role::train;
  std::string values;
  const std::vector<const result::EditionScore*> scores = other_scores(reading);
  for (std::size_t i = 0; i < reading.curve.size(); ++i) {
    const metrics::Interval* here = reading.value(*reading.curve[i]);
    const metrics::Interval* there = scores[i] != nullptr ? &scores[i]->value : nullptr;
    const auto x = static_cast<double>(i);
    if (here != nullptr) mine.add(x, *here, reading.style.scale);
    if (there != nullptr) other.add(x, *there, reading.style.scale);
    if (here != nullptr && there != nullptr)
      values += fmt::format(" {} {} and {},", reading.curve[i]->at, value_text(reading.style, here->value),
                            value_text(reading.style, there->value));
  }
  if (other.line.data.empty()) return std::nullopt;
  if (values.ends_with(',')) values.back() = '.';
  Figure figure;
  figure.name = "editions";
  figure.description = fmt::format("{} on test by address, as {} and as {}:{}", reading.style.title,
                                   recipe.edition, recipe.other.edition, values);
  figure.notes = {{.x = mine.line.data.back().x, .y = mine.line.data.back().y, .label = mine.line.name},
                  {.x = other.line.data.back().x, .y = other.line.data.back().y, .label = other.line.name}};
  for (Series* series : {&mine.band, &other.line, &other.dots, &mine.line, &mine.dots})
    figure.series.push_back(std::move(*series));
  fit_axes(figure, reading);
  figure.layout.width = 1104;
  return figure;
}

}  // namespace

extern const FigureRecord editions_entry;
const FigureRecord editions_entry = {"editions", "a recipe as published and as corrected, by address", draw};

}  // namespace sonde::report

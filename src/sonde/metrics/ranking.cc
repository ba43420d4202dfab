#include "sonde/metrics/ranking.h"

#include <algorithm>
#include <numeric>

namespace sonde::metrics {

Ranking rank_rows(std::span<const double> values) {
  Ranking ranking{std::vector<std::int32_t>(values.size()), std::vector<std::uint8_t>(values.size())};
  std::iota(ranking.order.begin(), ranking.order.end(), 0);
  std::stable_sort(ranking.order.begin(), ranking.order.end(),
                   [&](std::int32_t a, std::int32_t b) { return values[a] < values[b]; });
  for (std::size_t i = 0; i + 1 < values.size(); ++i)
    ranking.ties_next[i] = values[ranking.order[i]] == values[ranking.order[i + 1]];
  return ranking;
}

std::vector<ClassRanking> one_against_rest(const Predictions& predictions) {
  std::vector<ClassRanking> rankings;
  if (!predictions.has_scores()) return rankings;
  std::vector<double> scores(static_cast<std::size_t>(predictions.rows()));
  for (int c = predictions.classes == 2 ? 1 : 0; c < predictions.classes; ++c) {
    for (std::int64_t i = 0; i < predictions.rows(); ++i) scores[i] = predictions.scores.row(i)[c];
    ClassRanking ranking{rank_rows(scores), {}};
    for (const std::int32_t row : ranking.order) ranking.positive.push_back(predictions.truth[row] == c);
    rankings.push_back(std::move(ranking));
  }
  return rankings;
}

}  // namespace sonde::metrics

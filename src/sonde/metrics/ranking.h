// Rows in ascending order of a value, with ties marked: sorted once, walked by every resample.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "sonde/metrics/predictions.h"

namespace sonde::metrics {

/// The rows in ascending order of a value.
struct Ranking {
  std::vector<std::int32_t> order;      ///< [n]
  std::vector<std::uint8_t> ties_next;  ///< [n] whether the next row in that order has the same value
};

/// Sort rows by a value; equal ones stay in the order of the rows.
Ranking rank_rows(std::span<const double> values);

/// The rows in ascending order of one class's score.
struct ClassRanking : Ranking {
  std::vector<std::uint8_t> positive;  ///< [n] in that order, whether the row is of the class
};

/// Rank the rows by the score of each class that is told from the rest; with two classes only the second,
/// since both sides say the same. Empty without scores.
std::vector<ClassRanking> one_against_rest(const Predictions& predictions);

/// Average a figure over classes, leaving out those for which it is NaN; NaN when none is left.
template <class Figure>
double mean_over(std::span<const ClassRanking> rankings, Figure figure) {
  double sum = 0;
  int defined = 0;
  for (const ClassRanking& ranking : rankings) {
    const double value = figure(ranking);
    if (value != value) continue;
    sum += value;
    ++defined;
  }
  return defined > 0 ? sum / defined : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace sonde::metrics

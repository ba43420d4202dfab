#include "sonde/data/token_lengths.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace sonde::data {
namespace {

double percentile(const std::vector<std::int64_t>& sorted, double fraction) {
  const double position = fraction * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  const auto low = static_cast<double>(sorted[below]), high = static_cast<double>(sorted[above]);
  return low + (position - static_cast<double>(below)) * (high - low);
}

}  // namespace

TokenLengths token_lengths(std::span<const std::int64_t> lengths, std::int64_t truncated) {
  TokenLengths result{.truncated = truncated};
  if (lengths.empty()) return result;
  std::vector<std::int64_t> sorted(lengths.begin(), lengths.end());
  std::ranges::sort(sorted);
  result.min = sorted.front();
  result.max = sorted.back();
  result.median = percentile(sorted, 0.5);
  result.p95 = percentile(sorted, 0.95);
  result.total = std::accumulate(sorted.begin(), sorted.end(), std::int64_t{0});
  return result;
}

}  // namespace sonde::data

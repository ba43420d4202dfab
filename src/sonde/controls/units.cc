#include "sonde/controls/units.h"

#include <algorithm>
#include <map>
#include <utility>

#include "sonde/core/error.h"

namespace sonde::controls {

Units::Units(std::int64_t rows, std::span<const std::int64_t> groups) : row_count_(rows) {
  SONDE_ASSERT(groups.empty() || static_cast<std::int64_t>(groups.size()) == rows);
  std::map<std::int64_t, std::size_t> unit_of;
  for (std::int64_t row = 0; row < rows; ++row) {
    const std::int64_t group = groups.empty() ? row : groups[row];
    const auto [found, is_new] = unit_of.emplace(group, rows_.size());
    if (is_new) rows_.emplace_back();
    rows_[found->second].push_back(row);
  }
}

std::vector<std::int64_t> Units::shuffled(const RandomStream& stream) const {
  std::vector<std::int64_t> order;
  for (const std::int64_t unit : stream.permutation(count()))
    order.insert(order.end(), rows_[unit].begin(), rows_[unit].end());
  return order;
}

std::vector<std::int64_t> Units::subset(std::int64_t least, std::span<const std::int32_t> labels, int classes,
                                        const RandomStream& stream) const {
  std::vector<std::int64_t> chosen;
  std::vector<char> held(static_cast<std::size_t>(classes));
  for (const std::int64_t unit : stream.permutation(count())) {
    const std::vector<std::int64_t>& own = rows_[unit];
    const bool brings =
        !labels.empty() && std::ranges::any_of(own, [&](std::int64_t row) { return held[labels[row]] == 0; });
    if (static_cast<std::int64_t>(chosen.size()) >= least && !brings) continue;
    chosen.insert(chosen.end(), own.begin(), own.end());
    if (labels.empty()) continue;
    for (const std::int64_t row : own) held[labels[row]] = 1;
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

std::vector<std::int64_t> Units::resample(std::span<const std::int32_t> labels, int classes,
                                          const RandomStream& stream) const {
  std::vector<std::int64_t> drawn;
  for (std::int64_t i = 0; i < count(); ++i) {
    const std::vector<std::int64_t>& own = rows_[stream.below(count(), i)];
    drawn.insert(drawn.end(), own.begin(), own.end());
  }
  if (!labels.empty()) {
    std::vector<char> held(static_cast<std::size_t>(classes));
    for (const std::int64_t row : drawn) held[labels[row]] = 1;
    for (std::int64_t row = 0; row < row_count_; ++row) {
      if (std::exchange(held[labels[row]], 1) == 0) drawn.push_back(row);
    }
  }
  std::sort(drawn.begin(), drawn.end());
  return drawn;
}

std::vector<std::uint32_t> Units::weights(const RandomStream& stream) const {
  std::vector<std::uint32_t> weights(static_cast<std::size_t>(row_count_));
  for (std::int64_t i = 0; i < count(); ++i) {
    for (const std::int64_t row : rows_[stream.below(count(), i)]) ++weights[row];
  }
  return weights;
}

}  // namespace sonde::controls

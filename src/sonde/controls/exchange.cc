#include "sonde/controls/exchange.h"

#include <algorithm>
#include <map>

#include "sonde/controls/units.h"

namespace sonde::controls {
namespace {

using Rows = std::vector<std::int64_t>;

Rows reordered(std::span<const std::int64_t> rows, const RandomStream& stream) {
  Rows moved;
  for (const std::int64_t from : stream.permutation(static_cast<std::int64_t>(rows.size())))
    moved.push_back(rows[from]);
  return moved;
}

// Every row of a group gets its label from the first row of another.
Rows between_groups(const Units& units, const RandomStream& stream) {
  const Rows order = stream.permutation(units.count());
  Rows from(units.row_count());
  for (std::int64_t unit = 0; unit < units.count(); ++unit) {
    for (const std::int64_t row : units.rows(unit)) from[row] = units.rows(order[unit]).front();
  }
  return from;
}

Rows within_and_between(const Units& units, const RandomStream& stream) {
  std::map<std::size_t, Rows> of_size;
  for (std::int64_t unit = 0; unit < units.count(); ++unit) of_size[units.rows(unit).size()].push_back(unit);
  Rows from(units.row_count());
  std::uint64_t key = 0;
  for (const auto& [size, same] : of_size) {
    const auto order = stream.substream(key++).permutation(static_cast<std::int64_t>(same.size()));
    for (std::size_t i = 0; i < same.size(); ++i) {
      const Rows list = reordered(units.rows(same[order[i]]), stream.substream(key++));
      const std::span<const std::int64_t> rows = units.rows(same[i]);
      for (std::size_t j = 0; j < rows.size(); ++j) from[rows[j]] = list[j];
    }
  }
  return from;
}

}  // namespace

Exchange exchange_of(std::span<const std::int32_t> labels, std::span<const std::int64_t> groups) {
  if (groups.empty()) return Exchange::rows;
  std::map<std::int64_t, std::int32_t> label_of;
  for (std::size_t row = 0; row < labels.size(); ++row) {
    if (label_of.emplace(groups[row], labels[row]).first->second != labels[row]) return Exchange::both;
  }
  return Exchange::groups;
}

std::vector<std::int64_t> exchanged_rows(std::span<const std::int32_t> labels,
                                         std::span<const std::int64_t> groups, const RandomStream& stream) {
  const Exchange exchange = exchange_of(labels, groups);
  if (exchange == Exchange::rows) return stream.permutation(static_cast<std::int64_t>(labels.size()));
  const Units units(static_cast<std::int64_t>(labels.size()), groups);
  return exchange == Exchange::groups ? between_groups(units, stream) : within_and_between(units, stream);
}

}  // namespace sonde::controls

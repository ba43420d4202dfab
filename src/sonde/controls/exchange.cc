#include "sonde/controls/exchange.h"

#include <algorithm>
#include <map>

#include "sonde/controls/units.h"

namespace sonde::controls {
namespace {

using Labels = std::vector<std::int32_t>;

Labels labels_of(std::span<const std::int64_t> rows, std::span<const std::int32_t> labels) {
  Labels own;
  for (const std::int64_t row : rows) own.push_back(labels[row]);
  return own;
}

Labels reordered(std::span<const std::int32_t> labels, const RandomStream& stream) {
  Labels moved;
  for (const std::int64_t from : stream.permutation(static_cast<std::int64_t>(labels.size())))
    moved.push_back(labels[from]);
  return moved;
}

Labels between_groups(const Units& units, std::span<const std::int32_t> labels, const RandomStream& stream) {
  Labels one_each;
  for (std::int64_t unit = 0; unit < units.count(); ++unit)
    one_each.push_back(labels[units.rows(unit).front()]);
  one_each = reordered(one_each, stream);
  Labels moved(labels.size());
  for (std::int64_t unit = 0; unit < units.count(); ++unit) {
    for (const std::int64_t row : units.rows(unit)) moved[row] = one_each[unit];
  }
  return moved;
}

Labels within_and_between(const Units& units, std::span<const std::int32_t> labels,
                          const RandomStream& stream) {
  std::map<std::size_t, std::vector<std::int64_t>> of_size;
  for (std::int64_t unit = 0; unit < units.count(); ++unit) of_size[units.rows(unit).size()].push_back(unit);
  Labels moved(labels.size());
  std::uint64_t key = 0;
  for (const auto& [size, same] : of_size) {
    const auto order = stream.substream(key++).permutation(static_cast<std::int64_t>(same.size()));
    for (std::size_t i = 0; i < same.size(); ++i) {
      const Labels list = reordered(labels_of(units.rows(same[order[i]]), labels), stream.substream(key++));
      const std::span<const std::int64_t> rows = units.rows(same[i]);
      for (std::size_t j = 0; j < rows.size(); ++j) moved[rows[j]] = list[j];
    }
  }
  return moved;
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

std::vector<std::int32_t> exchanged_labels(std::span<const std::int32_t> labels,
                                           std::span<const std::int64_t> groups, const RandomStream& stream) {
  const Exchange exchange = exchange_of(labels, groups);
  if (exchange == Exchange::rows) return reordered(labels, stream);
  const Units units(static_cast<std::int64_t>(labels.size()), groups);
  return exchange == Exchange::groups ? between_groups(units, labels, stream)
                                      : within_and_between(units, labels, stream);
}

}  // namespace sonde::controls

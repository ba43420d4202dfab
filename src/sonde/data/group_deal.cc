#include "sonde/data/group_deal.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "sonde/core/error.h"

namespace sonde::data {
namespace {

// A group with its rows counted per class; without labels all rows are of one class.
struct Group {
  std::vector<std::int64_t> rows;
  std::vector<double> per_class;
};

std::vector<Group> collect_groups(const GroupedRows& rows) {
  const auto k = static_cast<std::size_t>(std::max<std::int64_t>(1, rows.classes));
  std::map<std::int64_t, std::size_t> index;
  std::vector<Group> groups;
  for (std::size_t i = 0; i < rows.groups.size(); ++i) {
    const auto [found, fresh] = index.emplace(rows.groups[i], groups.size());
    if (fresh) groups.push_back({{}, std::vector<double>(k)});
    Group& group = groups[found->second];
    group.rows.push_back(static_cast<std::int64_t>(i));
    group.per_class[rows.labels.empty() ? 0 : rows.labels[i]] += 1;
  }
  return groups;
}

class GroupDealer {
 public:
  GroupDealer(std::span<const double> shares, const std::vector<Group>& groups) {
    std::vector<double> totals(groups[0].per_class.size());
    for (const Group& group : groups) {
      for (std::size_t c = 0; c < totals.size(); ++c) totals[c] += group.per_class[c];
    }
    for (const double share : shares) {
      std::vector<double>& wanted = wanted_.emplace_back();
      for (const double total : totals) wanted.push_back(share * total);
      filled_.emplace_back(totals.size());
    }
  }

  std::size_t give(const Group& group) {
    std::size_t best = 0;
    double best_gain = -HUGE_VAL;
    for (std::size_t part = 0; part < wanted_.size(); ++part) {
      const double now = gain(part, group);
      if (now <= best_gain) continue;
      best = part;
      best_gain = now;
    }
    for (std::size_t c = 0; c < group.per_class.size(); ++c) filled_[best][c] += group.per_class[c];
    return best;
  }

 private:
  // By how much the squared misses, each relative to what is wanted, fall when the part takes the group.
  double gain(std::size_t part, const Group& group) const {
    double sum = 0;
    for (std::size_t c = 0; c < group.per_class.size(); ++c) {
      if (wanted_[part][c] == 0) {
        if (group.per_class[c] > 0) return -HUGE_VAL;
        continue;
      }
      const double before = wanted_[part][c] - filled_[part][c], after = before - group.per_class[c];
      sum += (before * before - after * after) / wanted_[part][c];
    }
    return sum;
  }

  std::vector<std::vector<double>> wanted_, filled_;  // [part][class]
};

}  // namespace

std::vector<std::size_t> deal_groups(const GroupedRows& rows, std::span<const double> shares,
                                     const RandomStream& stream) {
  const std::vector<Group> groups = collect_groups(rows);
  const std::int64_t needed = std::ranges::count_if(shares, [](double share) { return share > 0; });
  if (static_cast<std::int64_t>(groups.size()) < needed) {
    throw Error(ErrorCode::input, {.where = "split",
                                   .what = "too few groups to keep each in one part",
                                   .got = fmt::format("{}", groups.size()),
                                   .expected = fmt::format("at least {}", needed)});
  }
  std::vector<std::int64_t> order = stream.permutation(static_cast<std::int64_t>(groups.size()));
  std::ranges::stable_sort(
      order, [&](std::int64_t a, std::int64_t b) { return groups[a].rows.size() > groups[b].rows.size(); });
  GroupDealer dealer(shares, groups);
  std::vector<std::size_t> parts(rows.groups.size());
  for (const std::int64_t g : order) {
    const std::size_t part = dealer.give(groups[g]);
    for (const std::int64_t row : groups[g].rows) parts[row] = part;
  }
  return parts;
}

}  // namespace sonde::data

#include "sonde/report/reading.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace sonde::report {

using metrics::Interval;
using result::AddressResult;
using result::Baseline;

namespace {

std::vector<const AddressResult*> find_curve(const result::Result& result, const AddressResult* best) {
  std::vector<const AddressResult*> same, hidden;
  const AddressResult* like = best != nullptr          ? best
                              : result.results.empty() ? nullptr
                                                       : &result.results.front();
  for (const AddressResult& row : result.results) {
    if (!same_probe(row, *like)) continue;
    same.push_back(&row);
    if (row.at.starts_with("hidden[")) hidden.push_back(&row);
  }
  const bool holds_best = best == nullptr || std::find(hidden.begin(), hidden.end(), best) != hidden.end();
  return hidden.size() > 1 && holds_best ? hidden : same;
}

const Baseline* strongest(const result::Result& result, const MetricStyle& style) {
  const Baseline* best = nullptr;
  double best_value = 0;
  for (const Baseline& candidate : result.baselines) {
    const Interval* value = find(candidate.metrics, style.name);
    const bool chance =
        candidate.name == "majority" || candidate.name == "mean" || candidate.name == "shuffled_labels";
    if (chance || value == nullptr || std::isnan(value->value)) continue;
    const double gain = style.low_is_better ? -value->value : value->value;
    if (best == nullptr || gain > best_value) best = &candidate, best_value = gain;
  }
  return best;
}

std::string noun(const std::string& given, std::string_view otherwise) {
  return given.empty() ? std::string(otherwise) : given;
}

}  // namespace

Reading::Reading(const result::Result& source) : result(source), style(metric_style(source.metric)) {
  best = result::find_best(result);
  if (!result.results.empty()) curve = find_curve(result, best);
  numbers = result.task == "numbers";
  floor = baseline(numbers ? "mean" : "majority");
  rival = baseline("bag_of_words");
  if (rival == nullptr) rival = strongest(result, style);
  hidden_curve = !curve.empty() && std::all_of(curve.begin(), curve.end(), [](const AddressResult* row) {
    return row->at.starts_with("hidden[");
  });
  two_classes = result.data.classes.size() == 2;
}

const Interval* Reading::value(const AddressResult& row) const { return find(row.metrics, style.name); }

const Baseline* Reading::baseline(std::string_view name) const {
  for (const Baseline& candidate : result.baselines) {
    if (candidate.name == name && candidate.task == result.task) return &candidate;
  }
  return nullptr;
}

std::vector<const Baseline*> Reading::baselines() const {
  std::vector<const Baseline*> out;
  for (const Baseline& candidate : result.baselines) {
    const Interval* measured = find(candidate.metrics, style.name);
    if (measured != nullptr && std::isfinite(measured->value)) out.push_back(&candidate);
  }
  std::stable_sort(out.begin(), out.end(), [&](const Baseline* a, const Baseline* b) {
    const double left = find(a->metrics, style.name)->value, right = find(b->metrics, style.name)->value;
    return style.low_is_better ? left < right : left > right;
  });
  return out;
}

std::vector<MetricStyle> Reading::beside() const {
  std::vector<MetricStyle> out;
  if (result.results.empty()) return out;
  const result::Metrics& measured = result.results.front().metrics;
  const auto add = [&](std::string_view name) {
    const auto same = [&](const MetricStyle& other) { return other.name == name; };
    const bool known = name == style.name || std::any_of(out.begin(), out.end(), same);
    if (out.size() < 3 && !known && find(measured, name) != nullptr) out.push_back(metric_style(name));
  };
  for (const char* name : {"accuracy", "mcc", "auroc", "log_loss"}) add(name);
  for (const auto& [name, interval] : measured) add(name);
  return out;
}

std::string Reading::floor_words() const {
  return floor != nullptr ? baseline_in_sentence(floor->name) : "chance";
}

std::array<const Baseline*, 3> Reading::ruled() const {
  return {rival != floor ? rival : nullptr, baseline("random_weights"), floor};
}

bool Reading::decodable(const AddressResult& row) const {
  const Interval* mine = value(row);
  if (mine == nullptr) return false;
  const double worst = style.low_is_better ? mine->high : mine->low;
  for (const Baseline* chance : {floor, baseline("shuffled_labels")}) {
    const Interval* theirs = chance != nullptr ? find(chance->metrics, style.name) : nullptr;
    if (theirs == nullptr || std::isnan(theirs->value)) continue;
    if (!(style.low_is_better ? worst < theirs->value : worst > theirs->value)) return false;
  }
  return std::isfinite(worst);
}

Standing Reading::standing(const Interval* difference) const {
  if (difference == nullptr || std::isnan(difference->low) || std::isnan(difference->high))
    return Standing::unknown;
  if (difference->low <= 0 && difference->high >= 0) return Standing::level;
  return (difference->low > 0) == style.low_is_better ? Standing::below : Standing::above;
}

Standing Reading::against(const AddressResult& row, std::string_view name) const {
  return standing(difference_to(row, name, style.name));
}

Standing Reading::against_best(const AddressResult& row) const {
  if (&row == best || row.indistinguishable_from_best) return Standing::level;
  const Standing measured = standing(find(row.minus_best, style.name));
  return measured == Standing::level ? Standing::level : measured;
}

std::string Reading::model_name() const {
  return result.model.name.empty() ? last_part(result.model.path) : result.model.name;
}

std::string Reading::label() const {
  return !result.data.label_noun.empty() ? result.data.label_noun : noun(result.data.label, "the label");
}

std::string Reading::rows(std::int64_t how_many) const {
  return plural(noun(result.data.row_noun, "row"), how_many);
}

std::string Reading::groups(std::int64_t how_many) const {
  return plural(noun(result.data.group_noun, "group"), how_many);
}

std::string Reading::places(std::size_t how_many) const {
  return plural(hidden_curve ? "hidden state" : "address", static_cast<std::int64_t>(how_many));
}

std::string Reading::level_percent() const {
  const double level = 100 * result.level;
  return fmt::format("{}\u202f%", fixed(level, level == std::round(level) ? 0 : 1));
}

const Interval* difference_to(const AddressResult& row, std::string_view baseline, std::string_view metric) {
  for (const result::Difference& difference : row.differences) {
    if (difference.to == baseline) return find(difference.metrics, metric);
  }
  return nullptr;
}

std::vector<std::string> addresses_of(const std::vector<const AddressResult*>& rows) {
  std::vector<std::string> out;
  for (const AddressResult* row : rows) out.push_back(row->at);
  return out;
}

}  // namespace sonde::report

// The first screen: question, headline, facts and caveats.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sonde/report/caveats.h"
#include "sonde/report/sentences.h"
#include "sonde/report/view.h"

namespace sonde::report {
namespace {

using Json = nlohmann::ordered_json;
using metrics::Interval;

/// "reviews, rating 1 to 10".
std::string number_words(const Reading& reading) {
  const result::TargetSummary& target = reading.result.data.target;
  const std::string rows = reading.rows(reading.result.data.used);
  if (!std::isfinite(target.min)) return rows;
  return fmt::format("{}, {} {} to {}", rows, reading.label(), plain_number(target.min),
                     plain_number(target.max));
}

std::string class_words(const Reading& reading) {
  const auto& classes = reading.result.data.classes;
  const std::string rows = reading.rows(reading.result.data.used);
  if (classes.empty() || classes.size() > 3)
    return classes.empty() ? rows : fmt::format("{}, {} classes", rows, classes.size());
  std::string out = rows + ", ";
  for (std::size_t i = 0; i < classes.size(); ++i) {
    out += (i == 0 ? "“" : i + 1 == classes.size() ? " or “" : ", “") + classes[i].name + "”";
  }
  return out;
}

std::string test_words(const Reading& reading) {
  const auto& split = reading.result.split;
  std::string out = reading.rows(split.test);
  if (!split.group.empty() && split.test_groups > 0)
    out += fmt::format(" of {} unseen {}", count(split.test_groups), reading.groups(split.test_groups));
  return out;
}

void add_differences(const Reading& reading, Json& facts) {
  const auto add = [&](std::string name, std::string value, std::string note) {
    facts.push_back({{"name", std::move(name)}, {"value", std::move(value)}, {"note", std::move(note)}});
  };
  const Interval* mine = reading.best != nullptr ? reading.value(*reading.best) : nullptr;
  const result::Baseline* floor = reading.floor;
  const Interval* chance = floor != nullptr ? find(floor->metrics, reading.style.name) : nullptr;
  if (mine != nullptr && chance != nullptr) {
    add("Over " + baseline_label(floor->name), signed_text(reading.style, mine->value - chance->value),
        fmt::format("{} on test", value_with_unit(reading.style, chance->value)));
  }
  if (reading.rival == nullptr || reading.rival == floor) return;
  const Interval* paired = find(reading.rival->best_minus_this, reading.style.name);
  if (paired == nullptr) return;
  const std::string interval = interval_text(reading.style, *paired);
  add("Over " + baseline_label(reading.rival->name), signed_text(reading.style, paired->value),
      interval.empty() ? "" : "paired " + interval);
}

Json facts(const Reading& reading) {
  const result::Result& r = reading.result;
  Json out = Json::array();
  const auto add = [&](std::string name, std::string value, std::string note) {
    out.push_back({{"name", std::move(name)}, {"value", std::move(value)}, {"note", std::move(note)}});
  };
  add("Model", millions(r.model.parameters),
      fmt::format("{}, {}\u00a0{}\u00a0×\u00a0{}, {}", type_title(r.model.type), r.model.layers,
                  plural("layer", r.model.layers), r.model.width, dtype_title(r.model.dtype)));
  add("Data", count(r.data.used), reading.numbers ? number_words(reading) : class_words(reading));
  add("Test set", count(r.split.test), test_words(reading));
  add_differences(reading, out);
  std::string machine = r.provenance.threads > 0 ? fmt::format("{} {}", r.provenance.threads,
                                                               plural("thread", r.provenance.threads))
                                                 : "";
  if (std::isfinite(r.peak_rss_mb))
    machine += (machine.empty() ? "" : ", ") + megabytes(r.peak_rss_mb) + " at most";
  add("Run time", seconds_text(r.timing.total), machine);
  return out;
}

}  // namespace

void view_result(const Reading& reading, Json& view) {
  view["question"] = question_sentence(reading);
  view["headline"] = headline_sentence(reading).html();
  view["lead"] = lead_sentence(reading).html();
  view["facts"] = facts(reading);
  const std::vector<Caveat> caveats = find_caveats(reading);
  view["caveats_found"] = !caveats.empty();
  view["caveats_title"] =
      fmt::format("{} {}", caveats.size(), plural("finding", static_cast<std::int64_t>(caveats.size())));
  view["caveats"] = Json::array();
  for (const Caveat& caveat : caveats) {
    view["caveats"].push_back(
        {{"kind", caveat.kind}, {"what", caveat.what}, {"effect", caveat.effect}, {"hard", caveat.hard}});
  }
  view["clean"] = checked_and_clean(reading);
}

}  // namespace sonde::report

#include "sonde/report/caveats.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace sonde::report {
namespace {

using result::AddressResult;
using result::Leak;

constexpr std::array<std::string_view, 4> kFoundHere = {"leak", "leaks", "convergence", "truncation"};

std::string part_word(const std::string& part) { return part == "valid" ? "validation" : part; }

std::string thing(const Reading& reading, const Leak& leak) {
  if (leak.kind == "group") return reading.groups(1);
  return leak.kind == "id" ? "row id" : "text";
}

void add_leaks(const Reading& reading, std::vector<Caveat>& out) {
  for (const Leak& leak : reading.result.leaks) {
    if (leak.count == 0) continue;
    Caveat caveat{.kind = "Leak", .hard = true};
    const std::string rows = fmt::format("{} of {} {} {}", count(leak.count), count(leak.of),
                                         part_word(leak.part), reading.rows(leak.of));
    caveat.what =
        leak.kind == "text"
            ? fmt::format("{} also {} word for word in {}.", rows, leak.count == 1 ? "stands" : "stand",
                          part_word(leak.other))
            : fmt::format("{} share a {} with {}.", rows, thing(reading, leak), part_word(leak.other));
    const double without = find(leak.without, reading.style.name);
    const auto* best = reading.best != nullptr ? reading.value(*reading.best) : nullptr;
    if (leak.action == "drop") {
      caveat.effect = "They were dropped.";
    } else if (std::isfinite(without) && best != nullptr) {
      const std::string now = value_with_unit(reading.style, without);
      const bool same = now == value_with_unit(reading.style, best->value);
      caveat.effect = fmt::format("Without them {}{}; --leaks drop removes them.", same ? "still " : "", now);
    } else {
      caveat.effect = "The test result may be too high; --leaks drop removes them.";
    }
    out.push_back(std::move(caveat));
  }
}

void add_convergence(const Reading& reading, std::vector<Caveat>& out) {
  const auto& rows = reading.result.results;
  const auto stopped =
      std::count_if(rows.begin(), rows.end(), [](const AddressResult& row) { return !row.converged; });
  if (stopped == 0) return;
  const bool best_too = reading.best != nullptr && !reading.best->converged;
  out.push_back({"Convergence",
                 fmt::format("{} of {} {} stopped before converging{}.", count(stopped),
                             count(static_cast<std::int64_t>(rows.size())),
                             plural("probe", static_cast<std::int64_t>(rows.size())),
                             best_too ? ", the best among them" : ", the best is not one of them"),
                 "They may score a little low and are marked †; a larger max_iter lets them finish.", true});
}

void add_chosen(const Reading& reading, std::vector<Caveat>& out) {
  if (reading.result.best.chosen_on != "test") return;
  out.push_back({"Choice", "The best address was chosen on test.",
                 "Its value is too high; give a validation part.", true});
}

void add_small_test(const Reading& reading, std::vector<Caveat>& out) {
  const std::int64_t n = reading.result.split.test;
  if (n <= 0 || n >= 200) return;
  out.push_back({"Small test set", fmt::format("{} test {}.", count(n), reading.rows(n)),
                 reading.style.scale == 100
                     ? fmt::format("One {} is {} points; read the intervals.", reading.rows(1),
                                   fixed(100.0 / static_cast<double>(n), 1))
                     : "Read the intervals.",
                 true});
}

/// Class shares that differ by more than 3 points between parts.
void add_balance(const Reading& reading, std::vector<Caveat>& out) {
  const auto& split = reading.result.split;
  const std::array<std::pair<std::string, std::int64_t>, 3> parts = {
      {{"train", split.train}, {"validation", split.valid}, {"test", split.test}}};
  for (const result::ClassCount& c : reading.result.data.classes) {
    const std::array<std::int64_t, 3> counts = {c.train, c.valid, c.test};
    std::vector<std::string> words;
    double low = 1, high = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (parts[i].second == 0) continue;
      const double share = static_cast<double>(counts[i]) / static_cast<double>(parts[i].second);
      low = std::min(low, share), high = std::max(high, share);
      words.push_back(fmt::format("{} of {}", percent(share), parts[i].first));
    }
    if (high - low <= 0.03) continue;
    std::string list;
    for (const std::string& word : words) list += (list.empty() ? "" : ", ") + word;
    out.push_back({"Class balance", fmt::format("{} is {}.", capital(c.name), list),
                   "Compare parts by MCC, not by accuracy.", false});
    return;
  }
}

void add_truncation(const Reading& reading, std::vector<Caveat>& out) {
  const result::Data& data = reading.result.data;
  if (data.truncated == 0) return;
  const double share =
      static_cast<double>(data.truncated) / static_cast<double>(std::max<std::int64_t>(1, data.used));
  const std::string longest =
      data.tokens.max > data.max_length ? fmt::format("; the longest has {}", count(data.tokens.max)) : "";
  out.push_back({"Truncation",
                 fmt::format("{} of {} {} {} cut at {} tokens{}.", count(data.truncated), count(data.used),
                             reading.rows(data.used), data.truncated == 1 ? "was" : "were",
                             count(data.max_length), longest),
                 fmt::format("{}\u202f% of the data.", fixed(100 * share, share < 0.001 ? 2 : 1)),
                 share > 0.01});
}

void add_warnings(const Reading& reading, std::vector<Caveat>& out) {
  for (const result::Warning& warning : reading.result.warnings) {
    if (std::find(kFoundHere.begin(), kFoundHere.end(), warning.code) != kFoundHere.end()) continue;
    std::string kind = warning.code.empty() ? "Note" : capital(warning.code);
    std::replace(kind.begin(), kind.end(), '_', ' ');
    out.push_back({std::move(kind), warning.message, warning.hint, warning.affects_numbers});
  }
}

bool looked_for(const Reading& reading, std::string_view kind, bool& found) {
  bool looked = false;
  for (const Leak& leak : reading.result.leaks) {
    if (leak.kind != kind) continue;
    looked = true;
    found = found || leak.count > 0;
  }
  return looked;
}

bool every_class_everywhere(const Reading& reading) {
  const auto& split = reading.result.split;
  const auto& classes = reading.result.data.classes;
  return !classes.empty() && std::all_of(classes.begin(), classes.end(), [&](const result::ClassCount& c) {
    return c.train > 0 && (c.test > 0 || split.test == 0) && (c.valid > 0 || split.valid == 0);
  });
}

}  // namespace

std::vector<Caveat> find_caveats(const Reading& reading) {
  std::vector<Caveat> out;
  add_leaks(reading, out);
  add_chosen(reading, out);
  add_convergence(reading, out);
  add_small_test(reading, out);
  add_balance(reading, out);
  add_truncation(reading, out);
  add_warnings(reading, out);
  std::stable_partition(out.begin(), out.end(), [](const Caveat& caveat) { return caveat.hard; });
  return out;
}

std::string checked_and_clean(const Reading& reading) {
  std::vector<std::string> clean;
  for (const auto& [kind, words] : {std::pair<std::string_view, std::string>{"text", "text"},
                                    {"group", reading.groups(1)},
                                    {"id", "row id"}}) {
    bool found = false;
    if (looked_for(reading, kind, found) && !found) clean.push_back(fmt::format("no {} in two parts", words));
  }
  if (every_class_everywhere(reading)) clean.push_back("every class in every part");
  const std::string& on = reading.result.best.chosen_on;
  if (!on.empty() && on != "test") clean.push_back("no test row used to choose an address");
  const auto& rows = reading.result.results;
  if (!rows.empty() &&
      std::all_of(rows.begin(), rows.end(), [](const AddressResult& row) { return row.converged; })) {
    clean.push_back("every probe converged");
  }
  const result::Data& data = reading.result.data;
  if (data.used > 0 && data.truncated == 0) clean.push_back("no text was cut");
  std::string out;
  for (const std::string& words : clean) out += (out.empty() ? "" : ", ") + words;
  return out.empty() ? out : out + ".";
}

}  // namespace sonde::report

#include "sonde/report/sentences.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace sonde::report {
namespace {

using metrics::Interval;
using result::AddressResult;
using Rows = std::vector<const AddressResult*>;

template <class Keep>
Rows keep_rows(const Reading& reading, Keep keep) {
  Rows out;
  std::copy_if(reading.curve.begin(), reading.curve.end(), std::back_inserter(out),
               [&](auto* row) { return keep(*row); });
  return out;
}

bool is_linear(const std::string& probe) {
  static constexpr std::array<std::string_view, 7> kLinear = {"logistic",  "sgd", "ridge",   "least_squares",
                                                              "mass_mean", "lda", "k_sparse"};
  return std::find(kLinear.begin(), kLinear.end(), probe) != kLinear.end();
}

std::string definite(const std::string& name) {
  return name.starts_with("a ") ? "the " + name.substr(2) : name;
}

std::string rival_words(const Reading& reading) {
  return reading.rival != nullptr ? baseline_in_sentence(reading.rival->name) : "";
}

std::string better(const Reading& reading) { return reading.style.low_is_better ? "better than" : "above"; }
std::string worse(const Reading& reading) { return reading.style.low_is_better ? "worse than" : "below"; }

/// "at every hidden state", "from hidden[2] on", "only at a and b", "at 5 of 7 hidden states".
void say_where(const Reading& reading, const Rows& decodable, Sentence& out) {
  const std::size_t n = reading.curve.size();
  if (n == 1) {
    out.text("at ").code(reading.curve.front()->at);
  } else if (decodable.size() == n) {
    out.text("at every " + reading.places(1));
  } else if (decodable.size() > 2 && reading.hidden_curve &&
             decodable.front() == reading.curve[n - decodable.size()]) {
    out.text("from ").code(decodable.front()->at).text(" on");
  } else if (decodable.size() <= 3) {
    out.text("only at ").addresses(addresses_of(decodable));
  } else {
    out.text(fmt::format("at {} of {} {}", decodable.size(), n, reading.places(n)));
  }
}

void say_best_value(const Reading& reading, Sentence& out) {
  const Interval* value = reading.value(*reading.best);
  if (value == nullptr) return;
  if (reading.style.scale != 100) out.text(reading.style.title + " ");
  out.value(value_with_unit(reading.style, value->value));
  const std::string interval = interval_text(reading.style, *value);
  if (!interval.empty()) out.text(" ").faint(interval);
}

Rows rows_above_rival(const Reading& reading) {
  if (reading.rival == nullptr) return {};
  return keep_rows(reading, [&](const AddressResult& row) {
    return reading.against(row, reading.rival->name) == Standing::above;
  });
}

bool rival_was_compared(const Reading& reading) {
  return reading.rival != nullptr && std::any_of(reading.curve.begin(), reading.curve.end(), [&](auto* row) {
           return reading.against(*row, reading.rival->name) != Standing::unknown;
         });
}

/// The paired difference of the best to a baseline, wherever the result holds it.
const Interval* best_minus(const Reading& reading, const result::Baseline& baseline) {
  const Interval* paired = find(baseline.best_minus_this, reading.style.name);
  return paired != nullptr ? paired : difference_to(*reading.best, baseline.name, reading.style.name);
}

void say_against(const Reading& reading, const result::Baseline& baseline, Sentence& out) {
  const Interval* difference = best_minus(reading, baseline);
  const std::string name = baseline_in_sentence(baseline.name);
  if (difference == nullptr) return;
  const std::string interval = interval_text(reading.style, *difference);
  switch (reading.standing(difference)) {
    case Standing::level:
      out.text("cannot be told apart from " + name + " (difference ")
          .keep(signed_text(reading.style, difference->value) + " " + interval)
          .text(")");
      return;
    case Standing::below:
      out.strong(points_text(reading.style, difference->value))
          .text(" ")
          .keep(interval)
          .text(" " + worse(reading) + " " + name);
      return;
    default:
      out.strong(points_text(reading.style, difference->value))
          .text(" ")
          .keep(interval)
          .text(" " + better(reading) + " " + name);
  }
}

/// "Only a and b beat the bag-of-words; the other hidden states cannot be told apart from it."
void say_who_beats(const Reading& reading, Sentence& out) {
  if (!rival_was_compared(reading) || reading.curve.size() < 2) return;
  const Rows above = rows_above_rival(reading);
  const Rows below = keep_rows(reading, [&](const AddressResult& row) {
    return reading.against(row, reading.rival->name) == Standing::below;
  });
  const std::size_t n = reading.curve.size(), level = n - above.size() - below.size();
  const std::string rival = definite(rival_words(reading));
  if (above.size() == n) {
    out.text(fmt::format(" Every {} beats {}.", reading.places(1), rival));
    return;
  }
  if (above.empty())
    out.text(fmt::format(" No {} beats {}", reading.places(1), rival));
  else if (above.size() <= 3)
    out.text(" Only ")
        .addresses(addresses_of(above))
        .text(fmt::format(" {} {}", above.size() == 1 ? "beats" : "beat", rival));
  else
    out.text(fmt::format(" {} of {} {} beat {}", above.size(), n, reading.places(n), rival));
  if (below.empty() && above.empty())
    out.text(": none can be told apart from it.");
  else if (below.empty())
    out.text(fmt::format("; the other{} cannot be told apart from it.",
                         level == 1 ? "" : " " + reading.places(2)));
  else if (level == 0)
    out.text(fmt::format("; {} below it.", below.size() == 1 ? "one is"
                                           : above.empty()   ? "all are"
                                                             : "the others are"));
  else
    out.text(fmt::format("; {} {} below it, {} cannot be told apart from it.", below.size(),
                         below.size() == 1 ? "is" : "are", level));
}

/// What the addresses besides the best do, by paired differences to it.
void say_rest(const Reading& reading, const Rows& tied, Sentence& out) {
  const Rows higher = keep_rows(
      reading, [&](const AddressResult& row) { return reading.against_best(row) == Standing::above; });
  const Rows lower = keep_rows(
      reading, [&](const AddressResult& row) { return reading.against_best(row) == Standing::below; });
  if (tied.size() + higher.size() + lower.size() + 1 < reading.curve.size()) return;
  if (tied.size() + 1 == reading.curve.size() && tied.size() > 3)
    out.text(fmt::format(" None of the other {} can be told apart from it.", tied.size()));
  else if (tied.empty())
    out.text(fmt::format(" Every other {} can be told apart from it.", reading.places(1)));
  else if (tied.size() <= 3)
    out.text(" ").addresses(addresses_of(tied)).text(" cannot be told apart from it.");
  else
    out.text(fmt::format(" {} others cannot be told apart from it.", tied.size()));
  if (!higher.empty()) {
    out.text(" ")
        .addresses(addresses_of(higher))
        .text(higher.size() == 1 ? " scores" : " score")
        .text(" higher on test, which takes no part in the choice.");
  }
  if (lower.size() == 1)
    out.text(" ").code(lower.front()->at).text(reading.style.low_is_better ? " is worse." : " is lower.");
  else if (!lower.empty() && !tied.empty())
    out.text(
        fmt::format(" The other {} are {}.", lower.size(), reading.style.low_is_better ? "worse" : "lower"));
}

}  // namespace

std::string chosen_words(const Reading& reading) {
  const std::string& on = reading.result.best.chosen_on;
  if (on == "valid" || on == "validation") return "best, chosen on validation";
  if (on == "train") return "best, chosen on train";
  return on == "test" ? "best on test" : "best";
}

std::string question_sentence(const Reading& reading) {
  const std::string model = reading.model_name(), label = reading.label();
  return reading.numbers ? fmt::format("Where in {} can {} be read off as a number?", model, label)
                         : fmt::format("Where in {} is {} decodable?", model, label);
}

Sentence headline_sentence(const Reading& reading) {
  Sentence out;
  if (reading.best == nullptr) return out.text("Nothing was probed");
  const Rows decodable = keep_rows(reading, [&](const AddressResult& row) { return reading.decodable(row); });
  out.text(capital(reading.label()));
  if (decodable.empty()) {
    out.text(reading.numbers ? " could not be read off as a number from " : " could not be decoded from ")
        .text(reading.model_name() + ": ");
    say_best_value(reading, out);
    return out.text(" at ").code(reading.best->at);
  }
  out.text(reading.numbers                  ? " can be read off as a number "
           : is_linear(reading.best->probe) ? " is linearly decodable "
                                            : " is decodable ");
  say_where(reading, decodable, out);
  const bool none_beats = rival_was_compared(reading) && rows_above_rival(reading).empty();
  if (none_beats) {
    out.text(fmt::format("{} better than {}", reading.curve.size() == 1 ? ", but not" : ", but nowhere",
                         rival_words(reading)));
  }
  if (reading.curve.size() > 1) out.text(none_beats ? "; best at " : ", best at ").code(reading.best->at);
  out.text(": ");
  say_best_value(reading, out);
  return out;
}

Sentence lead_sentence(const Reading& reading) {
  Sentence out;
  if (reading.best == nullptr) return out;
  const Interval* mine = reading.value(*reading.best);
  const Interval* chance =
      reading.floor != nullptr ? find(reading.floor->metrics, reading.style.name) : nullptr;
  out.text(reading.result.best.chosen_on == "valid" && reading.curve.size() > 1
               ? "Chosen on validation, scored on test. That "
               : "That ");
  bool said = false;
  if (mine != nullptr && chance != nullptr && std::isfinite(chance->value)) {
    const double gain = mine->value - chance->value;
    const bool ahead = (gain > 0) != reading.style.low_is_better;
    out.text("is ")
        .strong(points_text(reading.style, gain))
        .text(fmt::format(" {} {}", ahead ? better(reading) : worse(reading), reading.floor_words()));
    said = true;
  }
  if (reading.rival != nullptr && reading.rival != reading.floor &&
      best_minus(reading, *reading.rival) != nullptr) {
    const bool level = reading.standing(best_minus(reading, *reading.rival)) == Standing::level;
    out.text(said ? " and " : level ? "" : "is ");
    say_against(reading, *reading.rival, out);
    said = true;
  }
  if (!said)
    return Sentence().text(fmt::format("Scored on {} test {}.", count(reading.result.split.test),
                                       reading.rows(reading.result.split.test)));
  out.text(".");
  say_who_beats(reading, out);
  return out;
}

Sentence where_sentence(const Reading& reading) {
  Sentence out;
  if (reading.best == nullptr) return out;
  const Rows decodable = keep_rows(reading, [&](const AddressResult& row) { return reading.decodable(row); });
  if (decodable.empty()) {
    return out.text(fmt::format("Nowhere: no interval is {} {}.", better(reading), reading.floor_words()));
  }
  say_where(reading, decodable, out);
  out.capitalise();
  const Rows tied = keep_rows(reading, [&](const AddressResult& row) {
    return &row != reading.best && reading.against_best(row) == Standing::level;
  });
  if (reading.curve.size() < 2) return out.text(".");
  out.text(", best at ").code(reading.best->at).text(".");
  say_rest(reading, tied, out);
  return out;
}

Sentence baseline_sentence(const Reading& reading) {
  Sentence out;
  if (reading.best == nullptr) return out;
  const result::Baseline* rival = reading.rival;
  const Standing standing =
      rival != nullptr ? reading.standing(best_minus(reading, *rival)) : Standing::unknown;
  if (standing == Standing::unknown) return out.text("Each predictor below is scored on the same test rows.");
  const double gain = std::abs(best_minus(reading, *rival)->value) * reading.style.scale;
  const bool small = gain < (reading.style.scale == 100 ? 5 : 0.05);
  out.text(standing == Standing::above ? (small ? "Yes, by a little. " : "Yes. ") : "No. ")
      .code(reading.best->at);
  out.text(standing == Standing::level ? " " : " is ");
  say_against(reading, *rival, out);
  if (reading.floor != nullptr && best_minus(reading, *reading.floor) != nullptr) {
    const Interval* over = best_minus(reading, *reading.floor);
    out.text(reading.standing(over) == Standing::level ? ", and " : " and ");
    say_against(reading, *reading.floor, out);
  }
  return out.text(".");
}

}  // namespace sonde::report

// The sentences of the later sections: all addresses, the behaviour of the best probe, its mistakes.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sonde/report/sentences.h"

namespace sonde::report {
namespace {

using metrics::Interval;
using result::AddressResult;

/// Share of a true class that the probe finds; NaN for a class that test does not hold.
double recall(const result::Confusion& confusion, std::size_t r) {
  const auto& row = confusion.counts[r];
  const auto total = std::accumulate(row.begin(), row.end(), std::int64_t{0});
  return total == 0 ? std::nan("") : static_cast<double>(row[r]) / static_cast<double>(total);
}

/// The row that validation would choose among all, whatever the study chose among.
const AddressResult* first_on_validation(const Reading& reading) {
  const AddressResult* first = nullptr;
  double best = 0;
  for (const AddressResult& row : reading.result.results) {
    const double value =
        find(row.valid_metrics,
             reading.result.best.chosen_by.empty() ? reading.style.name : reading.result.best.chosen_by);
    if (!std::isfinite(value)) continue;
    const double gain = reading.style.low_is_better ? -value : value;
    if (first == nullptr || gain > best) first = &row, best = gain;
  }
  return first;
}

void say_calibration(const Reading& reading, Sentence& out) {
  const result::Calibration& calibration = reading.result.best.calibration;
  if (std::isfinite(calibration.ece))
    out.text(fmt::format(" Its calibration error (ECE) is {}.", fixed(calibration.ece, 3)));
}

/// How far off predicted numbers are, in units of the label.
Sentence numbers_sentence(const Reading& reading) {
  Sentence out;
  const result::Best& best = reading.result.best;
  if (std::isfinite(best.numbers.median_error)) {
    out.text(fmt::format("Half of the test {} lie within ", reading.rows(2)))
        .strong(plain_number(best.numbers.median_error))
        .text(" of what it says.");
  }
  const Interval* mean = find(best.metrics, "mae");
  const Interval* rounded = find(best.metrics, "rounded_accuracy");
  if (mean != nullptr)
    out.text(fmt::format(" On average it is off by {}.", value_with_unit(metric_style("mae"), mean->value)));
  if (rounded != nullptr && std::isfinite(rounded->value))
    out.text(fmt::format(" Rounded to a whole number it is right for {}.", percent(rounded->value)));
  return out;
}

/// What the farthest error is.
Sentence errors_sentence(const Reading& reading) {
  Sentence out;
  const auto& errors = reading.result.best.numbers.errors;
  if (errors.empty()) return out;
  return out.text(
      fmt::format("The farthest off is {} where {} is right; half of the {} test {} are within {}.",
                  plain_number(errors.front().predicted), plain_number(errors.front().truth),
                  count(reading.result.split.test), reading.rows(reading.result.split.test),
                  plain_number(reading.result.best.numbers.median_error)));
}

}  // namespace

std::string modules_question(const Reading& reading) {
  const auto& rows = reading.result.results;
  const bool inside = std::any_of(rows.begin(), rows.end(),
                                  [](const AddressResult& row) { return !row.at.starts_with("hidden["); });
  return inside ? "Which part of the model holds it?" : "How do the addresses compare?";
}

Sentence modules_sentence(const Reading& reading) {
  Sentence out;
  if (reading.best == nullptr) return out;
  const auto& rows = reading.result.results;
  const auto n = static_cast<std::int64_t>(rows.size());
  const auto tied = std::count_if(rows.begin(), rows.end(), [&](const AddressResult& row) {
    return &row != reading.best && reading.against_best(row) == Standing::level;
  });
  const auto higher = std::count_if(rows.begin(), rows.end(), [&](const AddressResult& row) {
    return reading.against_best(row) == Standing::above;
  });
  if (n == 1) return out.text("One address was probed.");
  if (higher == 0)
    out.text(fmt::format("Of {} {} none is better than ", count(n), plural("probe", n)))
        .code(reading.best->at)
        .text(".");
  else
    out.text(fmt::format("Of {} {} {} on test better than ", count(n), plural("probe", n),
                         higher == 1 ? "1 is" : count(higher) + " are"))
        .code(reading.best->at)
        .text(".");
  if (tied > 0)
    out.text(fmt::format(" {} cannot be told apart from it.", capital(tied == 1 ? "one" : count(tied))));
  if (reading.rival == nullptr) return out;
  const auto beat = std::count_if(rows.begin(), rows.end(), [&](const AddressResult& row) {
    return reading.against(row, reading.rival->name) == Standing::above;
  });
  std::string rival = baseline_in_sentence(reading.rival->name);
  if (rival.starts_with("a ")) rival = "the " + rival.substr(2);
  return out.text(fmt::format(" {} {} {}.", beat == 0 ? "None" : count(beat),
                              beat == 1 || beat == 0 ? "beats" : "beat", rival));
}

Sentence modules_caption(const Reading& reading) {
  Sentence out;
  if (reading.best == nullptr) return out;
  const auto value_of = [&](const result::Baseline* baseline) {
    return baseline != nullptr ? find(baseline->metrics, reading.style.name) : nullptr;
  };
  const Interval* floor = value_of(reading.floor);
  const Interval* rival = value_of(reading.rival);
  if (floor != nullptr && !reading.style.low_is_better) {
    out.text(fmt::format("Bars start at {} ({}) and end at the test value; the dark line is the {} interval",
                         reading.floor_words(), value_text(reading.style, floor->value),
                         reading.level_percent()));
    if (rival != nullptr && rival != floor)
      out.text(fmt::format(", the dashed rule the {} ({})", baseline_label(reading.rival->name),
                           value_text(reading.style, rival->value)));
    out.text(". ");
  }
  out.text("“≈ best”: the paired interval of the difference to ").code(reading.best->at).text(" includes 0.");
  const AddressResult* first = first_on_validation(reading);
  if (first != nullptr && first != reading.best && reading.value(*first) != nullptr) {
    out.text(" The best was chosen among ")
        .text(reading.hidden_curve ? "the hidden states" : "the addresses the study names")
        .text(fmt::format("; over all {}, validation would choose ", reading.result.results.size()));
    out.code(first->at).text(
        fmt::format(", {} on test.", value_with_unit(reading.style, reading.value(*first)->value)));
  }
  const auto& rows = reading.result.results;
  if (std::any_of(rows.begin(), rows.end(), [](const AddressResult& row) { return !row.converged; }))
    out.text(" † stopped before converging.");
  return out;
}

Sentence probe_sentence(const Reading& reading) {
  if (reading.numbers) return numbers_sentence(reading);
  Sentence out;
  const result::Confusion& confusion = reading.result.best.confusion;
  const std::size_t k = confusion.classes.size();
  const std::string rows = reading.rows(2);
  if (k == 2) {
    out.text(fmt::format("It finds {} of the {} and {} of the {} {}.", percent(recall(confusion, 0)),
                         confusion.classes[0], percent(recall(confusion, 1)), confusion.classes[1], rows));
  } else if (k > 2) {
    std::size_t most = 0, least = 0;
    for (std::size_t r = 1; r < k; ++r) {
      if (!(recall(confusion, r) <= recall(confusion, most))) most = r;
      if (recall(confusion, r) < recall(confusion, least)) least = r;
    }
    out.text(fmt::format("Of {} classes it finds {} best ({}) and {} least ({}).", k, confusion.classes[most],
                         percent(recall(confusion, most)), confusion.classes[least],
                         percent(recall(confusion, least))));
  }
  say_calibration(reading, out);
  return out;
}

Sentence mistakes_sentence(const Reading& reading) {
  if (reading.numbers) return errors_sentence(reading);
  Sentence out;
  const result::Best& best = reading.result.best;
  const std::int64_t n = reading.result.split.test;
  out.text(fmt::format("{} of {} test {}", count(best.mistakes_total), count(n), reading.rows(n)));
  const result::Confusion& confusion = best.confusion;
  if (confusion.classes.size() == 2) {
    const auto& c = confusion.classes;
    out.text(fmt::format(": {} {} read as {}, {} {} read as {}.", count(confusion.counts[0][1]), c[0], c[1],
                         count(confusion.counts[1][0]), c[1], c[0]));
  } else if (confusion.classes.size() > 2) {
    std::int64_t worst = 0;
    std::size_t is = 0, said = 0;
    for (std::size_t r = 0; r < confusion.classes.size(); ++r) {
      for (std::size_t s = 0; s < confusion.classes.size(); ++s) {
        if (r != s && confusion.counts[r][s] > worst) worst = confusion.counts[r][s], is = r, said = s;
      }
    }
    out.text(worst == 0 ? "."
                        : fmt::format("; most often {} read as {}, {} times.", confusion.classes[is],
                                      confusion.classes[said], count(worst)));
  } else {
    out.text(".");
  }
  return out;
}

}  // namespace sonde::report

// The sentences of the controls. They state what was counted and leave the word "significant" out.
#include <fmt/format.h>

#include <cmath>

#include "sonde/report/sentences.h"

namespace sonde::report {
namespace {

using metrics::Interval;
using result::Control;

double number(const Control* control, std::string_view name) {
  const Interval* value = control != nullptr ? find(control->numbers, name) : nullptr;
  return value != nullptr ? value->value : std::nan("");
}

// How many shuffles reached the real result, from p = (1 + reached) / (1 + shuffles).
std::int64_t reached(const Control& shuffled, double p) {
  return std::llround(p * static_cast<double>(shuffled.draws.size() + 1)) - 1;
}

void say_shuffles(const Reading& reading, const Control& shuffled, Sentence& out) {
  const double p = number(&shuffled, "p"), value = number(&shuffled, "value");
  const auto n = static_cast<std::int64_t>(shuffled.draws.size());
  const std::int64_t as_good = reached(shuffled, p);
  out.text(p <= 0.05 ? "Hardly. " : "It could. ");
  out.text(fmt::format("{} of {} fits to shuffled labels {} ", as_good == 0 ? "None" : count(as_good),
                       count(n), as_good < 2 ? "reaches" : "reach"))
      .value(value_with_unit(reading.style, value))
      .text(" (")
      .keep("p = " + fixed(p, 3))
      .text(as_good == 0 ? fmt::format(", the smallest that {} {} can give)", count(n), plural("shuffle", n))
                         : ")");
  for (const result::CorrectedAddress& entry : reading.result.honesty.addresses) {
    const result::Honesty& asked = reading.result.honesty;
    if (entry.at != asked.at || entry.probe != asked.probe || entry.variant != asked.variant) continue;
    out.text(fmt::format("; counting that {} {} were tried, ", reading.result.honesty.addresses.size(),
                         reading.places(2)))
        .keep("p = " + fixed(entry.against_best, 3));
  }
  out.text(".");
  if (number(&shuffled, "moved") < 0.1)
    out.text(" Shuffling within groups hardly moved the labels here, so that p says little.");
}

void say_random_weights(const Reading& reading, const Control& control, Sentence& out) {
  const Interval* value = find(control.numbers, "value");
  const Interval* gap = find(control.numbers, "best_minus_this");
  if (value == nullptr || gap == nullptr) return;
  out.text(" With random weights the same model gives ").value(value_with_unit(reading.style, value->value));
  switch (reading.standing(gap)) {
    case Standing::above:
      out.text(": training the model adds ").strong(points_text(reading.style, gap->value));
      break;
    case Standing::below:
      out.text(", which is better");
      break;
    default:
      out.text(", which cannot be told apart from it");
  }
  out.text(" ").keep(interval_text(reading.style, *gap)).text(".");
}

}  // namespace

Sentence honesty_sentence(const Reading& reading) {
  Sentence out;
  const result::Honesty& honesty = reading.result.honesty;
  if (const Control* shuffled = result::find(honesty, "shuffled_labels");
      shuffled != nullptr && std::isfinite(number(shuffled, "p")))
    say_shuffles(reading, *shuffled, out);
  if (const Control* weights = result::find(honesty, "random_weights"))
    say_random_weights(reading, *weights, out);
  const double compression = number(result::find(honesty, "codelength"), "compression");
  if (compression > 1)
    out.text(fmt::format(" Whoever has the features needs {} times fewer bits for the labels.",
                         fixed(compression, 2)));
  else if (std::isfinite(compression))
    out.text(" The features do not shorten the labels, counted in bits.");
  return out;
}

}  // namespace sonde::report

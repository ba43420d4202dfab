// Examples that need no file: pairs of whole numbers written out by a template, with a number of the pair, or
// their sum, as the target.
#pragma once

#include <cstdint>
#include <string>

#include "sonde/core/options.h"
#include "sonde/data/examples.h"

namespace sonde::data {

/// Section [numbers].
struct NumberPairOptions {
  std::int64_t low = 0;
  std::int64_t high = 999;
  std::int64_t sum_below = 1000;
  std::string text = "{a} + {b}";
  std::string target = "b";

  template <class V>
  void fields(V& visit) {
    visit("low", low, {.help = "smallest number", .low = -1e6, .high = 1e6});
    visit("high", high, {.help = "largest number", .low = -1e6, .high = 1e6});
    visit("sum_below", sum_below,
          {.help = "pairs whose sum is below this", .larger = "more pairs", .low = -2e6, .high = 2e6 + 1});
    visit("template", text, {.help = "how a pair is written, with {a} and {b}"});
    visit("target", target,
          {.help = "the number to predict: one of the pair, or their sum", .words = {"a", "b", "sum"}});
  }
};

/// Make an example of every pair of low … high whose sum is below `sum_below`: a ascending, then b. Labels
/// are the target numbers as classes, targets the same as numbers; rows count from 1. Errors: usage for a
/// template that asks for something else than a and b, or leaves out what the target is made of; input when
/// there is no pair; limit for more than 2²⁶ pairs.
Examples number_pairs(const NumberPairOptions& options);

}  // namespace sonde::data

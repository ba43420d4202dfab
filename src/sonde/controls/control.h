// A control: an experiment on a probe's own data that says how far its number can be believed. Each leaf
// refits the probe under some change and gives named numbers. Controls never touch the fitted probe.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sonde/controls/subject.h"
#include "sonde/core/options.h"
#include "sonde/core/run_context.h"
#include "sonde/metrics/interval.h"

namespace sonde::controls {

using metrics::Interval;
inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// How much is refitted. Every number counts fits of the questioned probe.
struct ControlOptions {
  std::int64_t permutations = 99;
  std::int64_t control_tasks = 5;
  std::int64_t seeds = 20;
  std::string sizes = "0.1,0.25,0.5,1";
  std::int64_t subsets = 5;
  std::int64_t nullspace_rounds = 32;
  double level = 0.95;  ///< of the intervals over refits; the study's, so no field

  template <class V>
  void fields(V& visit) {
    visit("permutations", permutations,
          {.help = "refits on shuffled labels; the smallest p is 1 / (1 + permutations)",
           .larger = "finer p, longer run",
           .low = 1,
           .high = 1e6});
    visit("control_tasks", control_tasks,
          {.help = "sets of random labels, one label per type, that the probe is fitted to",
           .larger = "steadier selectivity, longer run",
           .low = 1,
           .high = 1e4});
    visit("seeds", seeds,
          {.help = "refits on resampled training rows, each with a seed of its own",
           .larger = "steadier spread of training, longer run",
           .low = 2,
           .high = 1e5});
    visit("sizes", sizes,
          {.help = "shares of the training rows at which the learning curve is measured, ascending"});
    visit("subsets", subsets,
          {.help = "random subsets per size of the learning curve",
           .larger = "steadier curve, longer run",
           .low = 1,
           .high = 1e4});
    visit("nullspace_rounds", nullspace_rounds,
          {.help = "times at most that a linear fit's directions are taken out and the probe is fitted again",
           .larger = "finds the end of a label that many directions hold, longer run",
           .low = 1,
           .high = 1e4});
  }
};

/// A number at a size of the training part.
struct Point {
  std::int64_t rows = 0;  ///< training rows
  Interval value;
};

/// What a control found. The first number is the one to show.
struct Findings {
  std::vector<std::pair<std::string, Interval>> numbers;
  std::vector<double> draws;  ///< the study's metric on test after each refit
  std::vector<Point> points;
  std::string note;  ///< what must be known to read the numbers; may be empty

  /// Give a number by name. Errors: internal for a name that is not there.
  const Interval& at(std::string_view name) const;
};

/// One leaf of the catalogue.
struct ControlRecord {
  std::string_view name;
  std::string_view summary;  ///< how to read it, one sentence
  std::string_view source;
  bool of_numbers = true;  ///< whether it can question a probe that predicts numbers
  Findings (*run)(const Subject& subject, const ControlOptions& options, const RunContext& context);
};

/// Give every control, in the order of list.def.
std::span<const ControlRecord* const> control_records();

/// Give the record of a control. Errors: usage for an unknown name, with the nearest.
const ControlRecord& control_record(std::string_view name);

/// Refuse options that no field description can refuse alone: the sizes of the learning curve.
/// Errors: usage.
void check(const ControlOptions& options);

/// Read the sizes of a learning curve: shares in (0, 1], ascending. Errors: usage.
std::vector<double> parse_sizes(std::string_view text);

/// Wrap a number that has no interval.
inline Interval alone(double value) { return {value, kNaN, kNaN}; }

/// Give mean and central percentile interval of draws that are defined; NaN for none.
/// Source: numpy's default percentiles (Hyndman and Fan type 7).
Interval summary_of(std::span<const double> draws, double level);

}  // namespace sonde::controls

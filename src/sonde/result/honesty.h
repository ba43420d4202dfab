// What the controls found: the part of a result that says how far its number can be believed. Plain values
// only.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "sonde/result/values.h"

namespace sonde::result {

/// A number of a control at a size of the training part.
struct ControlPoint {
  std::int64_t rows = 0;  ///< training rows; of the codelength: those that had arrived before the block
  Interval value;
};

/// One control: an experiment on the best probe that says how far its number can be believed.
struct Control {
  std::string name;           ///< shuffled_labels, control_task, codelength, learning_curve, seeds,
                              ///< erasure, nullspace, random_weights, embeddings
  std::string summary;        ///< how to read it, one sentence
  std::string note;           ///< what must be known to read the numbers; may be empty
  Metrics numbers;            ///< by name; the first is the one to show. Bounds are null where there are none
  std::vector<double> draws;  ///< the headline metric after each refit, where it has some
  std::vector<ControlPoint> points;  ///< of the learning curve, or bits per row of each block
  double seconds = 0;
};

/// The p value of one address among several that were tried: Result::results[i] has addresses[i].
struct CorrectedAddress {
  std::string at, probe, variant;
  double p = kNaN;                   ///< of shuffled labels, alone
  double holm = kNaN;                ///< bounds the chance of one false find, whatever the dependence
  double benjamini_hochberg = kNaN;  ///< bounds the expected share of false finds
  double against_best = kNaN;        ///< against the best address of each shuffle
};

/// What `--honesty` adds; no controls when it was not asked for.
struct Honesty {
  std::string at, probe, variant, metric;  ///< what was questioned: the best, by the headline metric
  nlohmann::ordered_json options = nlohmann::ordered_json::object();
  std::vector<Control> controls;
  std::vector<CorrectedAddress> addresses;  ///< only when shuffles were asked for at all addresses
};

/// Find a control by name; null when it was not run.
const Control* find(const Honesty& honesty, std::string_view name);

}  // namespace sonde::result

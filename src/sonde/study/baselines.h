// The predictors that know less, by task: what every study is held against.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "sonde/metrics/predictions.h"
#include "sonde/probes/probe.h"

namespace sonde::study {

/// One baseline.
struct BaselineChoice {
  metrics::Task task = metrics::Task::classes;
  std::string_view name;  ///< in the result
  std::string_view kind;  ///< of the probe that it is
  /// Say in a phrase what it is, once fitted: "logistic on 7,741 word counts".
  std::string (*note)(const probes::FittedProbe& fitted) = nullptr;
};

/// List every baseline of every task.
std::span<const BaselineChoice> baseline_choices();

}  // namespace sonde::study

#include "sonde/study/baselines.h"

#include <fmt/core.h>

#include <array>

namespace sonde::study {
namespace {

using metrics::Task;
using probes::FittedProbe;

std::string word_note(const FittedProbe& fitted) {
  return fmt::format("logistic on {} word counts", fitted.save().metadata["vocabulary"].size());
}

std::string majority_note(const FittedProbe& fitted) {
  const Matrix scores = fitted.scores(probes::ProbeInput::of_count(1));
  return fmt::format("always “{}”", fitted.classes()[probes::predicted_classes(scores.view()).front()]);
}

std::string mean_note(const FittedProbe& fitted) {
  return fmt::format("always {:.4g}", fitted.scores(probes::ProbeInput::of_count(1)).row(0)[0]);
}

constexpr std::array kChoices{
    BaselineChoice{Task::classes, "bag_of_words", "bag_of_words", word_note},
    BaselineChoice{Task::classes, "length", "length",
                   [](const FittedProbe&) -> std::string { return "logistic on the number of tokens"; }},
    BaselineChoice{Task::classes, "majority", "majority", majority_note},
    BaselineChoice{Task::numbers, "length", "length_line",
                   [](const FittedProbe&) -> std::string { return "a line through the log of the tokens"; }},
    BaselineChoice{Task::numbers, "mean", "mean", mean_note},
};

}  // namespace

std::span<const BaselineChoice> baseline_choices() { return kChoices; }

}  // namespace sonde::study

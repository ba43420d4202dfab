// What the leaves that read contrast sets share: the checks at their door, the statistics of each prompt, the
// rule that says which way is up, and the fitted probe that is linear in the prompts of a row.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sonde/probes/closed_form.h"
#include "sonde/probes/probe.h"
#include "sonde/solvers/contrast_direction.h"

namespace sonde::probes {

/// Prompt p of every row. Shapes: [n, d].
MatrixView prompt_rows(const ProbeInput& input, std::int64_t prompt);

/// Refuse contrast sets that cannot be fitted: other than two classes, an odd number of prompts, more than
/// `most_prompts` of them. Errors: input.
void check_contrast(std::string_view kind, const LabelledInput& train, std::int64_t most_prompts);

/// Refuse an odd number of prompts, or more than `most`. Errors: input.
void check_prompts(std::string_view kind, std::int64_t prompts, std::int64_t most);

/// Refuse rows of another number of prompts or another width. Errors: input.
void check_contrast_rows(std::string_view kind, const ProbeInput& input, std::int64_t prompts,
                         std::int64_t width);

/// The words of option `normalize` that rest on training statistics alone.
inline const std::vector<std::string> kNormalizeWords{"none", "mean", "mean_std"};
/// The words of option `sign`.
inline const std::vector<std::string> kSignWords{"none", "train", "flattering"};
/// What option `sign` says of itself.
inline constexpr std::string_view kSignHelp =
    "which way is up: none: as fitted; train: by the training labels; flattering: accuracy is to be shown as "
    "max(a, 1 - a), which the labels of the scored rows decide";

/// Measure every prompt on its own. Shapes: result [prompts].
std::vector<solvers::ColumnStatistics> prompt_statistics(const ProbeInput& input, std::string_view normalize);

/// How a probe that needs no labels came by its orientation.
struct Orientation {
  bool flipped = false;
  nlohmann::ordered_json details;  ///< sign, train_accuracy, flipped; accuracy_shown where it is flattered
};

/// Decide whether the classes change places, from the scores as fitted. Shapes: scores [n, 2].
Orientation orient(MatrixView scores, std::span<const std::int32_t> labels, const std::string& sign);

/// Options of a probe that follows one direction.
struct DirectionOptions {
  std::string normalize = "mean";
  std::string sign = "train";
  solvers::ContrastTerms terms;
};

/// Fit the direction of contrast_direction(). With sign=train the second class is the one whose statements
/// project higher on average. The probability of the second class is the logistic function of
/// what its statements project to less what those of the first do, in units of the spread on the training
/// rows: an order, not a calibrated probability.
std::unique_ptr<FittedProbe> fit_direction(std::string_view kind, const LabelledInput& train,
                                           const DirectionOptions& options,
                                           const nlohmann::ordered_json& shown_options);

/// The same for two prompts from sums over their rows, side by side. It does not know the accuracy in
/// training.
std::unique_ptr<FittedProbe> solve_direction(std::string_view kind, const FormSums& sums,
                                             const DirectionOptions& options,
                                             const nlohmann::ordered_json& shown_options);

/// Open what fit_direction() saved. Errors: input when a tensor or a metadata key is missing or misshapen.
std::unique_ptr<FittedProbe> open_direction(std::string_view kind, const SavedProbe& saved);

}  // namespace sonde::probes

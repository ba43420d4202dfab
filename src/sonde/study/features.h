// Probes on stored features, ours or foreign: a safetensors file of tensors with labels, or .npy matrices. A
// tensor is rows [n, d], contrast sets [n, prompts, d], or token rows [sum of tokens, d] with `offsets` [n +
// 1].
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sonde/core/run_context.h"
#include "sonde/result/result.h"
#include "sonde/study/run.h"
#include "sonde/study/spec.h"

namespace sonde::study {

/// Result::model.type of a run on stored features.
inline constexpr const char* kFeaturesType = "features";

/// Section [features].
struct FeaturesSpec {
  std::string file;
  std::string labels = "labels";
  std::string split, groups;
  std::vector<std::string> at;  ///< addresses to use, patterns allowed; empty: all

  template <class V>
  void fields(V& visit) {
    visit("file", file, {.help = "safetensors file of features, or an .npy matrix"});
    visit("labels", labels, {.help = "tensor with the class or the number of each row, or an .npy file"});
    visit("split", split, {.help = "tensor with 0 train, 1 valid, 2 test; empty: divided by [split]"});
    visit("groups", groups, {.help = "tensor with group ids that must not cross the split"});
  }
};

/// A study on stored features.
struct FeaturesStudy {
  FeaturesSpec features;
  std::optional<data::SampleOptions> sample;
  SplitSpec split;
  EvaluateSpec evaluate;
  std::optional<HonestySpec> honesty;
  std::vector<ProbeChoice> probes = {{}};
};

/// Read a study on features from its sections, or nothing when there is no [features].
/// Errors: usage, as read_study().
std::optional<FeaturesStudy> read_features_study(const nlohmann::json& sections, std::string_view path,
                                                 std::string_view folder);

/// Fit and judge probes on stored features.
/// Errors: input when a tensor is missing or misshapen; usage as the options say.
result::Result fit_features(const FeaturesStudy& study, const RunOptions& options, const RunContext& context);

}  // namespace sonde::study

// Probes on stored features, ours or foreign: a safetensors file of [n, d] tensors with labels, or .npy
// matrices.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sonde/core/run_context.h"
#include "sonde/result/result.h"
#include "sonde/study/run.h"
#include "sonde/study/spec.h"

namespace sonde::study {

/// Result::model.type of a run on stored features.
inline constexpr const char* kFeaturesType = "features";

/// What is fitted on.
struct FeaturesRequest {
  std::filesystem::path features;  ///< .safetensors, or .npy with one matrix
  std::string labels = "labels";   ///< tensor in the file, or an .npy file
  std::string split;            ///< tensor with 0 train, 1 valid, 2 test; empty: divided by `split_options`
  std::string groups;           ///< tensor with group ids; empty: none
  std::vector<std::string> at;  ///< addresses to use, patterns allowed; empty: all
  SplitSpec split_options;
  EvaluateSpec evaluate;
  std::vector<ProbeChoice> probes = {{}};
};

/// Fit and judge probes on stored features.
/// Errors: input when a tensor is missing or misshapen; usage as the options say.
result::Result fit_features(const FeaturesRequest& request, const RunOptions& options,
                            const RunContext& context);

}  // namespace sonde::study

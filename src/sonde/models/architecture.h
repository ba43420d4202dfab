// The catalogue of architectures: for each, how a config becomes a graph. A leaf is one file written like the
// Hugging Face module it mirrors, with the same child names; the only place that chooses between
// architectures is here.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "sonde/graph/graph.h"
#include "sonde/models/config.h"
#include "sonde/models/gguf.h"

namespace sonde::models {

/// One supported architecture.
struct Architecture {
  std::string_view model_type;            ///< as config.json's `model_type` says it
  std::string_view summary;               ///< one line
  std::vector<std::string_view> classes;  ///< model classes; the first is taken when the config names none
  graph::Graph (*build)(const Config& config, std::string_view model_class);
  const GgufNaming* gguf = nullptr;  ///< what GGUF files call its parts; null where they are not read
};

/// Give all architectures in the order of list.def.
std::span<const Architecture* const> architectures();

/// Build the graph of the model a config describes.
/// Errors: input for a `model_type` that is not supported (nearest and all named), a model class that is not,
/// or values that do not fit together.
graph::Graph build_graph(const Config& config);

}  // namespace sonde::models

// The model that RoBERTa made of BERT's encoder, which XLM-RoBERTa and others keep to the last name:
// positions counted from behind the padding token, and a masked-LM head of its own.
#pragma once

#include <string_view>

#include "sonde/graph/graph.h"
#include "sonde/models/config.h"

namespace sonde::models {

/// What such a model's classes are called, and the vocabulary its config class takes when none is given.
struct RobertaNames {
  std::string_view masked_lm;  ///< for example "RobertaForMaskedLM"
  std::int64_t vocabulary = 50265;
};

/// Write the base model, or the masked-LM class around it, when `model_class` says so.
/// Errors: input for positions that leave no room behind the padding token, and as read_bert_encoder().
graph::Graph roberta_graph(const Config& config, std::string_view model_class, const RobertaNames& names);

}  // namespace sonde::models

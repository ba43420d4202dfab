// The published configs that tests count, and a way to change one key.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "../files/scratch_folder.h"
#include "sonde/models/architecture.h"

namespace sonde::models {

/// google-bert/bert-base-uncased.
inline nlohmann::json bert_base() {
  return {{"model_type", "bert"},      {"architectures", {"BertModel"}},
          {"hidden_size", 768},        {"num_hidden_layers", 12},
          {"num_attention_heads", 12}, {"intermediate_size", 3072},
          {"vocab_size", 30522},       {"max_position_embeddings", 512},
          {"type_vocab_size", 2},      {"layer_norm_eps", 1e-12},
          {"hidden_act", "gelu"}};
}

/// openai-community/gpt2.
inline nlohmann::json gpt2_small() {
  return {{"model_type", "gpt2"}, {"architectures", {"GPT2LMHeadModel"}},
          {"n_embd", 768},        {"n_layer", 12},
          {"n_head", 12},         {"n_positions", 1024},
          {"vocab_size", 50257},  {"activation_function", "gelu_new"}};
}

/// meta-llama/Llama-3.2-1B.
inline nlohmann::json llama_1b() {
  return {{"model_type", "llama"},
          {"architectures", {"LlamaForCausalLM"}},
          {"hidden_size", 2048},
          {"num_hidden_layers", 16},
          {"num_attention_heads", 32},
          {"num_key_value_heads", 8},
          {"head_dim", 64},
          {"intermediate_size", 8192},
          {"vocab_size", 128256},
          {"max_position_embeddings", 131072},
          {"rms_norm_eps", 1e-5},
          {"rope_theta", 500000.0},
          {"rope_scaling",
           {{"rope_type", "llama3"},
            {"factor", 32.0},
            {"low_freq_factor", 1.0},
            {"high_freq_factor", 4.0},
            {"original_max_position_embeddings", 8192}}},
          {"tie_word_embeddings", true},
          {"hidden_act", "silu"}};
}

inline Config config_of(const nlohmann::json& values) { return Config::parse(values.dump()); }

inline graph::Graph graph_of(const nlohmann::json& values) { return build_graph(config_of(values)); }

/// Build with one key changed and give the refusal.
inline Error refusal_of(nlohmann::json values, const std::string& key, const nlohmann::json& value) {
  values[key] = value;
  const Error error = files::error_of([&] { graph_of(values); });
  EXPECT_EQ(error.code(), ErrorCode::input) << key << " = " << value;
  return error;
}

/// Count the numbers of all parameters; what is tied to another counts with that one.
inline std::int64_t count_parameters(const graph::Graph& graph) {
  std::int64_t count = 0;
  for (std::size_t i = 0; i < graph.parameters.size(); ++i)
    count += graph.own_size(static_cast<graph::ParameterId>(i));
  return count;
}

/// Give the attention window of each layer, 0 where there is none.
inline std::vector<std::int64_t> attention_windows(const graph::Graph& graph) {
  std::vector<std::int64_t> windows;
  for (const graph::Node& node : graph.nodes) {
    if (const auto* attend = std::get_if<graph::Attend>(&node.operation))
      windows.push_back(attend->shape.window);
  }
  return windows;
}

/// Find a module, or fail.
inline const graph::ScopeRecord& module_at(const graph::Graph& graph, const std::string& path) {
  for (const graph::ScopeRecord& scope : graph.scopes) {
    if (scope.path == path) return scope;
  }
  throw std::out_of_range(path);
}

}  // namespace sonde::models

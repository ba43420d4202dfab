#include "sonde/models/blocks/gguf_llama.h"

#include <fmt/core.h>

#include <algorithm>
#include <initializer_list>
#include <string>

#include "sonde/files/convert.h"

namespace sonde::models {

std::vector<GgufKey> gguf_llama_keys(const std::vector<GgufKey>& more) {
  std::vector<GgufKey> keys = {{"context_length", "max_position_embeddings"},
                               {"block_count", "num_hidden_layers"},
                               {"feed_forward_length", "intermediate_size"},
                               {"embedding_length", "hidden_size"},
                               {"rope.freq_base", "rope_theta"},
                               {"attention.head_count", "num_attention_heads"},
                               {"attention.head_count_kv", "num_key_value_heads"},
                               {"attention.layer_norm_rms_epsilon", "rms_norm_eps"}};
  keys.insert(keys.end(), more.begin(), more.end());
  return keys;
}

std::vector<GgufTensorName> gguf_llama_tensors(const std::vector<GgufTensorName>& more) {
  std::vector<GgufTensorName> tensors = more;
  // A name that is given in `more`, with a form of its own, is not given again.
  for (const GgufTensorName& name :
       std::initializer_list<GgufTensorName>{{"token_embd", "model.embed_tokens"},
                                             {"output", "lm_head"},
                                             {"blk.{i}.attn_q", "model.layers.{i}.self_attn.q_proj"},
                                             {"blk.{i}.attn_k", "model.layers.{i}.self_attn.k_proj"},
                                             {"blk.{i}.attn_v", "model.layers.{i}.self_attn.v_proj"},
                                             {"blk.{i}.attn_output", "model.layers.{i}.self_attn.o_proj"},
                                             {"blk.{i}.ffn_gate", "model.layers.{i}.mlp.gate_proj"},
                                             {"blk.{i}.ffn_up", "model.layers.{i}.mlp.up_proj"},
                                             {"blk.{i}.ffn_down", "model.layers.{i}.mlp.down_proj"}}) {
    const auto same = [&](const GgufTensorName& other) { return other.stored == name.stored; };
    if (std::ranges::none_of(more, same)) tensors.push_back(name);
  }
  return tensors;
}

std::vector<GgufTensorName> gguf_llama_norms() {
  return {{"output_norm", "model.norm"},
          {"blk.{i}.attn_norm", "model.layers.{i}.input_layernorm"},
          {"blk.{i}.ffn_norm", "model.layers.{i}.post_attention_layernorm"}};
}

void gguf_complete_llama(const files::GgufHeader& header, const files::TensorFile& file,
                         nlohmann::json& config) {
  config["tie_word_embeddings"] = file.find("output.weight") == nullptr;
  const std::string prefix =
      fmt::format("{}.rope.scaling.", header.text("general.architecture").value_or(""));
  const std::string type(header.text(prefix + "type").value_or("none"));
  if (type != "none") {
    config["rope_scaling"] = {{"rope_type", type}};
    if (const auto factor = header.number(prefix + "factor")) config["rope_scaling"]["factor"] = *factor;
    if (const auto trained = header.whole_number(prefix + "original_context_length"))
      config["rope_scaling"]["original_max_position_embeddings"] = *trained;
  }
  const files::TensorInfo* divisors = file.find("rope_freqs.weight");
  if (divisors == nullptr) return;
  if (divisors->shape.size() != 1) {
    header.refuse("rope_freqs.weight", files::shape_text(divisors->shape), "one number for each frequency");
  }
  config["rope_scaling"] = {{"rope_type", "divided"}, {"divisors", files::to_float(*divisors)}};
}

}  // namespace sonde::models

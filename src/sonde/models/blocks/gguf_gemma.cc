#include "sonde/models/blocks/gguf_gemma.h"

#include "sonde/models/blocks/gguf_llama.h"

namespace sonde::models {

std::vector<GgufKey> gguf_gemma_keys(const std::vector<GgufKey>& more) {
  std::vector<GgufKey> keys =
      gguf_llama_keys({{"attention.key_length", "head_dim"}, {"attention.sliding_window", "sliding_window"}});
  keys.insert(keys.end(), more.begin(), more.end());
  return keys;
}

std::vector<GgufTensorName> gguf_gemma_tensors(const std::vector<GgufTensorName>& more) {
  std::vector<GgufTensorName> names = {
      {"output_norm", "model.norm", GgufForm::plus_one},
      {"blk.{i}.attn_norm", "model.layers.{i}.input_layernorm", GgufForm::plus_one},
      {"blk.{i}.post_attention_norm", "model.layers.{i}.post_attention_layernorm", GgufForm::plus_one},
      {"blk.{i}.ffn_norm", "model.layers.{i}.pre_feedforward_layernorm", GgufForm::plus_one},
      {"blk.{i}.post_ffw_norm", "model.layers.{i}.post_feedforward_layernorm", GgufForm::plus_one}};
  names.insert(names.end(), more.begin(), more.end());
  return gguf_llama_tensors(names);
}

void gguf_complete_gemma(const files::GgufHeader& header, const files::TensorFile& file,
                         nlohmann::json& config, std::int64_t divided_layers) {
  gguf_complete_llama(header, file, config);
  const auto number = [&](const char* key) { return config.value(key, std::int64_t{0}); };
  const std::int64_t heads = number("num_attention_heads"), head_width = number("head_dim");
  // What is missing or zero here is refused when the config is read.
  if (heads <= 0 || head_width <= 0) return;
  config["query_pre_attn_scalar"] =
      number("num_hidden_layers") == divided_layers ? number("hidden_size") / heads : head_width;
}

}  // namespace sonde::models

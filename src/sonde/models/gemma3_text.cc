// Gemma 3, text only: Gemma 2's layer with norms on query and key heads instead of a cap on scores; layers
// with a window turn by a theta of their own. Refuses bidirectional attention (EmbeddingGemma). Source: Gemma
// Team 2025; transformers 5.23, configuration_gemma3.py and modeling_gemma3.py.
#include "sonde/models/architecture.h"
#include "sonde/models/blocks/gemma_decoder.h"
#include "sonde/models/blocks/gguf_gemma.h"

namespace sonde::models {
namespace {

void set_rotations(const Config& config, LlamaDecoder& decoder) {
  const auto rotation_of = [&](std::string_view layer_type, double theta,
                               const std::optional<Config>& scaling) {
    Rotary rotary = read_layer_rotary(config, layer_type, theta, scaling);
    rotary.head_width = decoder.head_width;
    rotary.positions = decoder.positions;
    return rotation(rotary);
  };
  const graph::Rotate global =
      rotation_of("full_attention", config.number("rope_theta", 1000000.0), config.object("rope_scaling"));
  const graph::Rotate local =
      rotation_of("sliding_attention", config.number("rope_local_base_freq", 10000.0), {});
  for (std::size_t i = 0; i < decoder.windows.size(); ++i)
    decoder.rotations[i] = decoder.windows[i] > 0 ? local : global;
}

graph::Graph build(const Config& config, std::string_view model_class) {
  LlamaDecoder decoder =
      read_gemma_decoder(config, {.positions = 131072, .pattern = config.size("sliding_window_pattern", 6)});
  // transformers reads this key and does nothing with it; no published model sets it.
  if (const double cap = read_soft_cap(config, "attn_logit_softcapping", 0); cap > 0)
    Config::refuse("attn_logit_softcapping", std::to_string(cap), "null");
  decoder.attention = head_norm_attention;
  set_rotations(config, decoder);
  return llama_decoder_graph(decoder, model_class == "Gemma3ForCausalLM");
}

const GgufNaming kGguf = {
    .architecture = "gemma3",
    .keys = gguf_gemma_keys(),
    .tensors = gguf_gemma_tensors(
        {{"blk.{i}.attn_q_norm", "model.layers.{i}.self_attn.q_norm", GgufForm::plus_one},
         {"blk.{i}.attn_k_norm", "model.layers.{i}.self_attn.k_norm", GgufForm::plus_one}}),
    .complete = [](const files::GgufHeader& header, const files::TensorFile& file,
                   nlohmann::json& config) { gguf_complete_gemma(header, file, config, 62); },
    .merges = files::ImpliedMerges::by_position};

}  // namespace

extern const Architecture gemma3_text_entry;
const Architecture gemma3_text_entry = {"gemma3_text",
                                        "Gemma 3 text decoder, norms on heads, local and global rotation",
                                        {"Gemma3ForCausalLM", "Gemma3TextModel"},
                                        build,
                                        &kGguf};

}  // namespace sonde::models

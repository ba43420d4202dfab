// Gemma 2: norms around both sub-layers, soft caps on scores and logits, a window on every other layer.
// Source: Gemma Team 2024; transformers 5.23, configuration_gemma2.py.
#include "sonde/models/architecture.h"
#include "sonde/models/blocks/gemma_decoder.h"
#include "sonde/models/blocks/gguf_gemma.h"

namespace sonde::models {
namespace {

graph::Graph build(const Config& config, std::string_view model_class) {
  LlamaDecoder decoder = read_gemma_decoder(config, {.logit_cap = 30});
  decoder.score_cap = read_soft_cap(config, "attn_logit_softcapping", 50);
  return llama_decoder_graph(decoder, model_class == "Gemma2ForCausalLM");
}

const GgufNaming kGguf = {
    .architecture = "gemma2",
    .keys = gguf_gemma_keys({{"attn_logit_softcapping", "attn_logit_softcapping"},
                             {"final_logit_softcapping", "final_logit_softcapping"}}),
    .tensors = gguf_gemma_tensors(),
    .complete = [](const files::GgufHeader& header, const files::TensorFile& file,
                   nlohmann::json& config) { gguf_complete_gemma(header, file, config, 46); },
    .merges = files::ImpliedMerges::by_position};

}  // namespace

extern const Architecture gemma2_entry;
const Architecture gemma2_entry = {"gemma2",
                                   "Gemma 2 decoder, norms around both sub-layers, soft caps",
                                   {"Gemma2ForCausalLM", "Gemma2Model"},
                                   build,
                                   &kGguf};

}  // namespace sonde::models

// What Gemma 2 and 3 do otherwise than Llama: embeddings scaled by the root of the width, norms that add 1 to
// their weight and stand before and after each sub-layer, and soft caps on scores and logits.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "sonde/models/blocks/layer_types.h"
#include "sonde/models/blocks/llama_decoder.h"

namespace sonde::models {

/// What distinguishes the configs of one Gemma from another's.
struct GemmaDefaults {
  std::int64_t positions = 8192;  ///< of max_position_embeddings
  double logit_cap = 0;           ///< of final_logit_softcapping; 0: none, which null always means
  std::int64_t pattern = 2;       ///< every so many layers one sees everything, the others a window
};

/// Read what Gemma's configs share. Embeddings are scaled by √d rounded to float, which is what transformers
/// does for float weights (for bfloat16 ones it rounds further). Errors: as read_llama_decoder(); input for
/// bidirectional attention, numbers that must be positive and are not, and a null window.
LlamaDecoder read_gemma_decoder(const Config& config, const GemmaDefaults& defaults);

/// Read the soft cap under `key`; 0 means none, which a config says by null. Errors: input for a cap that is
/// not positive.
double read_soft_cap(const Config& config, std::string_view key, double otherwise);

}  // namespace sonde::models

// What GGUF files call the parts that Llama's decoder and its relatives share.
#pragma once

#include <vector>

#include "sonde/models/gguf.h"

namespace sonde::models {

/// Give the metadata keys that such files share: sizes, heads, epsilon, rotary base.
/// Source: transformers 5.23, integrations/ggml.py, GGUF_CONFIG_MAPPING.
std::vector<GgufKey> gguf_llama_keys(const std::vector<GgufKey>& more = {});

/// Give the tensors that such files share: embeddings, projections, MLP and head. Norms are in `more`,
/// because families differ in which they have and whether files hold them one larger. Source: gguf 0.19,
/// tensor_mapping.py.
std::vector<GgufTensorName> gguf_llama_tensors(const std::vector<GgufTensorName>& more);

/// The norms before attention and MLP, and the last, as Llama has them.
std::vector<GgufTensorName> gguf_llama_norms();

/// Complete a config: tied embeddings when the file has no head, and the scaling of rotary frequencies, by a
/// type or by the divisors that `rope_freqs.weight` holds. Errors: input for a table that is no vector.
void gguf_complete_llama(const files::GgufHeader& header, const files::TensorFile& file,
                         nlohmann::json& config);

}  // namespace sonde::models

// What GGUF files call the parts that Gemma 2 and 3 share.
#pragma once

#include <vector>

#include "sonde/models/gguf.h"

namespace sonde::models {

/// Give the metadata keys that such files share. Source: transformers 5.23, integrations/ggml.py.
std::vector<GgufKey> gguf_gemma_keys(const std::vector<GgufKey>& more = {});

/// Give the tensors that such files share; the converter stores every norm one larger. Norms on heads are in
/// `more`. Source: gguf 0.19, tensor_mapping.py.
std::vector<GgufTensorName> gguf_gemma_tensors(const std::vector<GgufTensorName>& more = {});

/// Complete a config as gguf_complete_llama() does, and with the factor on scores, which the files do not
/// hold: of the model of `divided_layers` layers it is the width of the stream divided by the heads, else the
/// head's width. Errors: as gguf_complete_llama(). Source: llama.cpp, llama-model.cpp, `f_attention_scale`;
/// transformers 5.23 takes 256 for all, which is another number for the largest models.
void gguf_complete_gemma(const files::GgufHeader& header, const files::TensorFile& file,
                         nlohmann::json& config, std::int64_t divided_layers);

}  // namespace sonde::models

// Opens a tokenizer from a SentencePiece model as transformers' DebertaV2Tokenizer and AlbertTokenizer do.
// Refuses models of other classes: their rules are not in the file.
#pragma once

#include <cstdint>

#include "sonde/text/tokenizer_files_internal.h"
#include "sonde_shim.h"

namespace sonde::text {

/// Open from files that read_tokenizer_files() gave for spm.model or spiece.model; a function of the shim's
/// form. Errors: input for another class, or when a token's description makes no sense.
/// Source: transformers 5.23, PreTrainedTokenizerBase._from_pretrained and TokenizersBackend.__init__.
std::int32_t open_sentencepiece(const TokenizerFiles& files, sonde_tokenizer** out, sonde_error* error);

}  // namespace sonde::text

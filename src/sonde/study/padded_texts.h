// What [capture] says of the length of texts: where they are cut, and the pads that a replayed study
// computes.
#pragma once

#include <optional>
#include <vector>

#include "sonde/capture/language_model.h"
#include "sonde/capture/padding.h"
#include "sonde/result/result.h"
#include "sonde/study/spec.h"
#include "sonde/text/token_batch.h"

namespace sonde::study {

/// Give the pads that a study asks for, if any. Errors: usage, as capture::read_padding says.
std::optional<capture::Padding> padding_of(const CaptureSpec& spec);

/// Give the most tokens of a text: as the model allows, and no more than texts are padded to. 0: no bound.
/// Errors: usage when more is asked for than the model's positions.
std::int64_t max_length_of(const CaptureSpec& spec, const capture::LanguageModel& model,
                           const text::Tokenizer& tokenizer);

/// Pad texts where the study asks for it, and warn that what follows depends on pads.
/// Errors: usage when the model has fewer positions; input as LanguageModel::pad_token() and capture::pad
/// say.
text::TokenBatch padded(text::TokenBatch batch, const CaptureSpec& spec, const capture::LanguageModel& model,
                        std::vector<result::Warning>& warnings);

}  // namespace sonde::study

#include "sonde/study/padded_texts.h"

#include <fmt/core.h>

#include <algorithm>

namespace sonde::study {

std::optional<capture::Padding> padding_of(const CaptureSpec& spec) {
  return capture::read_padding({.pad = spec.pad, .attend_pads = spec.attend_pads, .pooling = spec.tokens});
}

std::int64_t max_length_of(const CaptureSpec& spec, const capture::LanguageModel& model,
                           const text::Tokenizer& tokenizer) {
  const std::int64_t length = model.max_length(spec.max_length, tokenizer);
  const std::optional<capture::Padding> padding = padding_of(spec);
  if (!padding) return length;
  return length > 0 ? std::min(length, padding->length) : padding->length;
}

text::TokenBatch padded(text::TokenBatch batch, const CaptureSpec& spec, const capture::LanguageModel& model,
                        std::vector<result::Warning>& warnings) {
  const std::optional<capture::Padding> padding = padding_of(spec);
  if (!padding) return batch;
  const std::int64_t positions = model.graph().positions;
  if (positions > 0 && padding->length > positions) {
    throw Error(ErrorCode::usage, {.where = "[capture] pad",
                                   .what = "longer than the model's positions",
                                   .got = std::to_string(padding->length),
                                   .expected = fmt::format("at most {}", positions)});
  }
  const bool left = padding->side == capture::Padding::Side::left;
  warnings.push_back(
      {.code = "pads",
       .message = fmt::format(
           "every text was padded to {} tokens on the {}{}{}", padding->length, left ? "left" : "right",
           padding->attended ? ", and its tokens see the pads" : "",
           capture::make_pooling(spec.tokens)->padded_length() > 0 ? "; the mean is over pads as well" : ""),
       .hint = "this replays a published slip: vectors depend on how short a text is; leave pads out of a "
               "study of your own",
       .affects_numbers = true});
  return capture::pad(batch, *padding, model.pad_token());
}

}  // namespace sonde::study

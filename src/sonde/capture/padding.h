// Pads, for the sake of published work whose numbers they are part of. Sonde itself never needs any: texts
// are packed. Pads change what a model computes only as far as they are seen, or pooled.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "sonde/capture/pooling.h"
#include "sonde/text/token_batch.h"

namespace sonde::capture {

/// How texts are padded.
struct Padding {
  enum class Side { left, right };
  Side side = Side::right;
  std::int64_t length = 0;  ///< tokens of every text, pads included
  bool attended = false;    ///< whether the model's tokens see the pads, as without an attention mask
};

/// Which pads a study asks for, in its words.
struct PaddingRequest {
  std::string_view pad;  ///< "left:L", "right:L" or ""
  bool attend_pads = false;
  std::string_view pooling;  ///< one such as mean_padded:L pads to L on the right by itself
};

/// Read a request; nothing when it asks for no pads.
/// Errors: usage for another form, two lengths that differ, or pads to be seen where there are none.
std::optional<Padding> read_padding(const PaddingRequest& request);

/// Pad every text to the same length with a token. Targets stay what they are: counted without pads.
/// Errors: input, naming the text, for one that is longer.
text::TokenBatch pad(const text::TokenBatch& batch, const Padding& padding, std::int32_t token);

}  // namespace sonde::capture

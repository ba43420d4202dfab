#include "sonde/capture/padding.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <string>

#include "sonde/core/error.h"

namespace sonde::capture {
namespace {

Padding parse_side_and_length(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view side = text.substr(0, colon);
  const std::string_view number = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  Padding padding{.side = side == "left" ? Padding::Side::left : Padding::Side::right};
  const auto [end, failure] = std::from_chars(number.data(), number.data() + number.size(), padding.length);
  const bool whole = failure == std::errc{} && end == number.data() + number.size() && padding.length > 0;
  if ((side == "left" || side == "right") && whole) return padding;
  throw Error(ErrorCode::usage, {.where = "pad",
                                 .what = "not a side and a number of tokens",
                                 .got = std::string(text),
                                 .expected = "left:L or right:L, such as right:512"});
}

}  // namespace

std::optional<Padding> read_padding(const PaddingRequest& request) {
  const std::int64_t pooled = make_pooling(request.pooling)->padded_length();
  if (request.pad.empty() && pooled == 0) {
    if (!request.attend_pads) return std::nullopt;
    throw Error(ErrorCode::usage, {.where = "attend_pads",
                                   .what = "there are no pads to be seen",
                                   .hint = "say how texts are padded, such as pad = \"left:1024\""});
  }
  Padding padding = request.pad.empty() ? Padding{.length = pooled} : parse_side_and_length(request.pad);
  padding.attended = request.attend_pads;
  if (pooled == 0 || pooled == padding.length) return padding;
  throw Error(ErrorCode::usage,
              {.where = "pad",
               .what = fmt::format("the pooling {} is over another length", request.pooling),
               .got = std::string(request.pad),
               .expected = fmt::format("{} tokens", pooled)});
}

text::TokenBatch pad(const text::TokenBatch& batch, const Padding& padding, std::int32_t token) {
  text::TokenBatch padded{.full_length = batch.full_length, .targets = batch.targets};
  padded.attend_pads = padding.attended;
  for (std::int64_t i = 0; i < batch.size(); ++i) {
    const std::int64_t length = batch.length(i), pads = padding.length - length;
    if (pads < 0) {
      throw Error(ErrorCode::input, {.where = fmt::format("text {}", i + 1),
                                     .what = "the text is longer than it is to be padded to",
                                     .got = fmt::format("{} tokens", length),
                                     .expected = fmt::format("at most {}", padding.length)});
    }
    const std::int64_t first = padding.side == Padding::Side::left ? pads : 0;
    const std::int64_t begin = padded.offsets.back();
    padded.ids.resize(begin + padding.length, token);
    padded.special.resize(begin + padding.length, 1);
    std::ranges::copy(batch.tokens(i), padded.ids.begin() + begin + first);
    std::ranges::copy(batch.specials(i), padded.special.begin() + begin + first);
    padded.offsets.push_back(begin + padding.length);
    padded.real_tokens.push_back({first, first + length});
  }
  return padded;
}

}  // namespace sonde::capture

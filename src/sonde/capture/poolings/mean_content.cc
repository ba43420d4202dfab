// Mean over the tokens of the text itself, without those the tokenizer added.
#include <fmt/core.h>

#include <algorithm>

#include "sonde/capture/pooling.h"
#include "sonde/capture/row_sum.h"
#include "sonde/core/error.h"

namespace sonde::capture {
namespace {

std::int64_t content_tokens(const TokenSpan& whole) {
  return std::count(whole.special.begin(), whole.special.end(), std::uint8_t{0});
}

class MeanContent final : public Pooling {
 public:
  void check(const TokenSpan& whole, std::int64_t row) const override {
    if (content_tokens(whole) > 0) return;
    throw Error(ErrorCode::input, {.where = fmt::format("row {}", row),
                                   .what = "has special tokens only, so mean_content has nothing to average",
                                   .hint = "leave the row out, or pool with mean"});
  }

  void add(MatrixView rows, const TokenSpan& span, MutableMatrixView kept) const override {
    for (std::int64_t i = 0; i < rows.rows; ++i) {
      if (span.special[span.first + i] == 0) add_row(rows.row(i), kept.row(0));
    }
  }

  void finish(const TokenSpan& whole, MutableMatrixView kept) const override {
    divide(kept.row(0), content_tokens(whole));
  }
};

}  // namespace

extern const PoolingRecord mean_content_pooling;
const PoolingRecord mean_content_pooling = {
    "mean_content", "", "mean over tokens, special ones left out",
    [](std::string_view) -> std::unique_ptr<Pooling> { return std::make_unique<MeanContent>(); }};

}  // namespace sonde::capture

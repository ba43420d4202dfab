// The token that each text is about, such as the word of an occurrence.
#include <fmt/core.h>

#include <algorithm>

#include "sonde/capture/pooling.h"
#include "sonde/core/error.h"

namespace sonde::capture {
namespace {

class Target final : public Pooling {
 public:
  void check(const TokenSpan& whole, std::int64_t row) const override {
    if (!whole.target) {
      throw Error(ErrorCode::usage,
                  {.where = fmt::format("row {}", row),
                   .what = "has no target token",
                   .hint = "take the texts from [occurrences], or pool with last or token:I"});
    }
    if (*whole.target >= 0 && *whole.target < whole.tokens) return;
    throw Error(ErrorCode::input, {.where = fmt::format("row {}", row),
                                   .what = "the target lies outside the text",
                                   .got = fmt::format("token {} of {}", *whole.target, whole.tokens),
                                   .expected = fmt::format("0 to {}", whole.tokens - 1),
                                   .hint = "a text that is cut may lose its target; raise max_length"});
  }

  TokenRange reads(const TokenSpan& whole) const override { return {*whole.target, *whole.target + 1}; }

  void add(MatrixView rows, const TokenSpan&, MutableMatrixView kept) const override {
    std::copy(rows.row(0).begin(), rows.row(0).end(), kept.row(0).begin());
  }
};

}  // namespace

extern const PoolingRecord target_pooling;
const PoolingRecord target_pooling = {
    "target", "", "the token that each text is about",
    [](std::string_view) -> std::unique_ptr<Pooling> { return std::make_unique<Target>(); }};

}  // namespace sonde::capture

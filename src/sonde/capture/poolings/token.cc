// One token of each text, by index; negative indices count back from the last real token.
#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "sonde/capture/pooling.h"
#include "sonde/core/error.h"

namespace sonde::capture {
namespace {

class Token final : public Pooling {
 public:
  explicit Token(std::int64_t index) : index_(index) {}

  void check(const TokenSpan& whole, std::int64_t row) const override {
    if (index_ >= -whole.tokens && index_ < whole.tokens) return;
    throw Error(ErrorCode::input, {.where = fmt::format("row {}", row),
                                   .what = fmt::format("has no token {}", index_),
                                   .got = fmt::format("{} tokens", whole.tokens),
                                   .hint = "choose an index every text has, or leave short texts out"});
  }

  TokenRange reads(const TokenSpan& whole) const override {
    const std::int64_t token = index_ < 0 ? index_ + whole.tokens : index_;
    return {token, token + 1};
  }

  void add(MatrixView rows, const TokenSpan&, MutableMatrixView kept) const override {
    std::copy(rows.row(0).begin(), rows.row(0).end(), kept.row(0).begin());
  }

 private:
  std::int64_t index_;
};

std::unique_ptr<Pooling> make(std::string_view argument) {
  std::int64_t index = 0;
  const auto [end, failure] = std::from_chars(argument.data(), argument.data() + argument.size(), index);
  if (failure == std::errc{} && end == argument.data() + argument.size())
    return std::make_unique<Token>(index);
  throw Error(ErrorCode::usage, {.where = fmt::format("pooling 'token:{}'", argument),
                                 .what = "not an index",
                                 .expected = "a whole number, such as token:3 or token:-2"});
}

}  // namespace

extern const PoolingRecord token_pooling;
const PoolingRecord token_pooling = {"token", "I", "token I of each text; negatives count back", make};

}  // namespace sonde::capture

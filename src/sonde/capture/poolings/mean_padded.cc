// Mean over L positions, pads among them: what a mean without a mask gives over a batch padded to L. It
// exists to replay published work; what it measures depends on how short a text is.
#include <fmt/core.h>

#include <charconv>

#include "sonde/capture/pooling.h"
#include "sonde/capture/row_sum.h"
#include "sonde/core/error.h"

namespace sonde::capture {
namespace {

class MeanPadded final : public Pooling {
 public:
  explicit MeanPadded(std::int64_t length) : length_(length) {}

  std::int64_t padded_length() const override { return length_; }

  void add(MatrixView rows, const TokenSpan&, MutableMatrixView kept) const override {
    add_rows(rows, kept.row(0));
  }

  void finish(const TokenSpan& whole, MutableMatrixView kept) const override {
    divide(kept.row(0), whole.tokens);
  }

 private:
  std::int64_t length_;
};

std::unique_ptr<Pooling> make(std::string_view argument) {
  std::int64_t length = 0;
  const auto [end, failure] = std::from_chars(argument.data(), argument.data() + argument.size(), length);
  if (failure == std::errc{} && end == argument.data() + argument.size() && length > 0)
    return std::make_unique<MeanPadded>(length);
  throw Error(ErrorCode::usage, {.where = fmt::format("pooling 'mean_padded:{}'", argument),
                                 .what = "not a number of positions",
                                 .expected = "a whole number above 0, such as mean_padded:512"});
}

}  // namespace

extern const PoolingRecord mean_padded_pooling;
const PoolingRecord mean_padded_pooling = {
    "mean_padded", "L", "mean over L positions, pads computed among them: replays a published slip", make};

}  // namespace sonde::capture

// Mean over all real tokens of a text, special ones included: what a masked mean over a padded batch gives.
#include "sonde/capture/pooling.h"
#include "sonde/capture/row_sum.h"

namespace sonde::capture {
namespace {

class Mean final : public Pooling {
 public:
  void add(MatrixView rows, const TokenSpan&, MutableMatrixView kept) const override {
    add_rows(rows, kept.row(0));
  }

  void finish(const TokenSpan& whole, MutableMatrixView kept) const override {
    divide(kept.row(0), whole.tokens);
  }
};

}  // namespace

extern const PoolingRecord mean_pooling;
const PoolingRecord mean_pooling = {
    "mean", "", "mean over all real tokens, special ones included",
    [](std::string_view) -> std::unique_ptr<Pooling> { return std::make_unique<Mean>(); }};

}  // namespace sonde::capture

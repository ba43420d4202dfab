// Mean over all real tokens of a text, special ones included: what a masked mean over a padded batch gives.
#include "sonde/capture/pooling.h"

namespace sonde::capture {
namespace {

class Mean final : public Pooling {
 public:
  void add(MatrixView rows, const TokenSpan&, MutableMatrixView kept) const override {
    float* sum = kept.data;
    for (std::int64_t i = 0; i < rows.rows; ++i) {
      const float* row = rows.row(i).data();
      for (std::int64_t j = 0; j < rows.cols; ++j) sum[j] += row[j];
    }
  }

  void finish(const TokenSpan& whole, MutableMatrixView kept) const override {
    for (float& x : kept.row(0)) x /= static_cast<float>(whole.tokens);
  }
};

}  // namespace

extern const PoolingRecord mean_pooling;
const PoolingRecord mean_pooling = {
    "mean", "", "mean over all real tokens, special ones included",
    [](std::string_view) -> std::unique_ptr<Pooling> { return std::make_unique<Mean>(); }};

}  // namespace sonde::capture

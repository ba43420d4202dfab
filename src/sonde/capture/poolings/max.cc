// The largest value of each dimension over all real tokens, special ones included.
#include <algorithm>

#include "sonde/capture/pooling.h"

namespace sonde::capture {
namespace {

class Max final : public Pooling {
 public:
  void add(MatrixView rows, const TokenSpan& span, MutableMatrixView kept) const override {
    const std::span<float> best = kept.row(0);
    if (span.first == 0) std::copy(rows.row(0).begin(), rows.row(0).end(), best.begin());
    for (std::int64_t i = 0; i < rows.rows; ++i) {
      const float* row = rows.row(i).data();
      for (std::int64_t j = 0; j < rows.cols; ++j)
        best[j] = row[j] <= best[j] ? best[j] : row[j];  // a NaN stays
    }
  }
};

}  // namespace

extern const PoolingRecord max_pooling;
const PoolingRecord max_pooling = {
    "max", "", "largest value of each dimension over all real tokens",
    [](std::string_view) -> std::unique_ptr<Pooling> { return std::make_unique<Max>(); }};

}  // namespace sonde::capture

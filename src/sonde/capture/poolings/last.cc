// The last real token of each text.
#include <algorithm>

#include "sonde/capture/pooling.h"

namespace sonde::capture {
namespace {

class Last final : public Pooling {
 public:
  void add(MatrixView rows, const TokenSpan& span, MutableMatrixView kept) const override {
    if (span.first + rows.rows != span.tokens) return;
    const std::span<const float> last = rows.row(rows.rows - 1);
    std::copy(last.begin(), last.end(), kept.row(0).begin());
  }
};

}  // namespace

extern const PoolingRecord last_pooling;
const PoolingRecord last_pooling = {
    "last", "", "last real token",
    [](std::string_view) -> std::unique_ptr<Pooling> { return std::make_unique<Last>(); }};

}  // namespace sonde::capture

// No pooling: every token's row is kept, text after text.
#include <algorithm>

#include "sonde/capture/pooling.h"

namespace sonde::capture {
namespace {

class None final : public Pooling {
 public:
  bool keeps_every_token() const override { return true; }

  void add(MatrixView rows, const TokenSpan& span, MutableMatrixView kept) const override {
    for (std::int64_t i = 0; i < rows.rows; ++i) {
      std::copy(rows.row(i).begin(), rows.row(i).end(), kept.row(span.first + i).begin());
    }
  }
};

}  // namespace

extern const PoolingRecord none_pooling;
const PoolingRecord none_pooling = {
    "none", "", "every token, ragged",
    [](std::string_view) -> std::unique_ptr<Pooling> { return std::make_unique<None>(); }};

}  // namespace sonde::capture

// The last real token of each text.
#include <algorithm>

#include "sonde/capture/pooling.h"

namespace sonde::capture {
namespace {

class Last final : public Pooling {
 public:
  TokenRange reads(const TokenSpan& whole) const override { return {whole.tokens - 1, whole.tokens}; }

  void add(MatrixView rows, const TokenSpan&, MutableMatrixView kept) const override {
    std::copy(rows.row(0).begin(), rows.row(0).end(), kept.row(0).begin());
  }
};

}  // namespace

extern const PoolingRecord last_pooling;
const PoolingRecord last_pooling = {
    "last", "", "last real token",
    [](std::string_view) -> std::unique_ptr<Pooling> { return std::make_unique<Last>(); }};

}  // namespace sonde::capture

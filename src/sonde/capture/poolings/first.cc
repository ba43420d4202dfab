// The first token of each text.
#include <algorithm>

#include "sonde/capture/pooling.h"

namespace sonde::capture {
namespace {

class First final : public Pooling {
 public:
  TokenRange reads(const TokenSpan&) const override { return {0, 1}; }

  void add(MatrixView rows, const TokenSpan&, MutableMatrixView kept) const override {
    std::copy(rows.row(0).begin(), rows.row(0).end(), kept.row(0).begin());
  }
};

}  // namespace

extern const PoolingRecord first_pooling;
const PoolingRecord first_pooling = {
    "first", "", "first token",
    [](std::string_view) -> std::unique_ptr<Pooling> { return std::make_unique<First>(); }};

}  // namespace sonde::capture

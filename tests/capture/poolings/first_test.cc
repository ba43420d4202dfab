// first: the first token's own row.
#include "pooled.h"

namespace sonde::capture {
namespace {

TEST(FirstPoolingTest, IsTheFirstRow) {
  expect_row(*make_pooling("first"), [](std::int64_t) { return 0; });
}

}  // namespace
}  // namespace sonde::capture

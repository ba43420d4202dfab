// last: the last token's own row.
#include "pooled.h"

namespace sonde::capture {
namespace {

TEST(LastPoolingTest, IsTheLastRow) {
  expect_row(*make_pooling("last"), [](std::int64_t tokens) { return tokens - 1; });
}

}  // namespace
}  // namespace sonde::capture

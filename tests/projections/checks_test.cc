#include "sonde/projections/checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sonde/core/error.h"

namespace sonde::projections {
namespace {

TEST(Checks, NameTheFirstFiveBadRows) {
  Matrix x(40, 3);
  for (std::int64_t i = 0; i < 40; ++i) x.row(i)[0] = static_cast<float>(i);
  EXPECT_NO_THROW(check_rows("pca", x.view(), 3));
  for (std::int64_t i = 4; i < 40; i += 4) x.row(i)[1] = NAN;
  try {
    check_rows("pca", x.view(), 3);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()),
              "projection pca: not every value is a finite number; got NaN or infinity in 9 rows, first 4, "
              "8, 12, 16, "
              "20");
  }
}

TEST(Checks, OneRowThatDiffersIsEnough) {
  Matrix x(5, 2);
  EXPECT_THROW(check_rows("tsne", x.view(), 2), Error);
  x.row(4)[1] = 1e-3F;
  EXPECT_NO_THROW(check_rows("tsne", x.view(), 2));
}

}  // namespace
}  // namespace sonde::projections

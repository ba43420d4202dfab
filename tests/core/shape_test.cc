// Narrowing that checks, and views on matrices.
#include "sonde/core/shape.h"

#include <gtest/gtest.h>

#include <limits>

#include "sonde/core/matrix.h"

namespace sonde {
namespace {

TEST(NarrowTest, KeepsWhatFitsAndThrowsAtTheRest) {
  EXPECT_EQ(narrow<std::int8_t>(127), 127);
  EXPECT_THROW(narrow<std::int8_t>(128), std::range_error);
  EXPECT_THROW(narrow<std::uint32_t>(-1), std::range_error);
  EXPECT_THROW(narrow<std::int64_t>(std::numeric_limits<std::uint64_t>::max()), std::range_error);
}

TEST(MatrixTest, RowsLieOneAfterTheOtherAndStartAtZero) {
  Matrix matrix(3, 2);
  for (const float x : matrix.row(1)) EXPECT_EQ(x, 0.0f);
  matrix.row(1)[1] = 5.0f;
  EXPECT_EQ(matrix.data()[3], 5.0f);
  const MatrixView columns{matrix.data() + 1, 3, 1, 2};
  EXPECT_EQ(columns.row(1)[0], 5.0f);
  EXPECT_EQ(columns.row(1).size(), 1u);
}

}  // namespace
}  // namespace sonde

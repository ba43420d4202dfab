#include "sonde/fitting/prompts.h"

#include <gmock/gmock.h>

#include "prompt_rows.h"
#include "sonde/core/error.h"

namespace sonde::fitting {
namespace {

using testing::ElementsAre;

TEST(Prompts, PromptsStandSideBySide) {
  const Matrix rows = prompt_rows();
  const MatrixView sets = side_by_side(rows.view(), 2);
  EXPECT_EQ(sets.rows, 3);
  EXPECT_THAT(sets.row(1), ElementsAre(4, 5, 36, 49));
  EXPECT_EQ(side_by_side(rows.view(), 1).rows, 6);
}

TEST(Prompts, ADifferenceIsTheFirstPromptMinusTheSecond) {
  const Matrix rows = prompt_rows();
  const Matrix difference = read_prompts(rows.view(), 2, kDifference);
  EXPECT_EQ(difference.cols(), 2);
  EXPECT_THAT(difference.row(1), ElementsAre(4 - 36, 5 - 49));
  EXPECT_THAT(read_prompts(rows.view(), 2, "").row(2), ElementsAre(8, 9, 100, 121));
}

TEST(Prompts, RefusesADifferenceOfThree) {
  const Matrix rows = prompt_rows();
  EXPECT_THROW(read_prompts(rows.view(), 3, kDifference), Error);
  EXPECT_THROW(check_read("ratio"), Error);
  EXPECT_NO_THROW(check_read(""));
}

}  // namespace
}  // namespace sonde::fitting

// Chosen rows in every form of input.
#include "sonde/probes/row_subset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sonde::probes {
namespace {

using testing::ElementsAre;

TEST(RowSubset, RowsRepeatAndTokensOfARowStayTogether) {
  Matrix tokens(4, 1);
  for (int i = 0; i < 4; ++i) tokens.row(i)[0] = static_cast<float>(i);
  const std::vector<std::int64_t> offsets = {0, 1, 3, 4}, rows = {2, 1, 1}, lengths = {1, 2, 1};
  const std::vector<std::string_view> texts = {"a", "b", "c"};
  const std::vector<std::int32_t> labels = {0, 1, 0};
  const std::vector<std::string> classes = {"x", "y"};
  const std::vector<double> targets = {0.5, 1.5, 2.5};
  LabelledInput all{ProbeInput::of_tokens(tokens.view(), offsets), labels, classes, targets};
  all.input.texts = texts;
  all.input.lengths = lengths;
  const RowSubset subset(all, rows);
  const LabelledInput some = subset.data();
  EXPECT_EQ(some.input.rows, 3);
  EXPECT_THAT(some.input.offsets, ElementsAre(0, 1, 3, 5));
  EXPECT_THAT(std::vector<float>(some.input.features.data, some.input.features.data + 5),
              ElementsAre(3, 1, 2, 1, 2));
  EXPECT_THAT(some.input.texts, ElementsAre("c", "b", "b"));
  EXPECT_THAT(some.input.lengths, ElementsAre(1, 2, 2));
  EXPECT_THAT(some.labels, ElementsAre(0, 1, 1));
  EXPECT_THAT(some.targets, ElementsAre(2.5, 1.5, 1.5));
  EXPECT_EQ(some.classes.size(), 2u);
}

TEST(RowSubset, ContrastSetsKeepTheirPrompts) {
  Matrix pairs(2, 4);
  pairs.row(1)[3] = 7;
  const std::vector<std::int64_t> rows = {1};
  const LabelledInput all{ProbeInput::of_contrast(pairs.view(), 2), {}, {}};
  const RowSubset subset(all, rows);
  const LabelledInput some = subset.data();
  EXPECT_EQ(some.input.prompts, 2);
  EXPECT_EQ(some.input.features.row(0)[3], 7);
  EXPECT_TRUE(some.labels.empty());
}

}  // namespace
}  // namespace sonde::probes

#include "sonde/study/number_source.h"

#include <gmock/gmock.h>

namespace sonde::study {
namespace {

TEST(NumberSource, GivesPairsAsTokensAndTellsThemApart) {
  const text::Tokenizer tokenizer = text::Tokenizer::open(std::string(SONDE_TEST_DATA) + "/models/gpt2");
  NumberSource source({.high = 3, .sum_below = 4}, {});
  const data::Examples examples = source.read(tokenizer, RunContext()).examples;
  ASSERT_EQ(examples.size(), 10);
  const std::vector<std::string_view> texts = {examples.texts[3], examples.texts[9]};
  const std::vector<std::int64_t> places = {3, 9};
  const text::TokenBatch batch = source.tokens({texts, places}, {&tokenizer, 0}, RunContext());
  EXPECT_EQ(tokenizer.decode(batch.tokens(0)), "0 + 3");
  EXPECT_EQ(tokenizer.decode(batch.tokens(1)), "3 + 0");
  EXPECT_EQ(source.described().file, "{a} + {b} for 0 to 3, sums below 4");
  EXPECT_EQ(source.described().label, "b");
  EXPECT_TRUE(source.resolved().file.empty());
  EXPECT_NE(source.digest(), NumberSource({.high = 4, .sum_below = 4}, {}).digest());
  EXPECT_EQ(source.digest(), NumberSource({.high = 3, .sum_below = 4}, {}).digest());
}

}  // namespace
}  // namespace sonde::study

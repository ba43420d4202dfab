// token:I: one token by index, negatives from the end, a text too short refused by number.
#include "pooled.h"

namespace sonde::capture {
namespace {

TEST(TokenPoolingTest, IsTheRowAtTheIndex) {
  expect_row(*make_pooling("token:0"), [](std::int64_t) { return 0; });
  expect_row(*make_pooling("token:-1"), [](std::int64_t tokens) { return tokens - 1; });
  const PooledText text({1, 0, 0, 0, 1});
  for (const auto& [name, row] :
       {std::pair{"token:3", 3}, {"token:-2", 3}, {"token:-5", 0}, {"token:4", 4}}) {
    EXPECT_THAT(pool_every_way(*make_pooling(name), text), ::testing::ElementsAreArray(text.rows.row(row)));
  }
}

TEST(TokenPoolingTest, ATextWithoutThatTokenIsRefusedByNumber) {
  const PooledText text({1, 0, 1});
  for (const char* name : {"token:3", "token:-4"}) {
    const Error error = files::error_of([&] { make_pooling(name)->check(text.whole(), 12); });
    EXPECT_EQ(error.code(), ErrorCode::input);
    EXPECT_EQ(error.parts().where, "row 12");
    EXPECT_EQ(error.parts().got, "3 tokens");
  }
}

TEST(TokenPoolingTest, OnlyAWholeNumberIsAnIndex) {
  for (const char* name :
       {"token", "token:", "token:x", "token:1.5", "token:1,2", "token:99999999999999999999"}) {
    EXPECT_EQ(files::error_of([&] { make_pooling(name); }).code(), ErrorCode::usage) << name;
  }
}

}  // namespace
}  // namespace sonde::capture

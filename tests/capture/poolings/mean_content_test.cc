// mean_content: special tokens are left out, and a text of nothing else is refused.
#include "pooled.h"

namespace sonde::capture {
namespace {

TEST(MeanContentPoolingTest, IsTheMeanOfTheTextsOwnTokens) {
  expect_mean_of(*make_pooling("mean_content"),
                 [](const PooledText& text, std::int64_t i) { return text.special[i] == 0; });
}

TEST(MeanContentPoolingTest, ATextOfSpecialTokensOnlyIsRefusedByNumber) {
  const PooledText text({1, 1});
  const Error error = files::error_of([&] { make_pooling("mean_content")->check(text.whole(), 7); });
  EXPECT_EQ(error.code(), ErrorCode::input);
  EXPECT_EQ(error.parts().where, "row 7");
}

}  // namespace
}  // namespace sonde::capture

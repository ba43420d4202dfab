// target: the row of the token that a text is about; a text without one, or whose target is gone, is refused.
#include "pooled.h"

namespace sonde::capture {
namespace {

TEST(TargetPoolingTest, IsTheRowOfTheTarget) {
  const std::unique_ptr<Pooling> pooling = make_pooling("target");
  for (PooledText& text : pooled_texts()) {
    for (std::int64_t target = 0; target < text.rows.rows(); ++target) {
      text.target = target;
      EXPECT_THAT(pool_every_way(*pooling, text), ::testing::ElementsAreArray(text.rows.row(target)));
    }
  }
}

TEST(TargetPoolingTest, ATextWithoutATargetIsRefusedByNumber) {
  const PooledText text({1, 0, 1});
  const Error error = files::error_of([&] { make_pooling("target")->check(text.whole(), 12); });
  EXPECT_EQ(error.code(), ErrorCode::usage);
  EXPECT_EQ(error.parts().where, "row 12");
}

TEST(TargetPoolingTest, ATargetBeyondTheTextIsRefusedByNumber) {
  PooledText text({1, 0, 1});
  for (const std::int64_t target : {-1, 3}) {
    text.target = target;
    const Error error = files::error_of([&] { make_pooling("target")->check(text.whole(), 12); });
    EXPECT_EQ(error.code(), ErrorCode::input);
    EXPECT_EQ(error.parts().where, "row 12");
    EXPECT_EQ(error.parts().expected, "0 to 2");
  }
}

}  // namespace
}  // namespace sonde::capture

// mean_padded:L: the mean over all positions that it is given, pads among them, and a length that makes
// sense.
#include "pooled.h"

namespace sonde::capture {
namespace {

TEST(MeanPaddedPoolingTest, EveryPositionCounts) {
  expect_mean_of(*make_pooling("mean_padded:40"), [](const PooledText&, std::int64_t) { return true; });
}

TEST(MeanPaddedPoolingTest, AsksForItsLength) {
  EXPECT_EQ(make_pooling("mean_padded:512")->padded_length(), 512);
  EXPECT_EQ(make_pooling("mean")->padded_length(), 0);
}

TEST(MeanPaddedPoolingTest, OnlyAWholeNumberAboveZeroIsALength) {
  for (const char* name :
       {"mean_padded", "mean_padded:x", "mean_padded:0", "mean_padded:-4", "mean_padded:1.5"})
    EXPECT_EQ(files::error_of([&] { make_pooling(name); }).code(), ErrorCode::usage) << name;
}

}  // namespace
}  // namespace sonde::capture

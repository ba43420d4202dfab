// Pads: which a study asks for, and where they stand.
#include "sonde/capture/padding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../files/scratch_folder.h"

namespace sonde::capture {
namespace {

using files::error_of;
using ::testing::ElementsAre;

TEST(PaddingTest, NoRequestIsNoPads) {
  EXPECT_FALSE(read_padding({.pad = "", .pooling = "mean"}));
  EXPECT_EQ(error_of([] { read_padding({.attend_pads = true, .pooling = "mean"}); }).parts().where,
            "attend_pads");
}

TEST(PaddingTest, SideAndLengthAreRead) {
  const Padding left = *read_padding({.pad = "left:1024", .attend_pads = true, .pooling = "mean"});
  EXPECT_EQ(left.side, Padding::Side::left);
  EXPECT_EQ(left.length, 1024);
  EXPECT_TRUE(left.attended);
  for (const char* bad : {"left", "left:", "up:4", "right:x", "right:0", "right:-3", "4"}) {
    const Error error = error_of([&] { read_padding({.pad = bad, .pooling = "mean"}); });
    EXPECT_EQ(error.code(), ErrorCode::usage) << bad;
    EXPECT_EQ(error.parts().got, bad);
  }
}

TEST(PaddingTest, AMeanOverPadsPadsByItself) {
  const Padding alone = *read_padding({.pooling = "mean_padded:12"});
  EXPECT_EQ(alone.side, Padding::Side::right);
  EXPECT_EQ(alone.length, 12);
  EXPECT_FALSE(alone.attended);
  EXPECT_EQ(read_padding({.pad = "left:12", .pooling = "mean_padded:12"})->side, Padding::Side::left);
  const Error error = error_of([] { read_padding({.pad = "left:11", .pooling = "mean_padded:12"}); });
  EXPECT_EQ(error.parts().expected, "12 tokens");
}

text::TokenBatch batch() {
  return {.ids = {5, 6, 7, 8},
          .offsets = {0, 3, 4},
          .special = {1, 0, 1, 0},
          .full_length = {9, 1},
          .targets = {1, 0}};
}

TEST(PaddingTest, PadsStandBeforeOrBehindTheText) {
  const text::TokenBatch left = pad(batch(), {Padding::Side::left, 4, true}, 2);
  EXPECT_THAT(left.ids, ElementsAre(2, 5, 6, 7, 2, 2, 2, 8));
  EXPECT_THAT(left.special, ElementsAre(1, 1, 0, 1, 1, 1, 1, 0));
  EXPECT_THAT(left.real_tokens, ElementsAre(TokenRange{1, 4}, TokenRange{3, 4}));
  EXPECT_TRUE(left.attend_pads);
  const text::TokenBatch right = pad(batch(), {Padding::Side::right, 3, false}, 2);
  EXPECT_THAT(right.ids, ElementsAre(5, 6, 7, 8, 2, 2));
  EXPECT_THAT(right.offsets, ElementsAre(0, 3, 6));
  EXPECT_THAT(right.real_tokens, ElementsAre(TokenRange{0, 3}, TokenRange{0, 1}));
  EXPECT_THAT(right.targets, ElementsAre(1, 0));
  EXPECT_TRUE(right.truncated(0));
  EXPECT_FALSE(right.truncated(1));
}

TEST(PaddingTest, ATextBeyondTheLengthIsRefusedByNumber) {
  const Error error = error_of([] { pad(batch(), {Padding::Side::right, 2, false}, 2); });
  EXPECT_EQ(error.parts().where, "text 1");
  EXPECT_EQ(error.parts().got, "3 tokens");
}

}  // namespace
}  // namespace sonde::capture

// What [capture] says of lengths and pads, applied to a model.
#include "sonde/study/padded_texts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../files/scratch_folder.h"

namespace sonde::study {
namespace {

using files::error_of;

class PaddedTextsTest : public ::testing::Test {
 protected:
  CaptureSpec spec(const std::string& tokens, const std::string& pad = "") {
    CaptureSpec result;
    result.tokens = tokens;
    result.pad = pad;
    return result;
  }

  capture::LanguageModel model_{std::filesystem::path(SONDE_TEST_DATA) / "models" / "bert"};
  text::Tokenizer tokenizer_ = model_.open_tokenizer();
  std::vector<result::Warning> warnings_;
};

TEST_F(PaddedTextsTest, TextsAreCutWhereTheirPadsEnd) {
  const std::int64_t positions = model_.graph().positions;
  EXPECT_EQ(max_length_of(spec("mean"), model_, tokenizer_), positions);
  EXPECT_EQ(max_length_of(spec("mean_padded:9"), model_, tokenizer_), 9);
  CaptureSpec shorter = spec("mean", "left:9");
  shorter.max_length = 6;
  EXPECT_EQ(max_length_of(shorter, model_, tokenizer_), 6);
}

TEST_F(PaddedTextsTest, WithoutPadsNothingHappens) {
  const text::TokenBatch batch = tokenizer_.encode(std::vector<std::string_view>{"a film"}, {}, {});
  const text::TokenBatch same = padded(batch, spec("mean"), model_, warnings_);
  EXPECT_EQ(same.ids, batch.ids);
  EXPECT_TRUE(same.real_tokens.empty());
  EXPECT_TRUE(warnings_.empty());
}

TEST_F(PaddedTextsTest, PadsComeWithAWarning) {
  const text::TokenBatch batch = tokenizer_.encode(std::vector<std::string_view>{"a film"}, {}, {});
  CaptureSpec asked = spec("mean_padded:12", "left:12");
  asked.attend_pads = true;
  const text::TokenBatch longer = padded(batch, asked, model_, warnings_);
  EXPECT_EQ(longer.length(0), 12);
  EXPECT_EQ(longer.real(0).end, 12);
  EXPECT_EQ(longer.ids[0], model_.pad_token());
  ASSERT_EQ(warnings_.size(), 1u);
  EXPECT_EQ(warnings_[0].code, "pads");
  EXPECT_TRUE(warnings_[0].affects_numbers);
  EXPECT_THAT(warnings_[0].message,
              ::testing::HasSubstr("12 tokens on the left, and its tokens see the pads"));
}

TEST_F(PaddedTextsTest, MorePadsThanPositionsAreRefused) {
  const Error error = error_of([&] { padded({}, spec("mean", "right:900"), model_, warnings_); });
  EXPECT_EQ(error.code(), ErrorCode::usage);
  EXPECT_EQ(error.parts().got, "900");
}

}  // namespace
}  // namespace sonde::study

// One pass over texts: what each kind of value gives, and what is refused before anything runs.
#include "sonde/capture/capture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "../files/scratch_folder.h"
#include "golden_model.h"

namespace sonde::capture {
namespace {

using files::error_of;
using sonde::testing::GoldenModel;
using ::testing::HasSubstr;

class CaptureTest : public ::testing::Test {
 protected:
  std::vector<Activations> run(const std::string& at, const text::TokenBatch& batch,
                               std::string_view pooling) {
    const std::vector<std::string> asked = {at};
    return Capture(model_, resolve(model_.graph(), asked).addresses, {}).run(batch, pooling, {});
  }
  std::vector<Activations> run(const std::string& at, std::string_view pooling) {
    return run(at, golden_.batch(golden_.all_texts()), pooling);
  }

  GoldenModel golden_{"bert"};
  LanguageModel model_{golden_.folder()};
};

std::vector<float> all_of(const Activations& a) {
  return {a.values.data(), a.values.data() + a.values.rows() * a.values.cols()};
}

TEST_F(CaptureTest, PooledValuesHaveOneRowPerTextAndNoOffsets) {
  const std::vector<Activations> got = run("hidden[*],embed", "mean");
  ASSERT_EQ(got.size(), 5u);
  EXPECT_EQ(got[0].at, "hidden[0]");
  EXPECT_EQ(got[4].at, "embeddings");
  for (const Activations& a : got) {
    EXPECT_EQ(a.values.rows(), 8);
    EXPECT_EQ(a.values.cols(), 24);
    EXPECT_TRUE(a.offsets.empty());
  }
}

TEST_F(CaptureTest, RaggedValuesHaveOneRowPerTokenAndOffsets) {
  const text::TokenBatch batch = golden_.batch(golden_.all_texts());
  const Activations got = std::move(run("hidden[1]", "none").front());
  EXPECT_EQ(got.offsets, batch.offsets);
  EXPECT_EQ(got.values.rows(), batch.offsets.back());
}

TEST_F(CaptureTest, AValuePerTextIsKeptWhateverThePooling) {
  const Activations expected = std::move(run("pooler", "mean").front());
  EXPECT_EQ(expected.values.rows(), 8);
  EXPECT_TRUE(expected.offsets.empty());
  for (const char* pooling : {"first", "max", "token:0", "none"}) {
    const Activations got = std::move(run("pooler", pooling).front());
    EXPECT_EQ(all_of(got), all_of(expected)) << pooling;
    EXPECT_TRUE(got.offsets.empty()) << pooling;
  }
}

TEST_F(CaptureTest, AttentionWeightsComeWholeAndTheirRowsSumToOne) {
  const text::TokenBatch batch = golden_.batch(golden_.all_texts());
  const Activations got = std::move(run("encoder.layer.1.attention.self.weights", "none").front());
  EXPECT_EQ(got.values.cols(), 1);
  ASSERT_EQ(got.offsets.size(), 9u);
  for (std::int64_t i = 0; i < 8; ++i) {
    const std::int64_t t = batch.length(i);
    ASSERT_EQ(got.offsets[i + 1] - got.offsets[i], 4 * t * t);
    for (std::int64_t row = 0; row < 4 * t; ++row) {
      double sum = 0;
      for (std::int64_t j = 0; j < t; ++j) sum += got.values.data()[got.offsets[i] + row * t + j];
      EXPECT_NEAR(sum, 1.0, 1e-5);
    }
  }
}

TEST_F(CaptureTest, AttentionWeightsCannotBePooled) {
  for (const char* pooling : {"mean", "last", "token:0"}) {
    const Error error = error_of([&] { run("encoder.layer.1.attention.self.weights", pooling); });
    EXPECT_EQ(error.code(), ErrorCode::usage);
    EXPECT_THAT(error.what(), HasSubstr("encoder.layer.1.attention.self.weights"));
    EXPECT_THAT(error.what(), HasSubstr("none"));
  }
}

TEST_F(CaptureTest, ATokenBeyondAShortTextIsRefusedNamingTheText) {
  // The first text has three tokens, the last one.
  const Error error = error_of([&] { run("hidden[1]", golden_.batch({1, 0}), "token:5"); });
  EXPECT_EQ(error.code(), ErrorCode::input);
  EXPECT_EQ(error.parts().where, "row 2");
  EXPECT_EQ(error.parts().got, "3 tokens");
}

TEST_F(CaptureTest, ATextWithoutTokensIsRefusedNamingTheText) {
  text::TokenBatch batch = golden_.batch({0, 1});
  batch.offsets.push_back(batch.offsets.back());
  batch.full_length.push_back(0);
  const Error error = error_of([&] { run("hidden[1]", batch, "mean"); });
  EXPECT_EQ(error.code(), ErrorCode::input);
  EXPECT_EQ(error.parts().where, "row 3");
}

TEST_F(CaptureTest, NoTextsGiveEmptyResults) {
  const Activations got = std::move(run("hidden[1]", text::TokenBatch{}, "mean").front());
  EXPECT_EQ(got.values.rows(), 0);
}

TEST_F(CaptureTest, ANarrowedCaptureGivesTheSameBitsFromFewerNodes) {
  for (const char* name : {"bert", "deberta_v2", "albert"}) {
    const GoldenModel golden(name);
    const LanguageModel model(golden.folder());
    const text::TokenBatch batch = golden.batch(golden.all_texts());
    const std::vector<std::string> asked = {"hidden[*]"};
    const Capture whole(model, resolve(model.graph(), asked).addresses, {});
    const std::vector<Activations> all = whole.run(batch, "mean", {});
    const std::vector<std::size_t> kept = {0, 2}, last = {1};
    const Capture some = whole.narrowed(kept), one = some.narrowed(last);
    EXPECT_EQ(&one.weights(), &whole.weights()) << "nothing is packed again";
    ASSERT_EQ(one.addresses().size(), 1u);
    EXPECT_EQ(one.addresses()[0].name, "hidden[2]");
    const std::vector<Activations> two = some.run(batch, "mean", {});
    EXPECT_EQ(all_of(two[0]), all_of(all[0])) << name;
    EXPECT_EQ(all_of(two[1]), all_of(all[2])) << name;
    EXPECT_EQ(all_of(one.run(batch, "mean", {})[0]), all_of(all[2])) << name;
    EXPECT_LT(some.schedule().segments.size(), whole.schedule().segments.size()) << name;
  }
}

TEST_F(CaptureTest, ColumnsOfAJoinedProductAreCapturedAsTheirOwn) {
  const GoldenModel golden("gpt2");
  const LanguageModel model(golden.folder());
  const std::vector<std::string> asked = {"h.1.attn.c_attn", "h.1.attn.heads", "h.1.attn.c_proj.input"};
  const std::vector<Activations> got =
      Capture(model, resolve(model.graph(), asked).addresses, {}).run(golden.batch({0, 1}), "none", {});
  EXPECT_EQ(got[0].values.cols(), 60);
  EXPECT_EQ(all_of(got[1]), all_of(got[2]));
}

}  // namespace
}  // namespace sonde::capture

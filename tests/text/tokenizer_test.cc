// Tokenizers against ids, offsets and truncation that transformers gave (tests/golden/text_goldens.py).
#include "sonde/text/tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "../files/scratch_folder.h"

namespace sonde::text {
namespace {

using nlohmann::json;

std::string data(const std::string& name) { return std::string(SONDE_TEST_DATA) + "/text/" + name; }

const json& goldens() {
  static const json all = [] {
    std::ifstream file(data("goldens.json"));
    return json::parse(file);
  }();
  return all;
}

std::vector<std::string> golden_texts() { return goldens()["texts"].get<std::vector<std::string>>(); }

std::vector<std::string_view> views(const std::vector<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

json ids_of(const TokenBatch& batch) {
  json all = json::array();
  for (std::int64_t i = 0; i < batch.size(); ++i) {
    const auto tokens = batch.tokens(i);
    all.push_back(std::vector<std::int32_t>(tokens.begin(), tokens.end()));
  }
  return all;
}

class GoldenTokenizer : public testing::TestWithParam<const char*> {
 protected:
  const json& golden() const { return goldens()["tokenizers"][GetParam()]; }
  Tokenizer tokenizer_ = Tokenizer::open(data(GetParam()));
  std::vector<std::string> texts_ = golden_texts();
  RunContext context_;
};

void expect_equal(const json& got, const json& expected, const std::vector<std::string>& texts) {
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i)
    EXPECT_EQ(got[i], expected[i]) << "text " << i << ": " << texts[i];
}

TEST_P(GoldenTokenizer, GivesTheIdsOfTransformers) {
  expect_equal(ids_of(tokenizer_.encode(views(texts_), {}, context_)), golden()["ids"], texts_);
}

TEST_P(GoldenTokenizer, LeavesSpecialTokensOut) {
  const EncodeOptions options = {.special = SpecialTokens::leave_out};
  const TokenBatch batch = tokenizer_.encode(views(texts_), options, context_);
  expect_equal(ids_of(batch), golden()["plain"], texts_);
  EXPECT_THAT(batch.special, testing::Each(0));
}

TEST_P(GoldenTokenizer, TruncatesAsTransformersDoes) {
  for (std::size_t k = 0; k < goldens()["max_lengths"].size(); ++k) {
    const EncodeOptions options = {.max_length = goldens()["max_lengths"][k]};
    const TokenBatch batch = tokenizer_.encode(views(texts_), options, context_);
    const json got = ids_of(batch);
    for (std::size_t i = 0; i < texts_.size(); ++i) {
      const auto full = static_cast<std::int64_t>(golden()["ids"][i].size());
      EXPECT_EQ(got[i], golden()["cut"][i][k]) << texts_[i];
      EXPECT_EQ(batch.full_length[i], static_cast<std::int32_t>(full)) << texts_[i];
      EXPECT_EQ(batch.truncated(static_cast<std::int64_t>(i)), full > options.max_length) << texts_[i];
    }
  }
}

TEST_P(GoldenTokenizer, MarksOnlyTheTokensThatWereAdded) {
  const TokenBatch batch = tokenizer_.encode(views(texts_), {}, context_);
  for (std::int64_t i = 0; i < batch.size(); ++i) {
    const auto marks = batch.specials(i);
    const auto added = std::count(marks.begin(), marks.end(), 1);
    EXPECT_EQ(added, batch.length(i) - static_cast<std::int64_t>(golden()["plain"][i].size())) << texts_[i];
  }
}

TEST_P(GoldenTokenizer, PiecesCarryTokensAndByteOffsets) {
  for (std::size_t i = 0; i < texts_.size(); ++i) {
    json tokens = json::array();
    json offsets = json::array();
    for (const TokenPiece& piece : tokenizer_.pieces(texts_[i])) {
      tokens.push_back(piece.token);
      offsets.push_back({piece.begin, piece.end});
    }
    EXPECT_EQ(tokens, golden()["tokens"][i]) << texts_[i];
    EXPECT_EQ(offsets, golden()["offsets"][i]) << texts_[i];
  }
}

TEST_P(GoldenTokenizer, DecodesAsTransformersDoes) {
  for (std::size_t i = 0; i < texts_.size(); ++i) {
    const auto ids = golden()["ids"][i].get<std::vector<std::int32_t>>();
    EXPECT_EQ(tokenizer_.decode(ids), golden()["decoded"][i].get<std::string>()) << texts_[i];
  }
}

INSTANTIATE_TEST_SUITE_P(Folders, GoldenTokenizer,
                         testing::Values("wordpiece", "wordpiece_json", "wordpiece_cased", "byte_level",
                                         "byte_level_prefix", "byte_level_json", "llama3", "deberta",
                                         "deberta_options", "albert", "albert_cased"),
                         [](const auto& folder) { return std::string(folder.param); });

/// Records what it hears.
class Recorder : public Progress {
 public:
  void begin(std::string_view stage, std::int64_t total, std::string_view unit) override {
    stage_ = stage;
    total_ = total;
    unit_ = unit;
  }
  void advance(std::int64_t units) override { done_ += units; }
  void end() override { ended_ = true; }

  std::string stage_;
  std::string unit_;
  std::int64_t total_ = 0;
  std::atomic<std::int64_t> done_ = 0;
  bool ended_ = false;
};

std::vector<std::string> many_texts() {
  std::vector<std::string> texts;
  for (int repeat = 0; repeat < 20; ++repeat) {
    for (const std::string& text : golden_texts()) texts.push_back(text + " " + std::to_string(repeat));
  }
  return texts;
}

TEST(Tokenizer, IsTheSameForAnyNumberOfThreads) {
  const Tokenizer tokenizer = Tokenizer::open(data("byte_level"));
  const std::vector<std::string> texts = many_texts();
  const TokenBatch one = tokenizer.encode(views(texts), {.max_length = 20}, {.threads = 1});
  ASSERT_EQ(one.size(), static_cast<std::int64_t>(texts.size()));
  for (const int threads : {2, 5}) {
    const TokenBatch many = tokenizer.encode(views(texts), {.max_length = 20}, {.threads = threads});
    EXPECT_EQ(many.ids, one.ids);
    EXPECT_EQ(many.offsets, one.offsets);
    EXPECT_EQ(many.special, one.special);
    EXPECT_EQ(many.full_length, one.full_length);
  }
}

TEST(Tokenizer, ReportsProgressInTexts) {
  const Tokenizer tokenizer = Tokenizer::open(data("wordpiece"));
  Recorder recorder;
  tokenizer.encode(views(many_texts()), {}, {.threads = 2, .progress = &recorder});
  EXPECT_EQ(recorder.stage_, "tokenize");
  EXPECT_EQ(recorder.unit_, "texts");
  EXPECT_EQ(recorder.total_, static_cast<std::int64_t>(many_texts().size()));
  EXPECT_EQ(recorder.done_, recorder.total_);
  EXPECT_TRUE(recorder.ended_);
}

TEST(Tokenizer, AllowsTextsWithoutTokensAndNoTextsAtAll) {
  const Tokenizer tokenizer = Tokenizer::open(data("byte_level"));
  const std::vector<std::string_view> texts = {"a", "", "b"};
  const TokenBatch batch = tokenizer.encode(texts, {}, {});
  EXPECT_EQ(batch.length(1), 0);
  EXPECT_EQ(batch.full_length[1], 0);
  EXPECT_EQ(tokenizer.encode({}, {}, {}).size(), 0);
}

TEST(Tokenizer, DescribesItself) {
  const TokenizerDescription wordpiece = Tokenizer::open(data("wordpiece")).description();
  EXPECT_EQ(wordpiece.source, "vocab.txt");
  EXPECT_EQ(wordpiece.model, "WordPiece");
  EXPECT_EQ(wordpiece.specials_per_text, 2);
  EXPECT_TRUE(wordpiece.lower_case);
  ASSERT_EQ(wordpiece.special_tokens.size(), 5U);
  EXPECT_EQ(wordpiece.special_tokens[2].token, "[CLS]");
  EXPECT_EQ(wordpiece.special_tokens[2].id, 2);
  EXPECT_FALSE(Tokenizer::open(data("wordpiece_cased")).description().lower_case);

  const TokenizerDescription llama = Tokenizer::open(data("llama3")).description();
  EXPECT_EQ(llama.source, "tokenizer.json");
  EXPECT_EQ(llama.model, "BPE");
  EXPECT_EQ(llama.vocabulary_size, 402);
  EXPECT_EQ(llama.specials_per_text, 1);
  EXPECT_EQ(Tokenizer::open(data("byte_level")).description().source, "vocab.json + merges.txt");
}

// Microsoft's DeBERTa folders hold spm.model and no tokenizer.json; [MASK] is beyond its vocabulary.
TEST(Tokenizer, DescribesSentencePieceModels) {
  const Tokenizer deberta = Tokenizer::open(data("deberta"));
  EXPECT_EQ(deberta.description().source, "spm.model");
  EXPECT_EQ(deberta.description().model, "Unigram");
  EXPECT_EQ(deberta.description().specials_per_text, 2);
  EXPECT_FALSE(deberta.description().lower_case);
  const SpecialToken mask = deberta.description().special_tokens.back();
  EXPECT_EQ(mask.token, "[MASK]");
  EXPECT_EQ(mask.id, deberta.description().vocabulary_size - 1);
  const Tokenizer albert = Tokenizer::open(data("albert"));
  EXPECT_EQ(albert.description().source, "spiece.model");
  EXPECT_TRUE(albert.description().lower_case);
  EXPECT_EQ(albert.model_max_length(), 512);
}

TEST(Tokenizer, DigestTellsTokenizersApart) {
  const std::string plain = Tokenizer::open(data("byte_level")).description().digest;
  EXPECT_THAT(plain, testing::MatchesRegex("[0-9a-f]{64}"));
  EXPECT_EQ(plain, Tokenizer::open(data("byte_level")).description().digest);
  // The same vocabulary with another option of the configuration is another tokenizer.
  EXPECT_NE(plain, Tokenizer::open(data("byte_level_prefix")).description().digest);
}

TEST(Tokenizer, KnowsTheModelsLongestInput) {
  EXPECT_EQ(Tokenizer::open(data("wordpiece")).model_max_length(), 64);
  EXPECT_EQ(Tokenizer::open(data("wordpiece_cased")).model_max_length(), std::nullopt);
  EXPECT_EQ(Tokenizer::open(data("byte_level")).model_max_length(), std::nullopt);  // 1e30 in the file
}

TEST(Tokenizer, KnowsTheTokenForPadsWhereItsConfigurationNamesOne) {
  const files::ScratchFolder folder;
  std::filesystem::copy(data("byte_level"), folder.path(), std::filesystem::copy_options::recursive);
  const auto pad_of = [&](const std::string& config) {
    folder.write("tokenizer_config.json", config);
    return Tokenizer::open(folder.path().string()).pad_token();
  };
  const std::vector<SpecialToken> specials = Tokenizer::open(data("byte_level")).description().special_tokens;
  EXPECT_EQ(pad_of("{}"), std::nullopt);
  EXPECT_EQ(pad_of(R"({"pad_token": "<|endoftext|>"})"), specials[0].id);
  EXPECT_EQ(pad_of(R"({"pad_token": {"content": "<|endoftext|>"}})"), specials[0].id);
}

}  // namespace
}  // namespace sonde::text

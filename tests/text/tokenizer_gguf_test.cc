// Tokenizers in GGUF metadata against the ids that transformers gives (tests/golden/text_gguf.py), and files
// whose vocabulary makes no sense.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "../files/gguf_bytes.h"
#include "sonde/core/error.h"
#include "sonde/files/tensor_file.h"
#include "sonde/text/gguf_vocabulary_internal.h"
#include "sonde/text/tokenizer.h"

namespace sonde::text {
namespace {

using files::GgufBytes;
using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string data(const std::string& name) {
  return std::string(SONDE_TEST_DATA) + "/gguf_tokenizers/" + name;
}

const json& goldens() {
  static const json all = [] {
    std::ifstream file(data("goldens.json"));
    return json::parse(file);
  }();
  return all;
}

class GgufGolden : public ::testing::TestWithParam<const char*> {
 protected:
  const json& golden() const { return goldens()["tokenizers"][GetParam()]; }
  std::shared_ptr<const files::TensorFile> file_ =
      files::open_tensors(data(std::string(GetParam()) + ".gguf"));
  files::GgufHeader header_ = files::GgufHeader::parse(file_->file().bytes(), file_->path());
  Tokenizer tokenizer_ =
      Tokenizer::open(header_, std::string(GetParam()) == "gemma" ? files::ImpliedMerges::by_position
                                                                  : files::ImpliedMerges::by_score);
  std::vector<std::string> texts_ = goldens()["texts"].get<std::vector<std::string>>();

  json ids(SpecialTokens special) const {
    const std::vector<std::string_view> views(texts_.begin(), texts_.end());
    const TokenBatch batch = tokenizer_.encode(views, {.special = special}, {});
    json all = json::array();
    for (std::int64_t i = 0; i < batch.size(); ++i) {
      const auto tokens = batch.tokens(i);
      all.push_back(std::vector<std::int32_t>(tokens.begin(), tokens.end()));
    }
    return all;
  }
};

TEST_P(GgufGolden, GivesTheIdsOfTransformers) {
  const json with = ids(SpecialTokens::add), without = ids(SpecialTokens::leave_out);
  ASSERT_EQ(with.size(), golden()["ids"].size());
  for (std::size_t i = 0; i < with.size(); ++i) {
    EXPECT_EQ(with[i], golden()["ids"][i]) << "text " << i << ": " << texts_[i];
    EXPECT_EQ(without[i], golden()["plain"][i]) << "text " << i << ": " << texts_[i];
  }
}

TEST_P(GgufGolden, GivesTheOffsetsAndTheTextOfTransformers) {
  for (std::size_t i = 0; i < texts_.size(); ++i) {
    json offsets = json::array();
    for (const TokenPiece& piece : tokenizer_.pieces(texts_[i])) offsets.push_back({piece.begin, piece.end});
    EXPECT_EQ(offsets, golden()["offsets"][i]) << texts_[i];
    const auto ids = golden()["ids"][i].get<std::vector<std::int32_t>>();
    EXPECT_EQ(tokenizer_.decode(ids), golden()["decoded"][i].get<std::string>()) << texts_[i];
  }
}

INSTANTIATE_TEST_SUITE_P(Files, GgufGolden,
                         ::testing::Values("gpt2", "smollm", "llama_bpe", "qwen2", "sentencepiece",
                                           "sentencepiece_flags", "gemma", "bert", "bert_cased"),
                         [](const auto& file) { return std::string(file.param); });

/// A vocabulary of bytes in memory.
class Vocabulary {
 public:
  explicit Vocabulary(const GgufBytes& bytes) : content_(bytes.header()) {}
  files::GgufHeader header() const {
    return files::GgufHeader::parse(std::as_bytes(std::span(content_)), "vocabulary.gguf");
  }
  Tokenizer open() const { return Tokenizer::open(header(), files::ImpliedMerges::by_score); }
  std::string refusal() const {
    try {
      open();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::input);
      EXPECT_EQ(error.parts().path, "vocabulary.gguf");
      return error.what();
    }
    return "opened";
  }

 private:
  std::string content_;
};

std::string floats(const std::vector<float>& values) {
  std::string bytes;
  for (const float value : values) bytes += files::le_bytes(value);
  return bytes;
}

std::string ints(const std::vector<std::int32_t>& values) {
  std::string bytes;
  for (const std::int32_t value : values) bytes += files::le_bytes(value);
  return bytes;
}

/// The scores of "a", "b", "ab", "▁" and "▁ab" without merges.
GgufBytes small() {
  GgufBytes bytes;
  bytes.text("tokenizer.ggml.model", "llama").texts("tokenizer.ggml.tokens", {"a", "b", "ab", "▁", "▁ab"});
  return bytes;
}
GgufBytes scored() { return small().array("tokenizer.ggml.scores", 6, 5, floats({0, 0, -1, 0, -2})); }

std::vector<std::int32_t> ids_of(const Tokenizer& tokenizer, std::string_view text) {
  return tokenizer.encode(std::span(&text, 1), {}, {}).ids;
}

TEST(GgufTokenizer, TheSpacePrefixIsTheFilesToDecide) {
  EXPECT_THAT(ids_of(Vocabulary(scored()).open(), "ab"), ElementsAre(4));
  EXPECT_THAT(ids_of(Vocabulary(scored().flag("tokenizer.ggml.add_space_prefix", 0)).open(), "ab"),
              ElementsAre(2));
}

TEST(GgufTokenizer, DescribesItsFile) {
  const Tokenizer tokenizer = Vocabulary(scored()).open();
  EXPECT_EQ(tokenizer.description().source, "vocabulary.gguf");
  EXPECT_EQ(tokenizer.description().model, "BPE");
  EXPECT_EQ(tokenizer.description().vocabulary_size, 5);
  const std::string digest = tokenizer.description().digest;
  EXPECT_EQ(digest, Vocabulary(scored().text("tokenizer.chat_template", "x")).open().description().digest);
  EXPECT_NE(digest, Vocabulary(scored().flag("tokenizer.ggml.add_bos_token", 0)).open().description().digest);
}

TEST(GgufTokenizer, NoTokenIsAddedBeyondTheVocabulary) {
  const Tokenizer tokenizer = Vocabulary(scored()).open();
  for (const std::int32_t id : ids_of(tokenizer, "<s>ab</s><unk>")) EXPECT_LT(id, 5);
}

TEST(GgufTokenizer, MergesAreDerivedInTheOrderOfRanks) {
  const Vocabulary file(scored());
  const files::GgufHeader header = file.header();
  const GgufVocabulary vocabulary = read_gguf_vocabulary(header);
  const std::vector<std::string> tokens = {"a", "b", "ab", "▁", "▁ab", "▁a"};
  const auto merges = implied_merges(vocabulary, tokens, {0, 0, -1, 0, -2, -2});
  // Equal ranks: the longer left part first, in characters.
  EXPECT_THAT(merges, ElementsAre(std::pair<std::string, std::string>("a", "b"),
                                  std::pair<std::string, std::string>("▁a", "b"),
                                  std::pair<std::string, std::string>("▁", "ab"),
                                  std::pair<std::string, std::string>("▁", "a")));
}

TEST(GgufTokenizer, WhatMakesNoSenseIsRefused) {
  const auto refusal = [](const GgufBytes& bytes) { return Vocabulary(bytes).refusal(); };
  const std::string tokens = "tokenizer.ggml.tokens", model = "tokenizer.ggml.model",
                    types = "tokenizer.ggml.token_type";
  EXPECT_THAT(refusal(GgufBytes{}.text(model, "llama")), HasSubstr("got nothing, expected the vocabulary"));
  EXPECT_THAT(refusal(GgufBytes{}.text(model, "llama").texts(tokens, {})),
              HasSubstr("the vocabulary of a tokenizer"));
  EXPECT_THAT(refusal(GgufBytes{}.text(model, "llama").text(tokens, "a")),
              HasSubstr("expected an array of strings"));
  EXPECT_THAT(refusal(GgufBytes{}.text(model, "llama").array(tokens, 4, 1, ints({1}))),
              HasSubstr("array of 1 u32"));
  EXPECT_THAT(refusal(GgufBytes{}.texts(tokens, {"a"})), HasSubstr("one of gpt2, llama, bert"));
  EXPECT_THAT(refusal(GgufBytes{}.text(model, "rwkv").texts(tokens, {"a"})), HasSubstr("got 'rwkv'"));
  EXPECT_THAT(refusal(small()), HasSubstr("expected scores, or merges"));
  EXPECT_THAT(refusal(small().array("tokenizer.ggml.scores", 6, 2, floats({0, 0}))),
              HasSubstr("2 items, expected 5"));
  EXPECT_THAT(refusal(small().array("tokenizer.ggml.scores", 12, 5, std::string(40, '\0'))),
              HasSubstr("expected an array of f32"));
  EXPECT_THAT(refusal(small().array("tokenizer.ggml.scores", 6, 5, floats({0, 0, NAN, 0, 0}))),
              HasSubstr("nan of token 2"));
  EXPECT_THAT(refusal(scored().array(types, 5, 1, ints({1}))), HasSubstr("1 items, expected 5"));
  EXPECT_THAT(refusal(scored().array(types, 5, 5, ints({1, 1, 7, 1, 1}))), HasSubstr("7 of token 2"));
  EXPECT_THAT(refusal(scored().array(types, 5, 5, ints({1, 1, -1, 1, 1}))), HasSubstr("-1 of token 2"));
  EXPECT_THAT(refusal(scored().array(types, 6, 5, floats({1, 1, 1, 1, 1}))),
              HasSubstr("array of whole numbers"));
  EXPECT_THAT(refusal(scored().array(types, 5, 5, ints({6, 1, 1, 1, 1}))),
              HasSubstr("expected <0x00> to <0xFF>"));
  for (const char* key : {"bos_token_id", "eos_token_id", "unknown_token_id", "padding_token_id"}) {
    EXPECT_THAT(refusal(scored().number(std::string("tokenizer.ggml.") + key, 5)),
                HasSubstr("got 5, expected the id of one of 5 tokens"));
  }
  EXPECT_THAT(refusal(scored().raw("tokenizer.ggml.bos_token_id", 5, ints({-1}))), HasSubstr("got -1"));
  EXPECT_THAT(refusal(scored().number("tokenizer.ggml.add_bos_token", 1)),
              HasSubstr("got u32, expected true or false"));
  EXPECT_THAT(refusal(scored().texts("tokenizer.ggml.merges", {"ab"})), HasSubstr("line 0 of 2 bytes"));
}

TEST(GgufTokenizer, ByteTokensAreBytes) {
  for (const char* token : {"<0x-1>", "<0x1>", "<0x001>", "<0xGG>", "0x00", "<0x00", ""}) {
    GgufBytes bytes;
    bytes.text("tokenizer.ggml.model", "llama").texts("tokenizer.ggml.tokens", {token});
    bytes.array("tokenizer.ggml.scores", 6, 1, floats({0}))
        .array("tokenizer.ggml.token_type", 5, 1, ints({6}));
    EXPECT_THAT(Vocabulary(bytes).refusal(), HasSubstr("expected <0x00> to <0xFF>")) << token;
  }
}

TEST(GgufTokenizer, MergesAreTwoTokensOfTheVocabulary) {
  const auto with = [](const std::vector<std::string>& merges) {
    GgufBytes bytes;
    bytes.text("tokenizer.ggml.model", "gpt2").texts("tokenizer.ggml.tokens", {"a", "b", "ab"});
    return bytes.texts("tokenizer.ggml.merges", merges);
  };
  EXPECT_THAT(ids_of(Vocabulary(with({"a b"})).open(), "ab"), ElementsAre(2));
  for (const char* merge : {"", " ", "a", "a ", " b", "a  b", "a b ab"})
    EXPECT_THAT(Vocabulary(with({merge})).refusal(), HasSubstr("two tokens and one space between")) << merge;
  EXPECT_THAT(Vocabulary(with({"a c"})).refusal(), HasSubstr("cannot be built"));
  EXPECT_THAT(Vocabulary(with({"b a"})).refusal(), HasSubstr("cannot be built"));
  EXPECT_THAT(Vocabulary(with({"a b"}).text("tokenizer.ggml.pre", "tekken")).refusal(),
              HasSubstr("got 'tekken', expected one of default, gpt-2"));
  GgufBytes none;
  none.text("tokenizer.ggml.model", "gpt2").texts("tokenizer.ggml.tokens", {"a"});
  EXPECT_THAT(Vocabulary(none).refusal(), HasSubstr("the merges of a byte-level vocabulary"));
}

TEST(GgufTokenizer, TokensTooLongToDeriveMergesFromAreRefused) {
  GgufBytes bytes;
  bytes.text("tokenizer.ggml.model", "llama").texts("tokenizer.ggml.tokens", {std::string(513, 'a')});
  bytes.array("tokenizer.ggml.scores", 6, 1, floats({0}));
  EXPECT_THAT(Vocabulary(bytes).refusal(), HasSubstr("a token of 513 bytes"));
}

}  // namespace
}  // namespace sonde::text

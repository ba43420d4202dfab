// What a tokenizer refuses: folders, files, texts and ids. Nothing here may crash or print.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "sonde/core/error.h"
#include "sonde/text/tokenizer.h"

namespace sonde::text {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::string data(const std::string& name) { return std::string(SONDE_TEST_DATA) + "/text/" + name; }

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// A folder that goes with the test.
class Folder {
 public:
  Folder() : path_(fs::path(testing::TempDir()) / unique_name()) { fs::create_directories(path_); }
  ~Folder() { fs::remove_all(path_); }
  const Folder& put(const std::string& name, std::string_view content) const {
    std::ofstream(path_ / name, std::ios::binary) << content;
    return *this;
  }
  std::string path() const { return path_.string(); }

 private:
  static std::string unique_name() {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    return std::string("sonde_tokenizer_") + info->name();
  }
  fs::path path_;
};

template <class Action>
Error error_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "nothing was refused";
  return Error(ErrorCode::internal, {});
}

Error open_error(const Folder& folder) {
  return error_of([&] { Tokenizer::open(folder.path()); });
}

TEST(TokenizerErrors, FolderWithoutTokenizer) {
  const Error empty = open_error(Folder());
  EXPECT_EQ(empty.code(), ErrorCode::input);
  EXPECT_THAT(
      empty.what(),
      HasSubstr("tokenizer.json, or vocab.txt, or vocab.json with merges.txt, or DeBERTa's spm.model"));
  const Error absent = error_of([] { Tokenizer::open("/nowhere/at/all"); });
  EXPECT_EQ(absent.code(), ErrorCode::input);
  EXPECT_THAT(absent.what(), HasSubstr("no such folder"));
}

TEST(TokenizerErrors, MergesAloneAreNoTokenizer) {
  Folder folder;
  folder.put("merges.txt", "#version: 0.2\n");
  EXPECT_THAT(open_error(folder).what(), HasSubstr("no tokenizer in this folder"));
}

TEST(TokenizerErrors, TokenizerJsonThatIsCutAnywhere) {
  const std::string whole = read(data("llama3/tokenizer.json"));
  ASSERT_GT(whole.size(), 1000U);
  Folder folder;
  for (std::size_t size = 0; size < whole.size(); size += 97) {
    folder.put("tokenizer.json", std::string_view(whole).substr(0, size));
    const Error error = open_error(folder);
    EXPECT_EQ(error.code(), ErrorCode::input) << size;
    EXPECT_THAT(error.parts().path, HasSubstr("tokenizer.json"));
  }
}

TEST(TokenizerErrors, AbsurdTokenizerJson) {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  const std::string_view cases[] = {
      "{}",
      "[]",
      "null",
      "42",
      "\"text\"",
      deep,
      R"({"model":{}})",
      R"({"model":{"type":"BPE"}})",
      R"({"version":"1.0","model":{"type":"BPE","vocab":[1,2],"merges":{}}})",
      R"({"version":"1.0","model":{"type":"BPE","vocab":{"a":0,"b":1},"merges":["a b"]}})",
      R"({"version":"1.0","model":{"type":"BPE","vocab":{"a":-1},"merges":[]}})",
      R"({"version":"1.0","model":{"type":"BPE","vocab":{"a":99999999999},"merges":[]}})",
      R"({"version":"1.0","model":{"type":"BPE","vocab":{"a":0},"merges":[["a"]]}})",
      R"({"version":"1.0","model":{"type":"Unknown","vocab":{}}})",
      R"({"version":"1.0","pre_tokenizer":{"type":"Split","pattern":{"Regex":"(["},"behavior":"Isolated","invert":false},)"
      R"("model":{"type":"BPE","vocab":{"a":0},"merges":[]}})",
      R"({"version":"1.0","post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"X","type_id":0}}],)"
      R"("pair":[],"special_tokens":{}},"model":{"type":"BPE","vocab":{"a":0},"merges":[]}})",
  };
  Folder folder;
  for (const std::string_view content : cases) {
    folder.put("tokenizer.json", content);
    EXPECT_EQ(open_error(folder).code(), ErrorCode::input) << content.substr(0, 120);
  }
}

// The second token of a merge is cut by the length of the prefix, which it lacks here: the library behind
// panics.
TEST(TokenizerErrors, PanicArrivesAsAnError) {
  Folder folder;
  folder.put("tokenizer.json", R"({"version":"1.0","model":{"type":"BPE","continuing_subword_prefix":"####",)"
                               R"("vocab":{"a":0,"b":1,"ab":2},"merges":[["a","b"]]}})");
  const Error error = open_error(folder);
  EXPECT_EQ(error.code(), ErrorCode::input);
  EXPECT_THAT(error.what(), HasSubstr("gave up on malformed content"));
}

TEST(TokenizerErrors, EveryChangedByteOpensOrIsRefused) {
  const std::string whole = read(data("wordpiece_json/tokenizer.json"));
  Folder folder;
  const std::vector<std::string_view> texts = {"The film was [MASK] naïve", ""};
  for (std::size_t at = 0; at < whole.size(); at += 23) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 0x15);
    folder.put("tokenizer.json", changed);
    try {
      Tokenizer::open(folder.path()).encode(texts, {}, {});
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::input) << at;
    }
  }
}

TEST(TokenizerErrors, UnknownTokenThatTheVocabularyLacks) {
  Folder folder;
  folder.put("tokenizer.json",
             R"({"version":"1.0","model":{"type":"WordPiece","unk_token":"[UNK]",)"
             R"("continuing_subword_prefix":"##","max_input_chars_per_word":100,"vocab":{"a":0}}})");
  const Tokenizer tokenizer = Tokenizer::open(folder.path());
  const std::vector<std::string_view> texts = {"a", "zebra"};
  const Error error = error_of([&] { tokenizer.encode(texts, {}, {}); });
  EXPECT_EQ(error.code(), ErrorCode::input);
  EXPECT_EQ(error.parts().offset, 1);
}

TEST(TokenizerErrors, VocabularyFiles) {
  EXPECT_THAT(open_error(Folder().put("vocab.txt", "")).what(), HasSubstr("empty"));
  EXPECT_THAT(open_error(Folder().put("vocab.txt", "a\nb\n")).what(),
              HasSubstr("lacks the special token '[CLS]'"));
  EXPECT_THAT(open_error(Folder().put("vocab.txt", "a\xff\n")).what(), HasSubstr("UTF-8"));
}

TEST(TokenizerErrors, ByteLevelFiles) {
  Folder folder;
  folder.put("merges.txt", "#version: 0.2\na b\n").put("vocab.json", R"({"a":0,"b":1,"ab":2})");
  EXPECT_EQ(Tokenizer::open(folder.path()).pieces("ab").size(), 1U);
  folder.put("merges.txt", "#version: 0.2\nab\n");
  const Error broken = open_error(folder);
  EXPECT_THAT(broken.what(), HasSubstr("two tokens"));
  EXPECT_EQ(broken.parts().offset, 2);
  folder.put("merges.txt", "a z\n");
  EXPECT_EQ(open_error(folder).code(), ErrorCode::input);
  folder.put("merges.txt", "").put("vocab.json", "[1]");
  EXPECT_THAT(open_error(folder).what(), HasSubstr("not a JSON object"));
  folder.put("vocab.json", "{}");
  EXPECT_THAT(open_error(folder).what(), HasSubstr("empty"));
}

/// A field of a protobuf that holds bytes.
std::string field(int number, std::string_view bytes) {
  return {static_cast<char>(number << 3 | 2) + std::string(1, static_cast<char>(bytes.size())) +
          std::string(bytes)};
}

TEST(TokenizerErrors, SentencePieceThatIsCutAnywhere) {
  const std::string whole = read(data("deberta/spm.model"));
  ASSERT_GT(whole.size(), 1000U);
  Folder folder;
  int opened = 0;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    folder.put("spm.model", std::string_view(whole).substr(0, size));
    try {
      Tokenizer::open(folder.path());
      ++opened;  // cut between two fields, which a protobuf cannot tell
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::input) << size;
      EXPECT_THAT(error.parts().path, HasSubstr("spm.model"));
    }
  }
  EXPECT_LT(opened, 200);
}

TEST(TokenizerErrors, EveryChangedByteOfSentencePieceOpensOrIsRefused) {
  for (const char* name : {"deberta/spm.model", "albert/spiece.model"}) {
    const std::string whole = read(data(name));
    Folder folder;
    folder.put("config.json", R"({"model_type":"albert"})");
    const std::string file = std::string(name).substr(std::string(name).find('/') + 1);
    if (file == "spm.model") folder.put("config.json", "{}");
    const std::vector<std::string_view> texts = {"The film was [MASK] naïve ½ ﬁ", ""};
    for (std::size_t at = 0; at < whole.size(); ++at) {
      std::string changed = whole;
      changed[at] = static_cast<char>(changed[at] ^ (at % 2 == 0 ? 0x15 : 0xFF));
      folder.put(file, changed);
      try {
        Tokenizer::open(folder.path()).encode(texts, {}, {});
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::input) << name << " " << at << ": " << error.what();
      }
    }
    fs::remove(fs::path(folder.path()) / file);
  }
}

TEST(TokenizerErrors, SentencePieceThatLies) {
  const std::string piece =
      field(1, field(1, "[CLS]")) + field(1, field(1, "[SEP]")) + field(1, field(1, "[UNK]"));
  struct Case {
    std::string model;
    const char* said;
  };
  const std::vector<Case> cases = {
      {"", "it has no pieces"},
      {"not a protobuf", "not a SentencePiece model"},
      {R"({"version":"1.0"})", "not a SentencePiece model"},
      {piece + "\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "a field of 18446744073709551615 bytes"},
      {piece + "\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", "more than 64 bits"},
      {piece + "\x0a\x7f", "a field of 127 bytes where 0 are left"},
      {piece + "\x08\x01", "a field of another type"},
      {piece + "\x0b", "a field of unknown form"},
      {piece + "\x02" + std::string(1, '\0'), "a field without a number"},
      {piece + field(1, field(1, "\xff\xfe")), "a piece that is not UTF-8"},
      {piece + field(1, field(1, "")), "an empty piece"},
      {piece + field(1, field(1, "a") + std::string("\x15\x00\x00\xc0\x7f", 5)), "a score that is no number"},
      {piece + field(2, "\x18\x02"), "type BPE is not supported"},
      {piece + field(2, "\x18\x03"), "type word is not supported"},
      {field(1, field(1, "[CLS]")) + field(2, "\xc0\x02\x07"), "unk_id"},
  };
  Folder folder;
  for (const Case& one : cases) {
    SCOPED_TRACE(one.said);
    folder.put("spm.model", one.model);
    const Error error = open_error(folder);
    EXPECT_EQ(error.code(), ErrorCode::input);
    EXPECT_THAT(error.what(), HasSubstr(one.said));
  }
}

TEST(TokenizerErrors, SentencePieceOfOtherClasses) {
  Folder folder;
  folder.put("tokenizer.model", "x");
  EXPECT_THAT(open_error(folder).what(), HasSubstr("only tokenizer.model"));
  folder.put("spiece.model", read(data("albert/spiece.model")));
  EXPECT_THAT(open_error(folder).what(),
              HasSubstr("of a class that is not known; got no model_type, expected albert"));
  folder.put("config.json", R"({"model_type":"t5"})");
  EXPECT_THAT(open_error(folder).what(), HasSubstr("got t5"));
  folder.put("tokenizer_config.json", R"({"tokenizer_class":"T5Tokenizer"})");
  EXPECT_THAT(open_error(folder).what(), HasSubstr("a T5Tokenizer cannot be opened from spiece.model"));
  folder.put("tokenizer_config.json", R"({"tokenizer_class":"AlbertTokenizer"})");
  EXPECT_EQ(Tokenizer::open(folder.path()).description().model, "Unigram");
  folder.put("added_tokens.json", "[]");
  EXPECT_THAT(open_error(folder).what(), HasSubstr("added_tokens.json: not a JSON object"));
  folder.put("added_tokens.json", R"({"a":"b"})");
  EXPECT_THAT(open_error(folder).what(), HasSubstr("token without an id"));
  folder.put("added_tokens.json", "{}").put("special_tokens_map.json", R"({"mask_token":3})");
  EXPECT_THAT(open_error(folder).what(), HasSubstr("'mask_token' makes no sense"));
  folder.put("tokenizer_config.json", R"({"added_tokens_decoder":{"x":{"content":"a"}}})")
      .put("config.json", R"({"model_type":"albert"})");
  EXPECT_THAT(open_error(folder).what(), HasSubstr("'added_tokens_decoder'"));
}

TEST(TokenizerErrors, Configuration) {
  const std::string vocabulary = "[UNK]\n[CLS]\n[SEP]\na\n";
  Folder folder;
  folder.put("vocab.txt", vocabulary).put("tokenizer_config.json", "[");
  EXPECT_THAT(open_error(folder).what(), HasSubstr("not a JSON object"));
  folder.put("tokenizer_config.json", R"({"do_lower_case": "yes"})");
  EXPECT_THAT(open_error(folder).what(), HasSubstr("'do_lower_case'"));
  folder.put("tokenizer_config.json", R"({"cls_token": 3})");
  EXPECT_THAT(open_error(folder).what(), HasSubstr("'cls_token'"));
  folder.put("tokenizer_config.json", R"({"model_max_length": -1})");
  EXPECT_THAT(open_error(folder).what(), HasSubstr("'model_max_length'"));
  folder.put("tokenizer_config.json", R"({"tokenizer_class": "MPNetTokenizer"})");
  EXPECT_THAT(open_error(folder).what(), HasSubstr("a MPNetTokenizer cannot be opened from vocab.txt"));
  folder.put("tokenizer_config.json", R"({"cls_token": {"content": "a"}})");
  EXPECT_EQ(Tokenizer::open(folder.path()).pieces("").front().token, "a");
}

TEST(TokenizerErrors, TextThatIsNotUtf8NamesItsIndex) {
  const Tokenizer tokenizer = Tokenizer::open(data("wordpiece"));
  std::vector<std::string_view> texts(200, "fine");
  texts[150] = "bro\xffken";
  texts[190] = "\xc3";
  for (const int threads : {1, 3}) {
    const Error error = error_of([&] { tokenizer.encode(texts, {}, {.threads = threads}); });
    EXPECT_EQ(error.code(), ErrorCode::input);
    EXPECT_EQ(error.parts().offset, 150);
    EXPECT_THAT(error.what(), HasSubstr("text 150"));
  }
  EXPECT_EQ(error_of([&] { tokenizer.pieces("\xff"); }).code(), ErrorCode::input);
}

TEST(TokenizerErrors, TextOverTheLimit) {
  const Tokenizer tokenizer = Tokenizer::open(data("wordpiece"));
  const std::vector<std::string_view> texts = {"short", "eleven byte"};
  const Error error = error_of([&] { tokenizer.encode(texts, {.text_bytes = 10}, {}); });
  EXPECT_EQ(error.code(), ErrorCode::limit);
  EXPECT_EQ(error.parts().offset, 1);
  EXPECT_EQ(tokenizer.encode(texts, {.text_bytes = 11}, {}).size(), 2);
}

TEST(TokenizerErrors, LengthWithoutRoomForSpecialTokens) {
  const Tokenizer tokenizer = Tokenizer::open(data("wordpiece"));
  const std::vector<std::string_view> texts = {"film"};
  EXPECT_EQ(error_of([&] { tokenizer.encode(texts, {.max_length = 1}, {}); }).code(), ErrorCode::usage);
  EXPECT_EQ(error_of([&] { tokenizer.encode(texts, {.max_length = -1}, {}); }).code(), ErrorCode::usage);
  EXPECT_EQ(tokenizer.encode(texts, {.max_length = 2}, {}).length(0), 2);
  const EncodeOptions bare = {.max_length = 1, .special = SpecialTokens::leave_out};
  EXPECT_EQ(tokenizer.encode(texts, bare, {}).length(0), 1);
}

TEST(TokenizerErrors, IdsOutsideTheVocabulary) {
  const Tokenizer tokenizer = Tokenizer::open(data("wordpiece"));
  EXPECT_EQ(error_of([&] { tokenizer.decode(std::vector<std::int32_t>{5, -1}); }).code(), ErrorCode::input);
  EXPECT_THAT(error_of([&] { tokenizer.decode(std::vector<std::int32_t>{5, 1'000'000}); }).what(),
              HasSubstr("1000000"));
}

TEST(TokenizerErrors, CancelStopsEncoding) {
  const Tokenizer tokenizer = Tokenizer::open(data("wordpiece"));
  const std::vector<std::string_view> texts(1000, "film");
  std::atomic<bool> cancel = true;
  EXPECT_EQ(error_of([&] { tokenizer.encode(texts, {}, {.cancel = &cancel}); }).code(), ErrorCode::partial);
}

}  // namespace
}  // namespace sonde::text

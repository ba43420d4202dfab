#include "sonde/study/occurrence_source.h"

#include <gmock/gmock.h>

#include <fstream>
#include <numeric>

#include "../files/scratch_folder.h"

namespace sonde::study {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string model(const char* name) { return std::string(SONDE_TEST_DATA) + "/models/" + name; }

// Documents of 4 sentences each, in a file of as many rows; the third sentence breaks a word after "the".
class OccurrenceSourceTest : public testing::Test {
 protected:
  OccurrenceSourceTest() {
    std::string table = "text,site\n";
    for (int i = 0; i < 12; ++i)
      table +=
          "a story is good and the film is a film the ending is the thing," + std::to_string(i / 3) + "\n";
    spec_.file = folder_.write("documents.csv", table).string();
    spec_.text = "text";
  }

  SourcedExamples read(const text::Tokenizer& tokenizer) {
    source_.emplace(options_, spec_, hub::Settings(), RunContext());
    return source_->read(tokenizer, RunContext());
  }

  files::ScratchFolder folder_;
  DataSpec spec_;
  data::OccurrenceOptions options_{.targets = {" the", " is"},
                                   .next = "word_start",
                                   .before = 3,
                                   .after = 1,
                                   .per_class = 8,
                                   .choose = "first",
                                   .documents = "joined"};
  std::optional<OccurrenceSource> source_;
};

TEST_F(OccurrenceSourceTest, FindsTokensOfAByteLevelTokenizer) {
  const text::Tokenizer tokenizer = text::Tokenizer::open(model("gpt2"));
  const data::Examples examples = read(tokenizer).examples;
  EXPECT_THAT(examples.classes, ElementsAre("is", "the"));
  ASSERT_EQ(examples.size(), 16);
  EXPECT_EQ(examples.texts[0], " is good and the film") << "three tokens before, one after";
  EXPECT_EQ(examples.group_names[0], "document 1");
  EXPECT_EQ(examples.labels[0], 1);
  EXPECT_EQ(examples.labels[8], 0) << "target after target, in the order they were named";
  const std::vector<std::string_view> texts(examples.texts.begin(), examples.texts.end());
  const std::vector<std::int64_t> places = {8, 0};
  const text::TokenBatch batch = source_->tokens({texts, places}, {&tokenizer, 0}, RunContext());
  ASSERT_EQ(batch.size(), 2);
  EXPECT_THAT(batch.targets, ElementsAre(3, 3));
  EXPECT_EQ(tokenizer.decode(batch.tokens(1)), examples.texts[0]);
  EXPECT_EQ(tokenizer.decode(batch.tokens(1).subspan(3, 1)), " the");
  EXPECT_EQ(tokenizer.decode(batch.tokens(0).subspan(3, 1)), " is");
}

// tests/golden/study_occurrences.py ran the published loop with the tokenizer of transformers.
TEST_F(OccurrenceSourceTest, CutsThePublishedWindows) {
  const auto golden =
      nlohmann::json::parse(std::ifstream(std::string(SONDE_TEST_DATA) + "/study/occurrences.json"));
  std::string lines;
  for (const auto& text : golden["texts"]) lines += nlohmann::json{{"text", text}}.dump() + "\n";
  spec_.file = folder_.write("published.jsonl", lines).string();
  options_.before = 14;
  options_.after = 2;
  options_.per_class = 20;
  const text::Tokenizer tokenizer = text::Tokenizer::open(model("gpt2"));
  ASSERT_EQ(read(tokenizer).examples.size(), 40);
  std::vector<std::int64_t> places(40);
  std::iota(places.begin(), places.end(), 0);
  const text::TokenBatch batch = source_->tokens({{}, places}, {&tokenizer, 0}, RunContext());
  for (std::int64_t i = 0; i < 40; ++i) {
    const auto window = batch.tokens(i);
    EXPECT_EQ(std::vector<int>(window.begin(), window.end()),
              golden["windows"][i < 20 ? " the" : " is"][i % 20].get<std::vector<int>>());
  }
}

// WordPiece joins what starts no word: "film", but "##ing" after "the" would be one word with it.
TEST_F(OccurrenceSourceTest, ReadsWordStartsFromWhatATokenizerDecodes) {
  spec_.file = folder_
                   .write("words.csv",
                          "text\nthe film is good and theing is good and the film is\n"
                          "\"the film is good and the, good is and is good\"\n")
                   .string();
  options_ = {.targets = {"the", "is"},
              .next = "word_start",
              .before = 0,
              .after = 1,
              .per_class = 3,
              .choose = "first",
              .documents = "apart"};
  const text::Tokenizer tokenizer = text::Tokenizer::open(model("bert"));
  const data::Examples examples = read(tokenizer).examples;
  for (std::int64_t i = 0; i < 3; ++i) EXPECT_EQ(examples.texts[i], "the film");
  EXPECT_EQ(examples.rows[2], 2);
}

TEST_F(OccurrenceSourceTest, GroupsAreWhatTheGroupColumnSays) {
  spec_.group = "site";
  const data::Examples examples = read(text::Tokenizer::open(model("gpt2"))).examples;
  EXPECT_EQ(examples.group_names[0], "0");
  EXPECT_EQ(examples.data_rows, 12);
}

TEST_F(OccurrenceSourceTest, SaysWhatIsWrongWithATarget) {
  const text::Tokenizer tokenizer = text::Tokenizer::open(model("gpt2"));
  options_.targets = {" the", " goodness"};
  const Error split = files::error_of([&] { read(tokenizer); });
  EXPECT_EQ(split.code(), ErrorCode::input);
  EXPECT_THAT(split.what(), HasSubstr("' goodness' is not one token"));
  EXPECT_THAT(split.what(), HasSubstr("got 'Ġgood' 'n'"));
  options_.targets = {" the", " the"};
  EXPECT_THAT(files::error_of([&] { read(tokenizer); }).what(), HasSubstr("the same token"));
  options_.targets = {" the", " act"};
  EXPECT_THAT(files::error_of([&] { read(tokenizer); }).what(), HasSubstr("' act' does not occur"));
  options_.targets = {" the", " is"};
  options_.per_class = 80;
  EXPECT_THAT(files::error_of([&] { read(tokenizer); }).what(), HasSubstr("too few occurrences of ' the'"));
}

TEST_F(OccurrenceSourceTest, AWindowMustFitTheModel) {
  const text::Tokenizer tokenizer = text::Tokenizer::open(model("gpt2"));
  read(tokenizer);
  const std::vector<std::int64_t> places = {0};
  EXPECT_THAT(
      files::error_of([&] { (void)source_->tokens({{}, places}, {&tokenizer, 4}, RunContext()); }).what(),
      HasSubstr("got 5 tokens, expected at most 4"));
}

TEST_F(OccurrenceSourceTest, WarnsOfWindowsThatCrossBorders) {
  options_.per_class = 20;
  const SourcedExamples made = read(text::Tokenizer::open(model("gpt2")));
  ASSERT_EQ(made.warnings.size(), 2u);
  EXPECT_THAT(made.warnings[0].message, HasSubstr("1 occurrences are too close to an end of the stream"));
  EXPECT_THAT(made.warnings[1].message, HasSubstr("cross a border"));
  EXPECT_TRUE(made.warnings[1].affects_numbers);
  options_.documents = "apart";
  options_.per_class = 8;
  EXPECT_TRUE(read(text::Tokenizer::open(model("gpt2"))).warnings.empty());
}

}  // namespace
}  // namespace sonde::study

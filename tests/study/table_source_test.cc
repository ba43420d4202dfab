#include "sonde/study/table_source.h"

#include <gmock/gmock.h>

#include "../files/scratch_folder.h"

namespace sonde::study {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class TableSourceTest : public testing::Test {
 protected:
  TableSource source() { return {spec_, "", hub::Settings(), RunContext()}; }

  files::ScratchFolder folder_;
  std::string train_ = folder_.write("train.csv", "title,body,label\nA,one,x\nB,two,y\nC,three,x\n").string();
  std::string test_ = folder_.write("test.csv", "title,body,label\nD,four,z\nE,five,y\n").string();
  DataSpec spec_ = {.file = train_, .text = "body", .label = "label"};
};

TEST_F(TableSourceTest, TemplatesMakePromptsOfSeveralColumns) {
  spec_.templates = {"{title}: {text} is bad", "{title}: {body} is good"};
  TableSource source = this->source();
  EXPECT_EQ(source.prompts(), 2);
  const SourcedExamples made = source.read();
  EXPECT_THAT(made.examples.texts, ElementsAre("one", "two", "three")) << "what a row says is its text";
  const text::Tokenizer tokenizer = text::Tokenizer::open(std::string(SONDE_TEST_DATA) + "/models/gpt2");
  const std::vector<std::int64_t> places = {2, 0};
  const text::TokenBatch batch = source.tokens({{}, places}, {&tokenizer, 0}, RunContext());
  ASSERT_EQ(batch.size(), 4);
  EXPECT_EQ(tokenizer.decode(batch.tokens(0)), "C: three is bad");
  EXPECT_EQ(tokenizer.decode(batch.tokens(1)), "C: three is good");
  EXPECT_EQ(tokenizer.decode(batch.tokens(2)), "A: one is bad");
}

TEST_F(TableSourceTest, ATemplateAloneSaysWhichColumnIsTheText) {
  spec_.text = "";
  spec_.templates = {"Read {body}: {title}"};
  EXPECT_THAT(source().read().examples.texts, ElementsAre("one", "two", "three"));
}

TEST_F(TableSourceTest, RowsForTestsComeFromAnotherTable) {
  spec_.test_file = test_;
  const SourcedExamples made = source().read();
  EXPECT_EQ(made.test_rows, 2);
  EXPECT_THAT(made.examples.texts, ElementsAre("one", "two", "three", "four", "five"));
  EXPECT_THAT(made.examples.classes, ElementsAre("x", "y", "z"));
  EXPECT_THAT(made.examples.labels, ElementsAre(0, 1, 0, 2, 1));
  EXPECT_THAT(made.examples.rows, ElementsAre(1, 2, 3, 1, 2)) << "each counted in its own table";
  spec_.limit = 1;
  EXPECT_THAT(source().read().examples.texts, ElementsAre("one", "four"));
}

TEST_F(TableSourceTest, APlaceholderThatIsNoColumnIsAnsweredWithTheNearest) {
  spec_.templates = {"{titel}: {text}"};
  const Error error = files::error_of([&] { source().read(); });
  EXPECT_EQ(error.code(), ErrorCode::usage);
  EXPECT_THAT(std::string(error.what()) + error.parts().hint, HasSubstr("'title'"));
  spec_.templates = {"no placeholder"};
  EXPECT_THAT(files::error_of([&] { source(); }).what(), HasSubstr("no placeholder"));
}

}  // namespace
}  // namespace sonde::study

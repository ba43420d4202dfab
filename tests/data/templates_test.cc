#include "sonde/data/templates.h"

#include <gmock/gmock.h>

#include "sonde/core/error.h"

namespace sonde::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Template, FillsColumnsInAnyOrderAndAgain) {
  const Template text("{title}: {text} ({title})\n");
  EXPECT_THAT(text.placeholders(), ElementsAre("title", "text"));
  EXPECT_EQ(text.fill(std::vector<std::string_view>{"A {b}", "c"}), "A {b}: c (A {b})\n");
}

TEST(Template, DoubledBracesAreBraces) {
  const Template text("{{\"text\": \"{text}\"}}");
  EXPECT_THAT(text.placeholders(), ElementsAre("text"));
  EXPECT_EQ(text.fill(std::vector<std::string_view>{"x"}), "{\"text\": \"x\"}");
}

std::string refusal(std::string_view text) {
  try {
    (void)Template(text);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage);
    return error.what();
  }
  return "nothing was refused";
}

TEST(Template, RefusesWhatHasNoPlaceholder) {
  EXPECT_THAT(refusal("good or bad?"), HasSubstr("no placeholder"));
  EXPECT_THAT(refusal("{{text}}"), HasSubstr("no placeholder"));
  EXPECT_THAT(refusal("{text"), HasSubstr("not closed"));
  EXPECT_THAT(refusal("{a{b}}"), HasSubstr("not closed"));
  EXPECT_THAT(refusal("a } {b}"), HasSubstr("closes nothing"));
  EXPECT_THAT(refusal("{}"), HasSubstr("no name"));
}

}  // namespace
}  // namespace sonde::data

#include "sonde/probes/words.h"

#include <gmock/gmock.h>

#include <vector>

namespace sonde::probes {
namespace {

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  for_each_word(text, [&](const std::string& word) { words.push_back(word); });
  return words;
}

using testing::ElementsAre;

TEST(Words, CutsAsTheDefaultRuleOfCountVectorizer) {
  EXPECT_THAT(words_of("It's a Wise-cracking, 2-hour FILM_noir!"),
              ElementsAre("it", "wise", "cracking", "hour", "film_noir"));
}

TEST(Words, LowersAccentsGreekAndCyrillic) {
  EXPECT_THAT(words_of("ÉLAN Šárka ΩΜΕΓΑ ВЕСЁЛЫЙ"), ElementsAre("élan", "šárka", "ωμεγα", "весёлый"));
}

TEST(Words, BreaksAtPunctuationSymbolsAndEmojiBeyondAscii) {
  EXPECT_THAT(words_of("wise…funny — “great” 😀great€ok"),
              ElementsAre("wise", "funny", "great", "great", "ok"));
}

TEST(Words, SurvivesMalformedBytes) {
  EXPECT_THAT(words_of("ab\xff"
                       "cd\xc3"),
              ElementsAre("ab", "cd"));
  EXPECT_THAT(words_of(std::string_view("\xe2\x80", 2)), ElementsAre());
}

}  // namespace
}  // namespace sonde::probes

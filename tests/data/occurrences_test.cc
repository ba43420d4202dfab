#include "sonde/data/occurrences.h"

#include <gmock/gmock.h>

#include <map>
#include <set>

#include "sonde/core/error.h"
#include "sonde/core/random.h"

namespace sonde::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Tokens 7 and 8 are looked for; a token of 100 or more starts a word.
constexpr std::int32_t kTargets[] = {7, 8};
const std::vector<std::string> kNames{" the", " an"};

OccurrenceRules rules(bool word_start = false) {
  OccurrenceRules rules{.targets = kTargets, .names = kNames, .starts_word = nullptr};
  if (word_start) rules.starts_word = [](std::int32_t, std::int32_t next) { return next >= 100; };
  return rules;
}

std::vector<std::int64_t> positions(const Occurrences& found, std::int32_t target) {
  std::vector<std::int64_t> at;
  for (const Occurrence& one : found.chosen) {
    if (one.target == target) at.push_back(one.position);
  }
  return at;
}

struct Stream {
  std::vector<std::int32_t> ids;
  std::vector<std::int64_t> offsets{0};

  void document(const std::vector<std::int32_t>& tokens) {
    ids.insert(ids.end(), tokens.begin(), tokens.end());
    offsets.push_back(static_cast<std::int64_t>(ids.size()));
  }
  TokenStream view() const { return {ids, offsets}; }
};

OccurrenceOptions options(const std::string& choose, const std::string& documents, std::int64_t per_class) {
  return {.targets = kNames,
          .before = 2,
          .after = 1,
          .per_class = per_class,
          .choose = choose,
          .documents = documents};
}

TEST(Occurrences, JoinedTakesTheFirstOfOneStream) {
  Stream stream;
  stream.document({7, 100, 1, 7, 5, 8, 100, 1});
  stream.document({7, 100, 8, 7, 100, 7});
  // The first has no room for its window, nor has the last; 3 is followed by no start of a word.
  const Occurrences all = find_occurrences(stream.view(), rules(), options("first", "joined", 2));
  EXPECT_THAT(positions(all, 0), ElementsAre(3, 8));
  EXPECT_THAT(positions(all, 1), ElementsAre(5, 10));
  EXPECT_THAT(all.found, ElementsAre(5, 2));
  EXPECT_THAT(all.no_room, ElementsAre(2, 0));
  EXPECT_EQ(all.crossing, 1) << "the window of 8 reaches into the first document";
  EXPECT_EQ(all.overlapping, 4);
  const Occurrences words = find_occurrences(stream.view(), rules(true), options("first", "joined", 1));
  EXPECT_THAT(positions(words, 0), ElementsAre(8));
  EXPECT_THAT(positions(words, 1), ElementsAre(5));
  EXPECT_EQ(words.found[0], 3) << "0, 8 and 11; the last token has none after it";
  EXPECT_EQ(words.chosen[0].document, 1);
}

TEST(Occurrences, ApartKeepsWindowsInsideADocumentAndFromOverlapping) {
  Stream stream;
  stream.document({1, 1, 7, 8, 1, 1, 8, 1});
  stream.document({1, 7, 1, 1, 1, 7, 1});
  const Occurrences found = find_occurrences(stream.view(), rules(), options("first", "apart", 1));
  EXPECT_THAT(positions(found, 0), ElementsAre(2));
  EXPECT_THAT(positions(found, 1), ElementsAre(6)) << "3 lies in the window of 2";
  EXPECT_EQ(found.crossing, 0);
  EXPECT_EQ(found.overlapping, 0);
  EXPECT_THAT(found.no_room, ElementsAre(1, 0)) << "9 has one token of its document before it";
}

// Against brute force, on many documents.
TEST(Occurrences, RandomChoiceIsSeededAndObeysTheSameRules) {
  const RandomStream random(5, "test");
  Stream stream;
  for (std::int64_t d = 0, at = 0; d < 200; ++d) {
    std::vector<std::int32_t> tokens;
    for (std::uint64_t i = 0; i < 20 + random.below(30, at); ++i)
      tokens.push_back(static_cast<std::int32_t>(random.below(40, 100000 + at++)));
    stream.document(tokens);
    ++at;
  }
  OccurrenceOptions how = options("random", "apart", 60);
  const Occurrences found = find_occurrences(stream.view(), rules(), how);
  ASSERT_EQ(found.chosen.size(), 120u);
  std::set<std::int64_t> taken, documents;
  for (const Occurrence& one : found.chosen) {
    EXPECT_EQ(stream.ids[one.position], kTargets[one.target]);
    documents.insert(one.document);
    for (std::int64_t i = one.position - 2; i <= one.position + 1; ++i) {
      EXPECT_TRUE(taken.insert(i).second) << "token " << i << " lies in two windows";
      EXPECT_GE(i, stream.offsets[one.document]);
      EXPECT_LT(i, stream.offsets[one.document + 1]);
    }
  }
  EXPECT_GT(*documents.rbegin(), 150) << "from the whole range";
  EXPECT_EQ(positions(find_occurrences(stream.view(), rules(), how), 0), positions(found, 0));
  how.seed = 1;
  EXPECT_NE(positions(find_occurrences(stream.view(), rules(), how), 0), positions(found, 0));
}

TEST(Occurrences, FindsTheFirstWholeWindowOfOneText) {
  const std::vector<std::int32_t> ids{7, 1, 7, 1, 8, 100, 7};
  EXPECT_EQ(first_window(ids, rules(), options("first", "apart", 1)), 0);
  EXPECT_EQ(first_window(ids, rules(true), options("first", "apart", 1)), 2);
  const std::vector<std::int32_t> none{7, 1, 1, 1, 8};
  EXPECT_EQ(first_window(none, rules(), options("first", "apart", 1)), std::nullopt);
}

std::string refusal(const Stream& stream, const OccurrenceRules& rules, const OccurrenceOptions& options) {
  try {
    (void)find_occurrences(stream.view(), rules, options);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::input);
    return std::string(error.what()) + " " + error.parts().hint;
  }
  return "nothing was refused";
}

TEST(Occurrences, SaysHowManyThereAre) {
  Stream stream;
  stream.document({1, 1, 7, 1, 1, 1, 7, 1, 7});
  EXPECT_THAT(refusal(stream, rules(), options("first", "apart", 2)),
              HasSubstr("' an' does not occur; got 1 documents, 9 tokens"));
  stream.document({1, 1, 8, 1, 1, 1, 8, 1});
  EXPECT_THAT(refusal(stream, rules(), options("first", "apart", 3)),
              HasSubstr("too few occurrences of ' the'; got 2 of 3: 3 in 2 documents, 1 without room"));
  EXPECT_THAT(refusal(stream, rules(), options("first", "apart", 3)), HasSubstr("raise limit"));
  EXPECT_THAT(refusal(stream, rules(true), options("first", "apart", 1)),
              HasSubstr("does not occur with a token that starts a word"));
}

}  // namespace
}  // namespace sonde::data

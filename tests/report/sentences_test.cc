// The sentences for every outcome: all, some, none decodable; beats, ties and loses to counting words.
#include "sonde/report/sentences.h"

#include "report_cases.h"
#include "sonde/report/caveats.h"

namespace sonde::report {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(Sentences, SayWhatTheRecordedRunFound) {
  const result::Result r = recorded_result();
  const Reading reading(r);
  EXPECT_EQ(question_sentence(reading), "Where in all-MiniLM-L6-v2 is sentiment decodable?");
  EXPECT_EQ(
      headline_sentence(reading).plain(),
      "Sentiment is linearly decodable at every hidden state, best at hidden[4]: 78.3\u202f% [76.9, 79.7]");
  EXPECT_THAT(headline_sentence(reading).html(),
              HasSubstr("<code>hidden[4]</code>: <b>78.3\u202f%</b> <i>[76.9, 79.7]</i>"));
  EXPECT_EQ(lead_sentence(reading).plain(),
            "Chosen on validation, scored on test. That is 18.9 points above the majority class and 2.5 "
            "points [0.8, 4.2] "
            "above a bag-of-words. Only hidden[4] and hidden[5] beat the bag-of-words; the other hidden "
            "states cannot be "
            "told apart from it.");
  EXPECT_EQ(where_sentence(reading).plain(),
            "At every hidden state, best at hidden[4]. hidden[5] cannot be told apart from it. The other 5 "
            "are lower.");
  EXPECT_EQ(probe_sentence(reading).plain(),
            "It finds 80.9\u202f% of the fresh and 74.5\u202f% of the rotten reviews. Its calibration error "
            "(ECE) is 0.028.");
}

TEST(Sentences, SayThatNothingIsDecodable) {
  result::Result r = recorded_result();
  set_to_chance(r);
  const Reading reading(r);
  EXPECT_EQ(headline_sentence(reading).plain(),
            "Sentiment could not be decoded from all-MiniLM-L6-v2: 59.1\u202f% [57.4, 60.8] at hidden[4]");
  EXPECT_THAT(where_sentence(reading).plain(), HasSubstr("Nowhere"));
  EXPECT_THAT(lead_sentence(reading).plain(), HasSubstr("0.3 points below the majority class"));
}

TEST(Sentences, SayThatNoneBeatsCountingWords) {
  result::Result r = recorded_result();
  set_against_words(r, {0.003, -0.014, 0.020});
  const Reading reading(r);
  EXPECT_EQ(headline_sentence(reading).plain(),
            "Sentiment is linearly decodable at every hidden state, but nowhere better than a bag-of-words; "
            "best at "
            "hidden[4]: 78.3\u202f% [76.9, 79.7]");
  EXPECT_THAT(lead_sentence(reading).plain(),
              AllOf(HasSubstr("cannot be told apart from a bag-of-words (difference +0.3 [\u22121.4, 2.0])"),
                    HasSubstr("No hidden state beats the bag-of-words: none can be told apart from it.")));
  EXPECT_THAT(baseline_sentence(reading).plain(), testing::StartsWith("No. hidden[4] cannot be told apart"));
}

TEST(Sentences, SayThatAllAreBelowCountingWords) {
  result::Result r = recorded_result();
  set_against_words(r, {-0.03, -0.045, -0.015});
  const Reading reading(r);
  EXPECT_THAT(lead_sentence(reading).plain(),
              AllOf(HasSubstr("3.0 points [\u22124.5, \u22121.5] below a bag-of-words"),
                    HasSubstr("No hidden state beats the bag-of-words; all are below it.")));
}

TEST(Sentences, NameTheOnesThatAreDecodable) {
  result::Result r = recorded_result();
  int hidden = 0;
  for (auto& row : r.results) {
    if (row.at.starts_with("hidden[") && hidden++ < 3) row.metrics[0].second = {0.60, 0.58, 0.61};
  }
  EXPECT_THAT(headline_sentence(Reading(r)).plain(),
              HasSubstr("decodable from hidden[3] on, best at hidden[4]"));
  for (auto& row : r.results) {
    if (row.at == "hidden[6]" || row.at == "hidden[5]") row.metrics[0].second = {0.60, 0.58, 0.61};
  }
  EXPECT_THAT(headline_sentence(Reading(r)).plain(), HasSubstr("only at hidden[3] and hidden[4]"));
}

TEST(Sentences, PromoteNoHigherTestScore) {
  result::Result r = recorded_result();
  for (auto& row : r.results) {
    if (row.at != "hidden[3]") continue;
    row.metrics[0].second = {0.85, 0.84, 0.86};
    row.minus_best = {{"accuracy", {0.067, 0.05, 0.08}}};
  }
  const Reading reading(r);
  EXPECT_THAT(headline_sentence(reading).plain(), HasSubstr("best at hidden[4]"));
  EXPECT_THAT(where_sentence(reading).plain(),
              HasSubstr("hidden[3] scores higher on test, which takes no part in the choice."));
}

TEST(Sentences, SpeakOfOneAddressInTheSingular) {
  result::Result r = recorded_result();
  std::erase_if(r.results, [](const auto& row) { return row.at != "hidden[4]"; });
  EXPECT_EQ(headline_sentence(Reading(r)).plain(),
            "Sentiment is linearly decodable at hidden[4]: 78.3\u202f% [76.9, 79.7]");
}

TEST(Sentences, SayWhatIsReadOffAsANumber) {
  const result::Result r = recorded_numbers();
  const Reading reading(r);
  EXPECT_EQ(question_sentence(reading), "Where in all-MiniLM-L6-v2 can rating be read off as a number?");
  EXPECT_EQ(
      headline_sentence(reading).plain(),
      "Rating can be read off as a number at every hidden state, best at hidden[4]: R² 0.783 [0.769, 0.797]");
  EXPECT_THAT(lead_sentence(reading).plain(),
              AllOf(HasSubstr("0.784 above the mean of train and 0.300 [0.200, 0.400] above the text length"),
                    Not(HasSubstr("point")), Not(HasSubstr("majority"))));
  EXPECT_EQ(
      probe_sentence(reading).plain(),
      "Half of the test reviews lie within 0.5 of what it says. On average it is off by 1.250. Rounded to a "
      "whole number it is right for 31.0\u202f%.");
  EXPECT_THAT(mistakes_sentence(reading).plain(), HasSubstr("farthest off is 7.25 where 10 is right"));
  EXPECT_THAT(methods_text(reading),
              AllOf(HasSubstr("a ridge regression was fitted"), HasSubstr("test R² is 0.783")));
  EXPECT_THAT(latex_table(reading), AllOf(HasSubstr("$R^2$"), HasSubstr("MAE & Spearman")));
}

TEST(Sentences, SayThatNoNumberCanBeReadOff) {
  result::Result r = recorded_numbers();
  for (auto& row : r.results) row.metrics[0].second = {0.01, -0.02, 0.03};
  const Reading reading(r);
  EXPECT_EQ(
      headline_sentence(reading).plain(),
      "Rating could not be read off as a number from all-MiniLM-L6-v2: R² 0.010 [\u22120.020, 0.030] at "
      "hidden[4]");
  EXPECT_EQ(where_sentence(reading).plain(), "Nowhere: no interval is above the mean of train.");
}

TEST(Sentences, SurviveAnEmptyResult) {
  const result::Result empty;
  const Reading reading(empty);
  EXPECT_EQ(headline_sentence(reading).plain(), "Nothing was probed");
  EXPECT_NO_THROW(lead_sentence(reading));
  EXPECT_NO_THROW(methods_text(reading));
  EXPECT_TRUE(find_caveats(reading).empty());
}

TEST(CopiedText, CarriesNIntervalAndLeaks) {
  const result::Result r = recorded_result();
  const Reading reading(r);
  for (const std::string& text : {copied_sentence(reading), methods_text(reading)}) {
    EXPECT_THAT(text, AllOf(HasSubstr("3,296"), HasSubstr("76.9"), HasSubstr("79.7"),
                            HasSubstr("36 test texts also appear in train; without them 78.3")));
    for (const char* never : {"significant", "state of the art", "understands"})
      EXPECT_THAT(text, Not(HasSubstr(never)));
  }
  EXPECT_THAT(latex_table(reading),
              AllOf(HasSubstr("\\textbf{hidden[4]} & 78.3 & [76.9, 79.7] & 0.552 & 0.856"),
                    HasSubstr("majority class & 59.4")));
}

TEST(CopiedText, EscapesForLatex) {
  result::Result r = recorded_result();
  for (auto& row : r.results) row.at = "a_b\\input{x}%" + row.at;
  EXPECT_THAT(latex_table(Reading(r)), HasSubstr("a\\_b\\textbackslash{}input\\{x\\}\\%"));
}

TEST(Caveats, PutWhatChangesANumberFirst) {
  const result::Result r = recorded_result();
  const std::vector<Caveat> caveats = find_caveats(Reading(r));
  ASSERT_EQ(caveats.size(), 4u);
  EXPECT_EQ(caveats[0].what, "36 of 3,296 test reviews also stand word for word in train.");
  EXPECT_EQ(caveats[0].effect, "Without them still 78.3\u202f%; --leaks drop removes them.");
  EXPECT_EQ(caveats[1].kind, "Convergence");
  EXPECT_TRUE(caveats[1].hard);
  EXPECT_EQ(caveats[2].what,
            "Fresh is 55.5\u202f% of train, 63.4\u202f% of validation, 59.4\u202f% of test.");
  EXPECT_FALSE(caveats[3].hard);
  EXPECT_EQ(checked_and_clean(Reading(r)),
            "no film in two parts, no row id in two parts, every class in every part, no test row used to "
            "choose an address.");
}

TEST(Caveats, ShowWarningsOfTheRunOnce) {
  result::Result r = recorded_result();
  r.warnings.push_back(
      {"address", "bert.pooler is left out: it gives one vector per text", "name it with --at", false});
  const std::vector<Caveat> caveats = find_caveats(Reading(r));
  ASSERT_EQ(caveats.size(), 5u) << "truncation is told once, though the run warned of it too";
  EXPECT_EQ(caveats[4].kind, "Address");
}

}  // namespace
}  // namespace sonde::report

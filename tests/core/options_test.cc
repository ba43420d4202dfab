// Options from JSON and from the text of a command line, their ranges, and what a mistyped name answers.
#include "sonde/core/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../files/scratch_folder.h"

namespace sonde {
namespace {

using files::error_of;
using nlohmann::json;
using ::testing::HasSubstr;

struct SampleOptions {
  double c = 1.0;
  std::int64_t steps = 10;
  bool fit_intercept = true;
  std::string schedule = "constant";
  std::vector<std::string> words;

  template <class V>
  void fields(V& visit) {
    visit("c", c, {.help = "strength", .larger = "fits closer", .low = 0.5, .high = 100});
    visit("steps", steps, {.help = "updates", .low = 1});
    visit("fit_intercept", fit_intercept, {.help = "whether to fit a bias"});
    visit("schedule", schedule, {.help = "rate over time", .words = {"constant", "inverse"}});
    visit("words", words, {.help = "words to look for"});
  }
};

SampleOptions assigned(const json& given) {
  SampleOptions options;
  assign_options("probe sample", given, options);
  return options;
}

Error refused(const json& given) {
  const Error error = error_of([&] { assigned(given); });
  EXPECT_EQ(error.code(), ErrorCode::usage) << given;
  return error;
}

TEST(OptionsTest, JsonValuesAndCommandLineTextsMeanTheSame) {
  for (const json& given :
       {json{{"c", 2.5}, {"steps", 7}, {"fit_intercept", false}, {"schedule", "inverse"}},
        json{{"c", "2.5"}, {"steps", "7"}, {"fit_intercept", "false"}, {"schedule", "inverse"}}}) {
    const SampleOptions options = assigned(given);
    EXPECT_EQ(options.c, 2.5);
    EXPECT_EQ(options.steps, 7);
    EXPECT_FALSE(options.fit_intercept);
    EXPECT_EQ(options.schedule, "inverse");
  }
}

TEST(OptionsTest, WhatIsNotGivenKeepsItsDefault) {
  const SampleOptions options = assigned({{"steps", 3}});
  EXPECT_EQ(options.c, 1.0);
  EXPECT_EQ(options.steps, 3);
  EXPECT_TRUE(options.fit_intercept);
}

TEST(OptionsTest, AListHoldsTextsAndOneTextIsAListOfOne) {
  EXPECT_THAT(assigned({{"words", {" the", "a,b"}}}).words, ::testing::ElementsAre(" the", "a,b"));
  EXPECT_THAT(assigned({{"words", "a,b"}}).words, ::testing::ElementsAre("a,b"));
  EXPECT_THAT(refused({{"words", {"a", 3}}}).what(), HasSubstr("a list of texts"));
  EXPECT_EQ(options_to_json(assigned({{"words", {"x", "y"}}}))["words"], json({"x", "y"}));
}

TEST(OptionsTest, WholeNumbersServeAsNumbers) { EXPECT_EQ(assigned({{"c", 3}}).c, 3.0); }

TEST(OptionsTest, EndsOfARangeBelongToIt) {
  EXPECT_EQ(assigned({{"c", 0.5}}).c, 0.5);
  EXPECT_EQ(assigned({{"c", "100"}}).c, 100.0);
  EXPECT_EQ(assigned({{"steps", 1}}).steps, 1);
}

TEST(OptionsTest, ValuesOutsideTheirRangeAreRefusedWithTheRange) {
  EXPECT_STREQ(refused({{"c", 0.4}}).what(),
               "probe sample, option 'c': value not allowed; got 0.4, expected a number from 0.5 to 100");
  EXPECT_STREQ(
      refused({{"steps", "0"}}).what(),
      "probe sample, option 'steps': value not allowed; got 0, expected a whole number of at least 1");
  refused({{"c", 100.5}});
  refused({{"c", "nan"}});
}

TEST(OptionsTest, WrongTypesAreRefused) {
  for (const json& given :
       {json{{"c", "2.5x"}}, json{{"c", ""}}, json{{"c", " 2"}}, json{{"c", true}}, json{{"c", nullptr}},
        json{{"steps", 2.5}}, json{{"steps", "2.5"}}, json{{"steps", json::array({1})}},
        json{{"fit_intercept", 1}}, json{{"fit_intercept", "yes"}}, json{{"schedule", 3}}}) {
    refused(given);
  }
}

TEST(OptionsTest, AWordOutsideItsListIsRefusedWithTheList) {
  EXPECT_THAT(refused({{"schedule", "linear"}}).what(), HasSubstr("expected one of constant, inverse"));
}

TEST(OptionsTest, AnUnknownNameAnswersWithTheNearest) {
  const Error error = refused({{"step", 3}});
  EXPECT_THAT(error.what(), HasSubstr("probe sample: unknown option 'step'"));
  EXPECT_THAT(error.what(), HasSubstr("did you mean 'steps'"));
}

TEST(OptionsTest, RecordsCarryNameTypeValueAndNotesInOrder) {
  const std::vector<FieldRecord> records = field_records(SampleOptions{});
  ASSERT_EQ(records.size(), 5u);
  EXPECT_EQ(records[0].name, "c");
  EXPECT_EQ(records[0].type, "number");
  EXPECT_EQ(records[0].notes.larger, "fits closer");
  EXPECT_EQ(records[1].type, "integer");
  EXPECT_EQ(records[2].type, "flag");
  EXPECT_EQ(records[3].type, "text");
  EXPECT_EQ(records[3].value, "constant");
  EXPECT_EQ(records[4].type, "texts");
}

TEST(OptionsTest, JsonOfOptionsHoldsWhatIsInForceAndReadsBack) {
  const SampleOptions options = assigned({{"c", 8}, {"schedule", "inverse"}});
  const nlohmann::ordered_json object = options_to_json(options);
  EXPECT_EQ(object.dump(), R"({"c":8.0,"steps":10,"fit_intercept":true,"schedule":"inverse","words":[]})");
  EXPECT_EQ(options_to_json(assigned(json::parse(object.dump()))), object);
}

TEST(OptionsTest, KindAndOptionsAreTakenApart) {
  const auto [kind, given] = parse_kind_and_options("logistic:c=0.1,class_weight=balanced");
  EXPECT_EQ(kind, "logistic");
  EXPECT_EQ(given, (json{{"c", "0.1"}, {"class_weight", "balanced"}}));
  EXPECT_EQ(parse_kind_and_options("majority").first, "majority");
  EXPECT_TRUE(parse_kind_and_options("majority").second.empty());
  EXPECT_EQ(parse_kind_and_options("a:x=b=c").second, (json{{"x", "b=c"}}));
  EXPECT_EQ(parse_kind_and_options("a:x=").second, (json{{"x", ""}}));
}

TEST(OptionsTest, AnOptionWithoutValueIsRefused) {
  for (const char* text : {"logistic:c", "logistic:c=1,balanced", "logistic:c=1,,tol=2"}) {
    EXPECT_EQ(error_of([&] { parse_kind_and_options(text); }).code(), ErrorCode::usage) << text;
  }
}

}  // namespace
}  // namespace sonde

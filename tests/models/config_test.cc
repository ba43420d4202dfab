// Reading config.json: types, ranges, defaults, nulls, and text that is no JSON.
#include "sonde/models/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../files/scratch_folder.h"

namespace sonde::models {
namespace {

using files::error_of;
using ::testing::HasSubstr;

template <class Action>
Error refused(Action&& action) {
  const Error error = error_of(action);
  EXPECT_EQ(error.code(), ErrorCode::input);
  return error;
}

TEST(ConfigTest, MalformedJsonIsRefusedWithItsOffset) {
  const Error error = refused([] { Config::parse(R"({"a": 1, "b": })"); });
  EXPECT_EQ(error.parts().path, "config.json");
  EXPECT_EQ(error.parts().offset, 15);
  refused([] { Config::parse(""); });
  refused([] { Config::parse(R"({"a": 1)"); });
  refused([] { Config::parse("{\"a\": \"\xff\"}"); });
}

TEST(ConfigTest, OnlyAnObjectIsAConfig) {
  for (const char* text : {"[]", "3", "null", "\"bert\""}) refused([&] { Config::parse(text); });
}

TEST(ConfigTest, SizesAreWholeNumbersFromOne) {
  const Config config = Config::parse(R"({"one": 1, "most": 2147483647, "null": null})");
  EXPECT_EQ(config.size("one"), 1);
  EXPECT_EQ(config.size("most"), 2147483647);
  EXPECT_EQ(config.size("absent", 7), 7);
  EXPECT_EQ(config.size("null", 7), 7);
  EXPECT_THAT(refused([&] { config.size("absent"); }).what(),
              HasSubstr("config.json, 'absent': value not allowed; got nothing"));
  for (const char* bad :
       {"0", "-1", "2147483648", "18446744073709551615", "1e300", "2.5", "\"3\"", "true", "[1]"}) {
    const Config wrong = Config::parse(std::string("{\"x\": ") + bad + "}");
    refused([&] { wrong.size("x"); });
    refused([&] { wrong.size("x", 5); });
  }
}

TEST(ConfigTest, NumbersAreFinite) {
  const Config config = Config::parse(R"({"small": 1e-12, "whole": 3, "text": "1"})");
  EXPECT_EQ(config.number("small", 1.0), 1e-12);
  EXPECT_EQ(config.number("whole", 1.0), 3.0);
  EXPECT_EQ(config.number("absent", 0.5), 0.5);
  refused([&] { config.number("text", 1.0); });
}

TEST(ConfigTest, FlagsTextsAndObjectsHaveTheirTypes) {
  const Config config = Config::parse(R"({"yes": true, "word": "gelu", "inner": {"factor": 8}, "n": 1})");
  EXPECT_TRUE(config.flag("yes", false));
  EXPECT_FALSE(config.flag("absent", false));
  EXPECT_EQ(config.text("word"), "gelu");
  EXPECT_EQ(config.text("absent", "x"), "x");
  EXPECT_EQ(config.activation("word", "relu"), kernels::Activation::gelu);
  EXPECT_EQ(config.activation("absent", "relu"), kernels::Activation::relu);
  EXPECT_EQ(config.object("inner")->number("factor", 0), 8);
  EXPECT_FALSE(config.object("absent").has_value());
  refused([&] { config.flag("n", true); });
  refused([&] { config.text("n"); });
  refused([&] { config.text("absent"); });
  refused([&] { config.text("n", "x"); });
  refused([&] { config.object("n"); });
  refused([&] { config.activation("n", "gelu"); });
}

TEST(ConfigTest, NullIsToldFromAbsentWhereAskedAndListsHoldTextsOnly) {
  const Config config = Config::parse(R"({"none": null, "zero": 0, "names": ["a", "b"], "mixed": ["a", 1]})");
  EXPECT_TRUE(config.is_null("none"));
  EXPECT_FALSE(config.is_null("absent"));
  EXPECT_EQ(config.count("zero", 5), 0);
  EXPECT_EQ(config.count("none", 5), 5);
  EXPECT_EQ(config.texts("names"), (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(config.texts("absent").empty());
  refused([&] { config.texts("mixed"); });
  refused([&] { config.texts("zero"); });
  refused([&] { config.size("zero"); });
}

TEST(ConfigTest, ATokenIsAnIdOrTheFirstOfAList) {
  const Config config =
      Config::parse(R"({"one": 7, "several": [5, 9], "none": null, "text": "x", "empty": [], "below": -1})");
  EXPECT_EQ(config.token("one"), 7);
  EXPECT_EQ(config.token("several"), 5);
  EXPECT_EQ(config.token("none"), std::nullopt);
  EXPECT_EQ(config.token("absent"), std::nullopt);
  for (const char* key : {"text", "empty", "below"}) refused([&] { config.token(key); });
}

TEST(ConfigTest, LabelsAreCountedByNameThenByNumber) {
  EXPECT_EQ(Config::parse(R"({"id2label": {"0": "a", "1": "b", "2": "c"}, "num_labels": 2})").label_count(),
            3);
  EXPECT_EQ(Config::parse(R"({"num_labels": 5})").label_count(), 5);
  EXPECT_EQ(Config::parse("{}").label_count(), 2);
  refused([] { Config::parse(R"({"id2label": {}})").label_count(); });
  refused([] { Config::parse(R"({"id2label": ["a"]})").label_count(); });
  refused([] { Config::parse(R"({"num_labels": 0})").label_count(); });
}

TEST(ConfigTest, TheClassIsTheFirstNamedOrTheDefault) {
  EXPECT_EQ(Config::parse(R"({"architectures": ["A", "B"]})").model_class("C"), "A");
  for (const char* text : {"{}", R"({"architectures": null})", R"({"architectures": []})"}) {
    EXPECT_EQ(Config::parse(text).model_class("C"), "C");
  }
}

TEST(ConfigTest, AlternativesAreAListOrOneTextWithBars) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(Config::parse(R"({"kinds": "P2C| c2p"})").alternatives("kinds"), (Words{"p2c", "c2p"}));
  EXPECT_EQ(Config::parse(R"({"kinds": ["c2p", "P2C"]})").alternatives("kinds"), (Words{"c2p", "p2c"}));
  EXPECT_EQ(Config::parse(R"({"kinds": null})").alternatives("kinds"), Words{});
  EXPECT_EQ(Config::parse("{}").alternatives("kinds"), Words{});
  refused([] { Config::parse(R"({"kinds": 3})").alternatives("kinds"); });
  refused([] { Config::parse(R"({"kinds": ["c2p", 3]})").alternatives("kinds"); });
}

}  // namespace
}  // namespace sonde::models

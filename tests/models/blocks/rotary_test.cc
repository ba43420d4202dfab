// Rotary frequencies against transformers 5.23.0 (torch 2.15.0): `inv_freq` of the rotary embeddings of
// Llama, Phi-3 and Qwen3 for the same configs.
#include "sonde/models/blocks/rotary.h"

#include <gtest/gtest.h>

#include "../config_for_tests.h"

namespace sonde::models {
namespace {

std::vector<float> frequencies_of(const Config& config) {
  Rotary rotary = read_rotary(config);
  rotary.head_width = 64;
  rotary.positions = 131072;
  return rotation(rotary).frequencies;
}

void expect_at(const std::vector<float>& got, std::size_t index, double expected) {
  EXPECT_NEAR(got[index] / expected, 1.0, 5e-7) << "frequency " << index;
}

TEST(RotaryTest, Llama32KeepsBlendsAndStretches) {
  const std::vector<float> got = frequencies_of(config_of(llama_1b()));
  ASSERT_EQ(got.size(), 32u);
  expect_at(got, 0, 1.0);
  expect_at(got, 1, 0.663601279);
  expect_at(got, 14, 0.00321144611);   // kept
  expect_at(got, 15, 0.00129054801);   // blended
  expect_at(got, 16, 0.000429556705);  // blended
  expect_at(got, 17, 9.70828623e-05);  // blended
  expect_at(got, 18, 1.94616387e-05);  // stretched
  expect_at(got, 31, 9.41830649e-08);
}

TEST(RotaryTest, NewStyleParametersGiveTheSame) {
  nlohmann::json config = llama_1b();
  config["rope_parameters"] = config["rope_scaling"];
  config["rope_parameters"]["rope_theta"] = config["rope_theta"];
  const std::vector<float> expected = frequencies_of(config_of(config));
  config.erase("rope_scaling");
  config.erase("rope_theta");
  EXPECT_EQ(frequencies_of(config_of(config)), expected);
  EXPECT_EQ(frequencies_of(config_of(llama_1b())), expected);
}

TEST(RotaryTest, OlderConfigsSayType) {
  nlohmann::json config = llama_1b();
  config["rope_scaling"]["type"] = config["rope_scaling"]["rope_type"];
  config["rope_scaling"].erase("rope_type");
  EXPECT_EQ(frequencies_of(config_of(config)), frequencies_of(config_of(llama_1b())));
}

TEST(RotaryTest, PlainAndLinear) {
  const nlohmann::json plain = {{"rope_theta", 10000.0}};
  const std::vector<float> got = frequencies_of(config_of(plain));
  expect_at(got, 0, 1.0);
  expect_at(got, 1, 0.749894202);
  expect_at(got, 31, 0.00013335215);
  EXPECT_EQ(frequencies_of(config_of({{"model_type", "llama"}})), got);
  const nlohmann::json linear = {{"rope_scaling", {{"rope_type", "linear"}, {"factor", 4.0}}}};
  const std::vector<float> slower = frequencies_of(config_of(linear));
  expect_at(slower, 0, 0.25);
  expect_at(slower, 1, 0.18747355);
  expect_at(slower, 31, 3.33380376e-05);
}

nlohmann::json longrope() {
  return {{"rope_theta", 10000.0},
          {"partial_rotary_factor", 0.75},
          {"rope_scaling",
           {{"type", "longrope"}, {"short_factor", {1.0, 1.05, 2.5}}, {"long_factor", {1.3, 8.0, 64.0}}}}};
}

Rotary of_eight(const nlohmann::json& config) {
  Rotary rotary = read_rotary(config_of(config), {.part = "partial_rotary_factor"});
  rotary.head_width = 8;
  rotary.positions = 131072;
  rotary.trained_positions = 4096;
  return rotary;
}

TEST(RotaryTest, LongropeHasFactorsForShortAndForLongTextsAndScalesWhatTurns) {
  const graph::Rotate got = rotation(of_eight(longrope()));
  ASSERT_EQ(got.frequencies.size(), 3u);
  EXPECT_EQ(got.head_width, 8);
  expect_at(got.frequencies, 0, 1.0);
  expect_at(got.frequencies, 1, 0.044205602258);
  expect_at(got.frequencies, 2, 0.00086177367484);
  ASSERT_EQ(got.long_frequencies.size(), 3u);
  expect_at(got.long_frequencies, 0, 0.76923078299);
  expect_at(got.long_frequencies, 1, 0.0058019855060);
  expect_at(got.long_frequencies, 2, 0.000033663036447);
  EXPECT_EQ(got.short_tokens, 4096);
  EXPECT_NEAR(got.scale, 1.1902380714238083, 1e-7);
}

TEST(RotaryTest, LongropesScaleMayBeGivenOrFollowFromAFactor) {
  nlohmann::json config = longrope();
  config["rope_scaling"]["factor"] = 1.0;
  EXPECT_EQ(rotation(of_eight(config)).scale, 1.0f);
  config["rope_scaling"]["attention_factor"] = 1.25;
  EXPECT_EQ(rotation(of_eight(config)).scale, 1.25f);
}

TEST(RotaryTest, LongropeWithoutTrainedPositionsTakesThoseOfItsScaling) {
  nlohmann::json config = longrope();
  config["rope_scaling"]["original_max_position_embeddings"] = 512;
  Rotary rotary = of_eight(config);
  rotary.trained_positions = 0;
  EXPECT_EQ(rotation(rotary).short_tokens, 512);
}

graph::Rotate yarn_of_sixteen(const nlohmann::json& more) {
  nlohmann::json config = {{"rope_parameters",
                            {{"rope_type", "yarn"},
                             {"rope_theta", 10000.0},
                             {"factor", 4.0},
                             {"original_max_position_embeddings", 32768}}}};
  config["rope_parameters"].update(more);
  Rotary rotary = read_rotary(config_of(config));
  rotary.head_width = 16;
  rotary.positions = 131072;
  return rotation(rotary);
}

TEST(RotaryTest, YarnKeepsBlendsAndStretchesAndScalesWhatTurns) {
  const graph::Rotate got = yarn_of_sixteen({{"attention_factor", nullptr}});
  ASSERT_EQ(got.frequencies.size(), 8u);
  expect_at(got.frequencies, 4, 0.0099999997765);   // kept
  expect_at(got.frequencies, 5, 0.0025693508796);   // blended
  expect_at(got.frequencies, 6, 0.00062500004424);  // blended
  expect_at(got.frequencies, 7, 0.00013834965648);
  EXPECT_NEAR(got.scale, 1.138629436111989, 1e-7);
  EXPECT_TRUE(got.long_frequencies.empty());
  EXPECT_EQ(yarn_of_sixteen({{"attention_factor", 1.5}}).scale, 1.5f);
}

TEST(RotaryTest, YarnsBoundsAndScaleMayBeGiven) {
  const graph::Rotate got = yarn_of_sixteen({{"beta_fast", 8.0},
                                             {"beta_slow", 2.0},
                                             {"truncate", false},
                                             {"mscale", 0.8},
                                             {"mscale_all_dim", 0.5}});
  expect_at(got.frequencies, 5, 0.0031622778624);
  expect_at(got.frequencies, 6, 0.00076851993799);
  expect_at(got.frequencies, 7, 0.000079056946561);
  EXPECT_NEAR(got.scale, 1.0388929752217428, 1e-7);
}

TEST(RotaryTest, AnOddPartOfAHeadIsRoundedUpToPairs) {
  const graph::Rotate got = rotation({.head_width = 5, .theta = 100.0, .part = 0.6});
  ASSERT_EQ(got.frequencies.size(), 2u);
  expect_at(got.frequencies, 1, 0.046415888336);  // 100^(−2/3)
}

TEST(RotaryTest, WhatDoesNotFitIsRefused) {
  const auto refused = [](const nlohmann::json& config) {
    const Error error = files::error_of([&] { rotation(of_eight(config)); });
    EXPECT_EQ(error.code(), ErrorCode::input) << config;
  };
  nlohmann::json config = longrope();
  config["rope_scaling"]["short_factor"] = {1.0, 1.0};
  refused(config);
  config["rope_scaling"]["short_factor"] = {1.0, 0.0, 1.0};
  refused(config);
  config["rope_scaling"]["short_factor"] = {1.0, "x", 1.0};
  refused(config);
  config = longrope();
  config["rope_scaling"].erase("long_factor");
  refused(config);
  config = longrope();
  config["rope_scaling"]["attention_factor"] = -1;
  refused(config);
  config = longrope();
  config["partial_rotary_factor"] = 0;
  refused(config);
  refused({{"rope_scaling", {{"rope_type", "dynamic"}}}});
  refused({{"rope_theta", 1.0}, {"rope_scaling", {{"rope_type", "yarn"}, {"factor", 4.0}}}});
  refused({{"rope_scaling", {{"rope_type", "yarn"}, {"factor", -4.0}}}});
  refused({{"rope_scaling", {{"rope_type", "linear"}, {"factor", 0}}}});
}

}  // namespace
}  // namespace sonde::models

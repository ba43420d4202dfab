// Rotary frequencies against transformers 5.23.0 (torch 2.15.0): `inv_freq` of LlamaRotaryEmbedding for the
// same configs.
#include "sonde/models/blocks/rotary_frequencies.h"

#include <gtest/gtest.h>

#include "../config_for_tests.h"

namespace sonde::models {
namespace {

void expect_at(const std::vector<float>& got, std::size_t index, double expected) {
  EXPECT_NEAR(got[index] / expected, 1.0, 5e-7) << "frequency " << index;
}

TEST(RotaryFrequenciesTest, Llama32KeepsBlendsAndStretches) {
  const std::vector<float> got = rotary_frequencies(config_of(llama_1b()), 64);
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

TEST(RotaryFrequenciesTest, NewStyleParametersGiveTheSame) {
  nlohmann::json config = llama_1b();
  config["rope_parameters"] = config["rope_scaling"];
  config["rope_parameters"]["rope_theta"] = config["rope_theta"];
  const std::vector<float> expected = rotary_frequencies(config_of(config), 64);
  config.erase("rope_scaling");
  config.erase("rope_theta");
  EXPECT_EQ(rotary_frequencies(config_of(config), 64), expected);
  EXPECT_EQ(rotary_frequencies(config_of(llama_1b()), 64), expected);
}

TEST(RotaryFrequenciesTest, OlderConfigsSayType) {
  nlohmann::json config = llama_1b();
  config["rope_scaling"]["type"] = config["rope_scaling"]["rope_type"];
  config["rope_scaling"].erase("rope_type");
  EXPECT_EQ(rotary_frequencies(config_of(config), 64), rotary_frequencies(config_of(llama_1b()), 64));
}

TEST(RotaryFrequenciesTest, PlainAndLinear) {
  const nlohmann::json plain = {{"rope_theta", 10000.0}};
  const std::vector<float> got = rotary_frequencies(config_of(plain), 64);
  expect_at(got, 0, 1.0);
  expect_at(got, 1, 0.749894202);
  expect_at(got, 31, 0.00013335215);
  EXPECT_EQ(rotary_frequencies(config_of({{"model_type", "llama"}}), 64), got);
  const nlohmann::json linear = {{"rope_scaling", {{"rope_type", "linear"}, {"factor", 4.0}}}};
  const std::vector<float> slower = rotary_frequencies(config_of(linear), 64);
  expect_at(slower, 0, 0.25);
  expect_at(slower, 1, 0.18747355);
  expect_at(slower, 31, 3.33380376e-05);
}

}  // namespace
}  // namespace sonde::models

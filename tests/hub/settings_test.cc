// What the environment says, against the rules of huggingface_hub 2.4 (constants.py), and how long is waited.
#include "sonde/hub/settings.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "sonde/core/error.h"

namespace sonde::hub {
namespace {

Settings from(std::map<std::string, std::string, std::less<>> variables) {
  return settings_from([&](std::string_view name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  });
}

TEST(Settings, PlacesFollowTheEnvironment) {
  EXPECT_EQ(from({{"HOME", "/h"}}).cache, "/h/.cache/huggingface/hub");
  EXPECT_EQ(from({{"HOME", "/h"}, {"XDG_CACHE_HOME", "/x"}}).cache, "/x/huggingface/hub");
  EXPECT_EQ(from({{"HOME", "/h"}, {"XDG_CACHE_HOME", "/x"}, {"HF_HOME", "~/hf"}}).cache, "/h/hf/hub");
  EXPECT_EQ(from({{"HF_HOME", "/hf"}, {"HF_HUB_CACHE", "/c"}}).cache, "/c");
  EXPECT_EQ(from({{"HF_HOME", "/hf"}, {"HF_HUB_CACHE", ""}}).cache, "/hf/hub");
  EXPECT_EQ(from({{"HF_HOME", "/hf"}}).token_file, "/hf/token");
  EXPECT_EQ(from({{"HF_HOME", "/hf"}, {"HF_TOKEN_PATH", "/t"}}).token_file, "/t");
  EXPECT_EQ(from({}).endpoint, "https://huggingface.co");
  EXPECT_EQ(from({{"HF_ENDPOINT", "https://mirror.example/hub//"}}).endpoint, "https://mirror.example/hub");
}

TEST(Settings, WordsForTrue) {
  for (const char* yes : {"1", "on", "YES", "True"}) {
    EXPECT_TRUE(from({{"HF_HUB_OFFLINE", yes}}).offline) << yes;
    EXPECT_TRUE(from({{"TRANSFORMERS_OFFLINE", yes}}).offline) << yes;
    EXPECT_EQ(from({{"HF_TOKEN", "a"}, {"HF_HUB_DISABLE_IMPLICIT_TOKEN", yes}}).token, "") << yes;
  }
  for (const char* no : {"0", "", "off", "2", "false"}) {
    EXPECT_FALSE(from({{"HF_HUB_OFFLINE", no}}).offline) << no;
  }
  EXPECT_EQ(from({{"HF_TOKEN", " hf_a\n"}}).token, "hf_a");
  EXPECT_EQ(from({{"HF_HUB_DOWNLOAD_TIMEOUT", "7"}}).policy.idle.count(), 7);
  EXPECT_EQ(from({{"HF_HUB_DOWNLOAD_TIMEOUT", "-7"}}).policy.idle, TransferPolicy().idle);
}

TEST(Settings, EndpointsAndTokensAreChecked) {
  const auto refused = [](const Settings& settings, std::string_view secret) {
    try {
      checked(settings);
      return false;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::usage);
      EXPECT_EQ(std::string_view(error.what()).find(secret), std::string_view::npos) << error.what();
      return true;
    }
  };
  for (const char* endpoint :
       {"http://hub.example", "ftp://127.0.0.1", "hub.example", "https://", "https://a b",
        "https://user:geheim@hub.example", "https://hub.example?geheim=1", ""}) {
    EXPECT_TRUE(refused({.endpoint = endpoint}, "geheim")) << endpoint;
  }
  for (const char* endpoint :
       {"https://hub.example", "http://localhost:8080", "http://127.0.0.1:1/x", "http://[::1]:8080"}) {
    EXPECT_FALSE(refused({.endpoint = endpoint}, "?")) << endpoint;
  }
  for (const char* token : {"geheim\nX: y", "ge heim", "geheim\x7f", "geheim\xc3\xa9"}) {
    EXPECT_TRUE(refused({.token = token}, "geheim")) << token;
  }
}

TEST(Settings, DelaysDoubleUpToALimit) {
  using std::chrono::milliseconds, std::chrono::seconds;
  const TransferPolicy policy{.attempts = 9,
                              .first_delay = milliseconds(500),
                              .longest_delay = milliseconds(3000),
                              .longest_retry_after = seconds(60)};
  const std::vector<int> expected = {500, 1000, 2000, 3000, 3000, 3000, 3000, 3000};
  for (int failures = 1; failures < 9; ++failures)
    EXPECT_EQ(delay_after(policy, failures, std::nullopt), milliseconds(expected[failures - 1]));
  EXPECT_EQ(delay_after(policy, 9, std::nullopt), std::nullopt);
  EXPECT_EQ(delay_after(policy, 1, seconds(0)), milliseconds(0));
  EXPECT_EQ(delay_after(policy, 1, seconds(60)), milliseconds(60000));
  EXPECT_EQ(delay_after(policy, 1, seconds(61)), std::nullopt);
  EXPECT_EQ(delay_after(policy, 1, seconds(-5)), milliseconds(0));
}

}  // namespace
}  // namespace sonde::hub

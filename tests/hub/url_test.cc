// Addresses: parts, origins, and where a Location leads (RFC 3986, section 5.4, as far as it applies).
#include "sonde/hub/url.h"

#include <gtest/gtest.h>

namespace sonde::hub {
namespace {

TEST(Url, Parts) {
  const auto url = parse_url("HTTPS://Hub.Example:444/a/b?c=d#e");
  ASSERT_TRUE(url.has_value());
  EXPECT_EQ(url->scheme + "|" + url->host + "|" + url->port + "|" + url->path + "|" + url->query,
            "https|hub.example|444|/a/b|?c=d");
  EXPECT_EQ(parse_url("http://[::1]:80")->host, "::1");
  EXPECT_EQ(parse_url("https://x")->port, "443");
  EXPECT_TRUE(parse_url("https://a@b@c/")->has_password);
  EXPECT_EQ(parse_url("https://good.example@evil.example/")->host, "evil.example");
  for (const char* bad : {"", "x", "file:///etc", "https:/x", "https://", "https://a b/", "https://a\\b",
                          "https://a:b/", "https://[::1", "https://a/\n"}) {
    EXPECT_FALSE(parse_url(bad).has_value()) << bad;
  }
}

TEST(Url, Origins) {
  const auto same = [](const char* a, const char* b) { return parse_url(a)->same_origin(*parse_url(b)); };
  EXPECT_TRUE(same("https://hub.example/a", "https://HUB.example:443/b"));
  EXPECT_FALSE(same("https://hub.example", "http://hub.example"));
  EXPECT_FALSE(same("https://hub.example", "https://hub.example:444"));
  EXPECT_FALSE(same("https://hub.example", "https://hub.example.evil"));
  EXPECT_FALSE(same("https://hub.example", "https://hub.example@evil.example"));
}

TEST(Url, OnlyHttpsExceptOnThisMachine) {
  const auto allowed = [](const char* a, const char* b) { return is_allowed(*parse_url(a), *parse_url(b)); };
  EXPECT_TRUE(allowed("https://x", "https://hub.example"));
  EXPECT_FALSE(allowed("http://x", "https://hub.example"));
  EXPECT_FALSE(allowed("http://127.0.0.1", "https://hub.example"));
  EXPECT_TRUE(allowed("http://127.0.0.2", "http://localhost"));
  EXPECT_FALSE(allowed("http://127.0.0.1.evil.example", "http://localhost"));
  EXPECT_FALSE(allowed("http://10.0.0.1", "http://localhost"));
}

TEST(Url, Locations) {
  const std::string base = "https://hub.example/a/b?c";
  EXPECT_EQ(resolve_location(base, "https://x/y?z"), "https://x/y?z");
  EXPECT_EQ(resolve_location(base, "/y"), "https://hub.example:443/y");
  EXPECT_EQ(resolve_location(base, "y"), "https://hub.example:443/a/y");
  EXPECT_EQ(resolve_location(base, "//x/y"), "https://x/y");
  EXPECT_EQ(resolve_location("http://[::1]:8080/a", "/y"), "http://[::1]:8080/y");
  for (const char* bad : {"", "file:///etc", "javascript://x", "/a b"})
    EXPECT_FALSE(resolve_location(base, bad).has_value()) << bad;
  EXPECT_EQ(without_query("https://x/y?Signature=s"), "https://x/y");
}

TEST(Url, PercentSigns) {
  EXPECT_EQ(percent_encoded("a/b c%\xc3\xa9?#", "/"), "a/b%20c%25%C3%A9%3F%23");
  EXPECT_EQ(percent_encoded("refs/pr/1"), "refs%2Fpr%2F1");
  EXPECT_EQ(percent_decoded("refs%2Fpr%2f1"), "refs/pr/1");
  for (const char* bad : {"%", "%2", "%zz", "a%0"}) EXPECT_FALSE(percent_decoded(bad).has_value()) << bad;
}

}  // namespace
}  // namespace sonde::hub

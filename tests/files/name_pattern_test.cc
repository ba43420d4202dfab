// Patterns against a plain recursive matcher over every short pattern and path of a small alphabet.
#include "sonde/files/name_pattern.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sonde::files {
namespace {

// The definition, word for word.
bool by_definition(std::string_view pattern, std::string_view path) {
  if (pattern.empty()) return path.empty();
  if (pattern.starts_with("**")) {
    for (std::size_t i = 0; i <= path.size(); ++i)
      if (by_definition(pattern.substr(2), path.substr(i))) return true;
    return false;
  }
  if (pattern[0] == '*') {
    for (std::size_t i = 0; i <= path.size(); ++i) {
      if (by_definition(pattern.substr(1), path.substr(i))) return true;
      if (i < path.size() && path[i] == '/') return false;
    }
    return false;
  }
  if (path.empty()) return false;
  const bool one = pattern[0] == path[0] || (pattern[0] == '?' && path[0] != '/');
  return one && by_definition(pattern.substr(1), path.substr(1));
}

std::vector<std::string> words(std::string_view alphabet, std::size_t longest) {
  std::vector<std::string> all = {""};
  for (std::size_t first = 0, length = 0; length < longest; ++length) {
    const std::size_t end = all.size();
    for (; first < end; ++first)
      for (const char c : alphabet) all.push_back(all[first] + c);
  }
  return all;
}

TEST(NamePattern, AgreesWithTheDefinition) {
  for (const std::string& pattern : words("a/*?", 5)) {
    for (const std::string& path : words("ab/", 4))
      ASSERT_EQ(matches(pattern, path), by_definition(pattern, path)) << pattern << " on " << path;
  }
}

TEST(NamePattern, ShardsOfATable) {
  EXPECT_TRUE(matches("data/train-*.parquet", "data/train-00000-of-00002.parquet"));
  EXPECT_FALSE(matches("data/train-*.parquet", "data/x/train-0.parquet"));
  EXPECT_FALSE(matches("data/train-*.parquet", "data/train-0/x.parquet"));
  EXPECT_TRUE(matches("**/*.csv", "a/b/c.csv"));
  EXPECT_TRUE(is_pattern("a?b") && is_pattern("*") && !is_pattern("a[b]"));
  // No run time that grows out of hand.
  EXPECT_FALSE(matches(std::string(200, '*') + "b", std::string(1000, 'a')));
}

}  // namespace
}  // namespace sonde::files

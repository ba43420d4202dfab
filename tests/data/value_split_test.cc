#include "sonde/data/value_split.h"

#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "sonde/core/error.h"

namespace sonde::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<double> counted(std::int64_t n) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < n; ++i) values.push_back(static_cast<double>(i));
  return values;
}

SplitOptions options(const std::string& stream, std::int64_t seed) {
  return {.method = "values", .test = 0.05, .valid = 0.05, .seed = seed, .stream = stream};
}

SplitInput input(const std::vector<double>& targets) {
  return {.rows = static_cast<std::int64_t>(targets.size()), .targets = targets};
}

TEST(ValueSplit, DrawsAsTheLibrariesDo) {
  const auto golden =
      nlohmann::json::parse(std::ifstream(std::string(SONDE_TEST_DATA) + "/data/sampling.json"));
  for (const auto& want : golden["values"]) {
    for (const char* stream : {"torch", "numpy_legacy", "numpy", "python"}) {
      const std::vector<double> values = counted(want["n"]);
      std::vector<int> parts;
      for (const Part part : parts_by_value(input(values), options(stream, want["seed"])))
        parts.push_back(static_cast<int>(part));
      EXPECT_EQ(parts, want[stream].get<std::vector<int>>()) << stream;
    }
  }
}

// Rows of one value stay together, in whatever order they stand.
TEST(ValueSplit, EveryRowFollowsItsValue) {
  std::vector<double> targets;
  for (std::int64_t i = 0; i < 4000; ++i) targets.push_back(static_cast<double>((i * 7919) % 400) - 20.5);
  const Split split = make_split(input(targets), options("sonde", 1));
  std::array<std::set<double>, 3> values;
  for (std::size_t i = 0; i < targets.size(); ++i)
    values[static_cast<int>(split.parts[i])].insert(targets[i]);
  EXPECT_EQ(values[0].size() + values[1].size() + values[2].size(), 400u);
  for (const auto& part : {values[1], values[2]}) {
    // 5 % of 400 is 20, with a deviation of 4.4.
    EXPECT_GE(part.size(), 7u);
    EXPECT_LE(part.size(), 33u);
  }
}

std::string refusal(const SplitInput& given, const SplitOptions& how) {
  try {
    (void)make_split(given, how);
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was refused";
}

TEST(ValueSplit, RefusesWhatItCannotDivide) {
  const std::vector<double> few = counted(3), many = counted(300);
  EXPECT_THAT(refusal(input(few), options("torch", 0)), HasSubstr("part has no value; got 3 distinct"));
  EXPECT_THAT(refusal({.rows = 4}, options("sonde", 0)), HasSubstr("probes that predict numbers"));
  EXPECT_THAT(refusal(input(many), options("scikit-learn", 0)), HasSubstr("does not divide by 'values'"));
}

}  // namespace
}  // namespace sonde::data

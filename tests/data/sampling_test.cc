#include "sonde/data/sampling.h"

#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "sonde/core/error.h"

namespace sonde::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Rows = std::vector<std::int64_t>;

const nlohmann::json& golden() {
  static const nlohmann::json data =
      nlohmann::json::parse(std::ifstream(std::string(SONDE_TEST_DATA) + "/data/sampling.json"));
  return data;
}

std::string refusal(const SampleOptions& options, ErrorCode code, std::int64_t rows = 10) {
  try {
    (void)Sampler(options).draw(rows, options.count);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code);
    return std::string(error.what()) + " " + error.parts().hint;
  }
  return "nothing was refused";
}

// Two draws from one stream, as a script makes them one after the other.
TEST(Sampling, ShufflesAsTheLibrariesDo) {
  for (const auto& want : golden()["two_draws"]) {
    for (const auto& [stream, orders] : want["shuffle"].items()) {
      Sampler sampler({.stream = stream, .seed = want["seed"]});
      const std::int64_t n = want["n"], count = want["count"];
      const Rows first = sampler.draw(n, count);
      EXPECT_EQ(first, Rows(orders[0].begin(), orders[0].begin() + count)) << stream;
      EXPECT_EQ(sampler.draw(n + 7, 0), orders[1].get<Rows>()) << stream;
    }
  }
}

TEST(Sampling, DrawsWithReplacementAsTheLibrariesDo) {
  for (const auto& want : golden()["two_draws"]) {
    for (const auto& [stream, draws] : want["replacement"].items()) {
      Sampler sampler({.method = "replacement", .stream = stream, .seed = want["seed"]});
      const std::int64_t n = want["n"];
      EXPECT_EQ(sampler.draw(n, want["count"]), draws[0].get<Rows>()) << stream;
      EXPECT_EQ(sampler.draw(n + 7, want["count"]), draws[1].get<Rows>()) << stream;
    }
  }
}

TEST(Sampling, DrawsReviewsAfterThePicturesNormals) {
  for (const auto& [rows, want] : golden()["reviews_after_pictures"].items()) {
    Sampler sampler({.method = "replacement", .stream = "numpy_legacy", .seed = 42, .normals_before = 3300});
    EXPECT_EQ(sampler.draw(std::stoll(rows), 100), want.get<Rows>());
  }
}

TEST(Sampling, OurStreamDrawsEachRowOnceAndAnotherOrderEachTime) {
  Sampler sampler({.seed = 3});
  const Rows first = sampler.draw(200, 0), second = sampler.draw(200, 0);
  EXPECT_EQ(std::set<std::int64_t>(first.begin(), first.end()).size(), 200u);
  EXPECT_NE(first, second);
  EXPECT_EQ(Sampler({.seed = 3}).draw(200, 0), first);
  EXPECT_NE(Sampler({.seed = 4}).draw(200, 0), first);
  Sampler again({.method = "replacement", .seed = 3});
  const Rows drawn = again.draw(5, 500);
  EXPECT_EQ(std::set<std::int64_t>(drawn.begin(), drawn.end()), (std::set<std::int64_t>{0, 1, 2, 3, 4}));
}

TEST(Sampling, TheFirstRowsStayAsTheyAre) {
  EXPECT_THAT(Sampler({.method = "first"}).draw(5, 3), ElementsAre(0, 1, 2));
}

TEST(Sampling, RefusesWhatCannotBeDrawn) {
  EXPECT_THAT(refusal({.count = 11}, ErrorCode::input), HasSubstr("got 11 of 10, expected at most 10"));
  EXPECT_THAT(refusal({.method = "first", .count = 11}, ErrorCode::input), HasSubstr("with replacement"));
  EXPECT_THAT(refusal({.stream = "panda"}, ErrorCode::usage), HasSubstr("'pandas'"));
  EXPECT_THAT(refusal({.method = "shufle"}, ErrorCode::usage), HasSubstr("'shuffle'"));
  EXPECT_THAT(refusal({.stream = "torch", .normals_before = 3}, ErrorCode::usage), HasSubstr("numpy_legacy"));
  EXPECT_THAT(refusal({.method = "replacement", .stream = "datasets"}, ErrorCode::usage),
              HasSubstr("no rows with replacement"));
  EXPECT_THAT(refusal({.count = 3, .train = 2}, ErrorCode::usage), HasSubstr("leave one of the two out"));
  EXPECT_THAT(refusal({.stream = "numpy_legacy", .seed = std::int64_t{1} << 32}, ErrorCode::usage),
              HasSubstr("4294967295"));
}

}  // namespace
}  // namespace sonde::data

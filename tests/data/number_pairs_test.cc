#include "sonde/data/number_pairs.h"

#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "sonde/core/error.h"
#include "sonde/data/sampled_split.h"

namespace sonde::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(NumberPairs, AreWrittenOutInOrder) {
  const Examples pairs = number_pairs({.low = -1, .high = 1, .sum_below = 1, .target = "sum"});
  EXPECT_THAT(pairs.texts, ElementsAre("-1 + -1", "-1 + 0", "-1 + 1", "0 + -1", "0 + 0", "1 + -1"));
  EXPECT_THAT(pairs.targets, ElementsAre(-2, -1, 0, -1, 0, 0));
  EXPECT_THAT(pairs.classes, ElementsAre("-2", "-1", "0"));
  EXPECT_THAT(pairs.labels, ElementsAre(0, 1, 2, 1, 2, 2));
  const Examples named = number_pairs({.high = 1, .text = "{b} after {a}", .target = "a"});
  EXPECT_THAT(named.texts, ElementsAre("0 after 0", "1 after 0", "0 after 1", "1 after 1"));
  EXPECT_THAT(named.targets, ElementsAre(0, 0, 1, 1));
}

// A published study: sums below 1000, values divided by torch's generator, parts shuffled by Python's.
class PublishedPairs : public testing::Test {
 protected:
  Examples pairs_ = number_pairs({});
  Split split_ = make_split({.rows = pairs_.size(), .targets = pairs_.targets},
                            {.method = "values", .test = 0.05, .valid = 0.05, .seed = 0, .stream = "torch"});
};

TEST_F(PublishedPairs, AreDividedAsPublished) {
  EXPECT_EQ(pairs_.size(), 500500);
  std::array<std::set<std::int64_t>, 3> values;
  for (std::int64_t i = 0; i < pairs_.size(); ++i)
    values[static_cast<int>(split_.parts[i])].insert(std::llround(pairs_.targets[i]));
  EXPECT_EQ(values[0].size(), 888u);
  EXPECT_EQ(values[1].size(), 57u);
  EXPECT_THAT(values[2], ElementsAre(26, 51, 69, 100, 113, 140, 142, 172, 221, 325, 332, 337, 365, 385, 403,
                                     406, 419, 452, 471, 499, 526, 530, 531, 549, 552, 565, 579, 593, 597,
                                     598, 599, 603, 621, 645, 657, 665, 693, 714, 726, 763, 776, 778, 792,
                                     806, 820, 861, 864, 877, 883, 889, 901, 902, 930, 962, 972));
  EXPECT_EQ(split_.count(Part::train), 446569);
  EXPECT_EQ(split_.count(Part::valid), 29678);
  EXPECT_EQ(split_.count(Part::test), 24253);
}

TEST_F(PublishedPairs, AreDrawnInThePublishedOrder) {
  const auto golden =
      nlohmann::json::parse(std::ifstream(std::string(SONDE_TEST_DATA) + "/replay/streams.json"));
  const DrawnRows drawn = draw_parts(split_, {.stream = "python", .train = 100000, .valid = 4096});
  std::array<std::uint64_t, 3> hash;
  hash.fill(0xCBF29CE484222325u);
  std::array<std::int64_t, 3> count{};
  for (std::size_t i = 0; i < drawn.rows.size(); ++i) {
    const std::string& text = pairs_.texts[drawn.rows[i]];
    const auto part = static_cast<std::size_t>(drawn.parts[i]);
    ++count[part];
    // Pairs of int64, little end first, as the recorded hash takes them.
    for (const std::int64_t number : {std::stoll(text), std::llround(pairs_.targets[drawn.rows[i]])}) {
      for (int byte = 0; byte < 8; ++byte)
        hash[part] =
            (hash[part] ^ ((static_cast<std::uint64_t>(number) >> (8 * byte)) & 255)) * 0x100000001B3u;
    }
  }
  const std::array<std::int64_t, 3> batches{98, 4, 24};
  for (std::size_t part = 0; part < 3; ++part) {
    EXPECT_EQ(hash[part], golden["document_2"]["kept_fnv"][part]) << part;
    EXPECT_EQ((count[part] + 1023) / 1024, batches[part]);
  }
}

std::string refusal(const NumberPairOptions& options, ErrorCode code) {
  try {
    (void)number_pairs(options);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code);
    return error.what();
  }
  return "nothing was refused";
}

TEST(NumberPairs, RefusesWhatMakesNone) {
  EXPECT_THAT(refusal({.low = 5, .high = 4}, ErrorCode::input), HasSubstr("there is no pair"));
  EXPECT_THAT(refusal({.low = 5, .high = 9, .sum_below = 10}, ErrorCode::input),
              HasSubstr("5 to 9, sums below 10"));
  EXPECT_THAT(refusal({.high = 100000, .sum_below = 200001}, ErrorCode::limit), HasSubstr("10000200001"));
  EXPECT_THAT(refusal({.text = "{a} + {c}"}, ErrorCode::usage), HasSubstr("{c} is no number of the pair"));
  EXPECT_THAT(refusal({.text = "{a}"}, ErrorCode::usage), HasSubstr("the target needs {b}"));
  EXPECT_THAT(refusal({.text = "{b}", .target = "sum"}, ErrorCode::usage), HasSubstr("the target needs {a}"));
  EXPECT_THAT(refusal({.text = "a + b"}, ErrorCode::usage), HasSubstr("no placeholder"));
}

}  // namespace
}  // namespace sonde::data

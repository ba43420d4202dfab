// Rows of the relative table for every distance, against what transformers gives the published and other
// tables.
#include "sonde/kernels/relative_position.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

namespace sonde::kernels {
namespace {

TEST(RelativePositionTest, EveryDistanceTakesTheRowThatTransformersGivesIt) {
  std::ifstream stream(SONDE_TEST_DATA "/kernels/relative_rows.json");
  const nlohmann::json golden = nlohmann::json::parse(stream);
  ASSERT_EQ(golden["cases"].size(), 8u);
  for (const nlohmann::json& entry : golden["cases"]) {
    const RelativeRows rows{entry["span"], entry["buckets"], entry["farthest"]};
    const std::int64_t tokens = entry["tokens"];
    for (std::int64_t d = 1 - tokens; d < tokens; ++d) {
      EXPECT_EQ(relative_row(rows, d), entry["rows"][d + tokens - 1].get<std::int64_t>())
          << "distance " << d << " of " << rows.buckets << " buckets up to " << rows.farthest;
    }
  }
}

TEST(RelativePositionTest, NearDistancesHaveARowEachAndFarOnesShare) {
  const RelativeRows published{256, 256, 512};
  for (std::int64_t d = -128; d <= 128; ++d) EXPECT_EQ(relative_row(published, d), d + 256);
  EXPECT_EQ(relative_row(published, 510), relative_row(published, 509));
  EXPECT_EQ(relative_row(published, 511), 511);
}

}  // namespace
}  // namespace sonde::kernels

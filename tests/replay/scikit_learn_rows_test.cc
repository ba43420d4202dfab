#include "sonde/replay/scikit_learn_rows.h"

#include <gtest/gtest.h>

#include <numeric>

#include "golden.h"
#include "sonde/core/error.h"

namespace sonde::replay {
namespace {

TEST(ScikitLearnRows, VisitsTheRowsThatSagaVisits) {
  const nlohmann::json cases = golden()["scikit_learn_rows"];
  ASSERT_EQ(cases.size(), 3u);
  for (const nlohmann::json& want : cases) {
    ScikitLearnRows rows(want["seed"].get<std::int64_t>());
    Integers drawn;
    for (std::size_t i = 0; i < want["rows"].size(); ++i) drawn.push_back(rows.next(want["n"]));
    EXPECT_EQ(drawn, want["rows"].get<Integers>());
    Integers shuffled(want["shuffled"].size());
    std::iota(shuffled.begin(), shuffled.end(), 0);
    shuffle_as_scikit_learn(want["seed"].get<std::uint32_t>(), shuffled);
    EXPECT_EQ(shuffled, want["shuffled"].get<Integers>());
  }
  EXPECT_THROW(ScikitLearnRows(-1), Error);
}

}  // namespace
}  // namespace sonde::replay

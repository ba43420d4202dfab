#include "planted.h"

namespace sonde::controls {
namespace {

using testing::HasSubstr;

TEST(Erasure, LeavesALinearProbeNothing) {
  const Planted planted = plant({.rows = 300, .test_rows = 400, .width = 6, .distance = 1.5}, 1);
  const Findings found = question("erasure", planted, {}, {.seed = 1});
  EXPECT_EQ(found.at("real").value, measure(*planted.fitted, planted.data(planted.test), "accuracy"));
  EXPECT_GT(found.at("real").value, 0.8);
  EXPECT_EQ(found.at("floor").value, 0.5);
  EXPECT_NEAR(found.at("erased").value, 0.5, 0.08);
  EXPECT_LE(found.at("over_floor").low, 0);
  EXPECT_NEAR(found.at("over_floor").value, found.at("erased").value - 0.5, 1e-12);
  EXPECT_THAT(found.draws, testing::ElementsAre(found.at("erased").value));
  EXPECT_EQ(found.note, "");
}

// Rows inside a ring or on it: no line tells them apart, so that erasing lines takes nothing away.
TEST(Erasure, LeavesWhatIsNotLinear) {
  Planted planted = plant({.rows = 300, .test_rows = 300, .width = 2}, 2);
  for (PlantedPart* part : {&planted.train, &planted.test}) {
    for (std::int64_t i = 0; i < part->features.rows(); ++i) {
      const std::span<float> x = part->features.row(i);
      const float scale = (part->labels[i] == 0 ? 1.0f : 3.0f) / std::hypot(x[0], x[1]);
      for (float& value : x) value *= scale;
    }
  }
  planted.fit("mlp", {{"hidden", "16"}, {"epochs", 200}, {"lr", 0.01}});
  const Findings found = question("erasure", planted, {}, {.seed = 1});
  EXPECT_GT(found.at("real").value, 0.95);
  EXPECT_GT(found.at("erased").value, 0.85);
  EXPECT_GT(found.at("over_floor").low, 0.3);
  EXPECT_THAT(found.note, HasSubstr("not linear"));
  planted.fit("logistic");
  EXPECT_LE(question("erasure", planted, {}, {.seed = 1}).at("over_floor").low, 0);
}

// A lower log loss is the better one.
TEST(Erasure, StandsAboveTheFloorInAnyMetric) {
  const Planted planted = plant({.rows = 200, .test_rows = 200, .distance = 2}, 3);
  const Findings found = question("erasure", planted, {}, {}, "log_loss");
  EXPECT_LT(found.at("real").value, 0.5);
  EXPECT_NEAR(found.at("floor").value, std::log(2), 0.01);
  EXPECT_NEAR(found.at("over_floor").value, found.at("floor").value - found.at("erased").value, 1e-12);
}

TEST(Erasure, HasNothingToEraseFromWhereNoActivationsAreRead) {
  Planted planted = plant({}, 4);
  PlantedSubject rows(planted);
  const std::vector<std::int64_t> lengths(rows.all.labels.begin(), rows.all.labels.end());
  const auto probe = probes::make_probe("length");
  rows.subject.rows.input = probes::ProbeInput::of_lengths(lengths);
  rows.subject.probe = probe.get();
  for (const char* name : {"erasure", "nullspace"}) {
    const Findings found = control_record(name).run(rows.subject, {}, {});
    EXPECT_TRUE(std::isnan(found.numbers.front().second.value));
    EXPECT_THAT(found.note, HasSubstr("no activations"));
  }
}

}  // namespace
}  // namespace sonde::controls

#include "planted.h"

namespace sonde::controls {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

TEST(NullspaceControl, OneDirectionHoldsALabelInOneFeature) {
  const Planted planted = plant({.rows = 200, .test_rows = 200, .width = 1, .distance = 3}, 1);
  const Findings found = question("nullspace", planted, {}, {.seed = 1});
  EXPECT_EQ(found.at("directions").value, 1);
  EXPECT_GT(found.at("real").value, 0.8);
  EXPECT_EQ(found.at("left").value, found.at("floor").value) << "no feature is left";
  EXPECT_THAT(found.draws, SizeIs(1));
  EXPECT_EQ(found.note, "");
}

TEST(NullspaceControl, NothingHasToGoWhereNothingIsFound) {
  const Findings found = question("nullspace", plant({.rows = 60, .test_rows = 100}, 2), {}, {.seed = 1});
  EXPECT_EQ(found.at("directions").value, 0);
  EXPECT_THAT(found.draws, SizeIs(0));
}

TEST(NullspaceControl, SeveralClassesLoseOneDirectionLessThanThereAre) {
  const Planted planted = plant({.rows = 300, .test_rows = 300, .width = 3, .classes = 3, .distance = 3}, 3);
  EXPECT_EQ(question("nullspace", planted, {.nullspace_rounds = 1}, {.seed = 1}).at("directions").value, 2);
}

// The second feature says the label again, less surely: a fit that trusts the first leaves it there.
TEST(NullspaceControl, ALabelThatIsSaidTwiceTakesTwoDirections) {
  Planted planted = plant({.rows = 400, .test_rows = 400, .width = 2}, 4);
  for (PlantedPart* part : {&planted.train, &planted.test}) {
    for (std::int64_t i = 0; i < part->features.rows(); ++i) {
      const std::span<float> x = part->features.row(i);
      const float label = part->labels[i] == 0 ? -1 : 1;
      x[0] = label + 0.3f * x[0];
      x[1] = 5 * label + 5 * x[1];
    }
  }
  planted.fit();
  const Findings found = question("nullspace", planted, {}, {.seed = 1});
  EXPECT_EQ(found.at("directions").value, 2);
  EXPECT_THAT(found.draws, SizeIs(2));
  EXPECT_GT(found.draws[0], 0.7);
  const Findings cut = question("nullspace", planted, {.nullspace_rounds = 1}, {.seed = 1});
  EXPECT_EQ(cut.draws[0], found.draws[0]);
  EXPECT_THAT(cut.note, HasSubstr("still above"));
}

}  // namespace
}  // namespace sonde::controls

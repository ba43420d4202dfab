// The control task: remembered types, the ceiling, and what is said where nothing can be remembered.
#include <algorithm>

#include "planted.h"

namespace sonde::controls {
namespace {

// Rows of few types, each type a corner of its own in `types` features: a linear probe can remember all.
Planted corners(std::int64_t types, std::int64_t unseen, std::uint64_t seed) {
  const RandomStream stream(seed, "corners");
  Planted planted;
  planted.classes = {"a", "b"};
  std::uint64_t at = 0;
  const auto fill = [&](PlantedPart& part, std::int64_t rows, std::int64_t first) {
    part.features = Matrix(rows, types + unseen);
    for (std::int64_t i = 0; i < rows; ++i) {
      const std::int64_t type =
          i < types ? first + i : first + static_cast<std::int64_t>(stream.below(types, at++));
      part.features.row(i)[type] = 1;
      part.types.push_back(1000 + type);
      part.labels.push_back(static_cast<std::int32_t>(type % 2));
    }
  };
  fill(planted.train, 200, 0);
  fill(planted.test, 100, unseen);
  planted.fit("logistic", {{"c", 1e6}});
  return planted;
}

TEST(ControlTask, AProbeThatCanRememberEveryTypeHasNoSelectivity) {
  const Planted planted = corners(20, 0, 1);
  PlantedSubject tokens(planted);
  tokens.subject.type_kind = TypeKind::token;
  const Findings found =
      control_record("control_task").run(tokens.subject, {.control_tasks = 8}, {.seed = 1});
  // Every type is a feature of its own, so that all is remembered exactly.
  EXPECT_DOUBLE_EQ(found.at("control_accuracy").value, 1);
  EXPECT_DOUBLE_EQ(found.at("task_accuracy").value, 1);
  EXPECT_DOUBLE_EQ(found.at("selectivity").value, 0);
  EXPECT_DOUBLE_EQ(found.at("ceiling").value, 1);
  EXPECT_DOUBLE_EQ(found.at("seen").value, 1);
  EXPECT_DOUBLE_EQ(found.at("types").value, 20);
  EXPECT_EQ(found.note, "a type is a token");
}

TEST(ControlTask, NeverAboveTheCeilingOfWhatCanBeRemembered) {
  // A quarter of the 20 types of test never occur in training.
  const Planted planted = corners(20, 5, 2);
  const Findings found = question("control_task", planted, {.control_tasks = 40}, {.seed = 1});
  const double seen = found.at("seen").value;
  EXPECT_NEAR(seen, 0.75, 0.15) << "3 deviations of 80 draws, and 20 fixed rows";
  const auto ones = static_cast<double>(std::ranges::count(planted.train.labels, 1));
  const double guess = std::max(ones, 200 - ones) / 200;
  EXPECT_DOUBLE_EQ(found.at("ceiling").value, seen + (1 - seen) * guess);
  // The mean of 40 tasks, each with 5 coins for about 25 rows: deviation 0.056 / sqrt(40) = 0.018, times 3.
  EXPECT_LE(found.at("control_accuracy").value, found.at("ceiling").value + 0.053);
  EXPECT_GE(found.at("control_accuracy").value, found.at("ceiling").value - 0.053)
      << "all seen is remembered";
}

TEST(ControlTask, TextsThatAllDifferCannotBeRememberedAcrossTheSplit) {
  const Planted planted = plant({.rows = 200, .test_rows = 200, .distance = 3}, 4);
  const Findings found = question("control_task", planted, {.control_tasks = 10}, {.seed = 1});
  EXPECT_DOUBLE_EQ(found.at("seen").value, 0);
  EXPECT_DOUBLE_EQ(found.at("types").value, 200);
  EXPECT_DOUBLE_EQ(found.at("ceiling").value, 0.5);
  // Mean of 10 tasks of 200 coins: deviation 0.011, times 3.
  EXPECT_NEAR(found.at("control_accuracy").value, 0.5, 0.034);
  EXPECT_NEAR(found.at("selectivity").value, found.at("task_accuracy").value - 0.5, 0.034);
  EXPECT_THAT(found.note, testing::HasSubstr("no type of the test part occurs in training"));
}

TEST(ControlTask, EveryClassIsDealtAndFewerTypesThanClassesAreSaid) {
  Planted planted = plant({.rows = 60, .classes = 3, .distance = 2}, 4);
  for (std::int64_t i = 0; i < 60; ++i) planted.train.types.push_back(i % 3);
  for (std::int64_t i = 0; i < 40; ++i) planted.test.types.push_back(i % 3);
  EXPECT_NO_THROW(question("control_task", planted, {.control_tasks = 20}, {}));
  for (std::int64_t& type : planted.train.types) type %= 2;
  const Findings found = question("control_task", planted, {}, {});
  EXPECT_TRUE(std::isnan(found.at("selectivity").value));
  EXPECT_THAT(found.note, testing::HasSubstr("fewer types"));
}

}  // namespace
}  // namespace sonde::controls

// The catalogue: every control runs for every kind of features probe and gives its numbers whatever the
// threads.
#include "planted.h"
#include "sonde/core/error.h"

namespace sonde::controls {
namespace {

constexpr ControlOptions kFew{.permutations = 5, .control_tasks = 2, .seeds = 3, .subsets = 2};

void expect_same(const Findings& a, const Findings& b) {
  ASSERT_EQ(a.numbers.size(), b.numbers.size());
  for (std::size_t i = 0; i < a.numbers.size(); ++i) {
    EXPECT_THAT(a.numbers[i].second.value, testing::NanSensitiveDoubleEq(b.numbers[i].second.value))
        << a.numbers[i].first;
  }
  EXPECT_EQ(a.draws, b.draws);
}

TEST(Controls, EveryControlGivesTheSameNumbersWhateverTheThreads) {
  const Planted planted = plant({.rows = 60, .classes = 3, .distance = 1}, 1);
  for (const ControlRecord* record : control_records()) {
    SCOPED_TRACE(record->name);
    EXPECT_FALSE(record->summary.empty() || record->source.empty());
    const Findings one = question(record->name, planted, kFew, {.threads = 1, .seed = 3});
    expect_same(one, question(record->name, planted, kFew, {.threads = 3, .seed = 3}));
    ASSERT_FALSE(one.numbers.empty());
    EXPECT_TRUE(std::isfinite(one.numbers[0].second.value));
  }
}

TEST(Controls, AProbeThatChoosesOnValidationCanBeQuestioned) {
  Planted planted = plant({.rows = 60, .distance = 1}, 1);
  planted.valid = plant_part({.distance = 1}, 30, RandomStream(5, "valid"));
  planted.probe = probes::make_probe("logistic", {{"c", "auto"}});
  planted.fitted = planted.probe->fit(planted.data(planted.train), planted.data(planted.valid), {});
  for (const ControlRecord* record : control_records()) {
    EXPECT_NO_THROW(question(record->name, planted, kFew, {})) << record->name;
  }
}

TEST(Controls, AnUnknownControlIsAnsweredWithTheNearest) {
  try {
    control_record("shuffled_label");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage);
    EXPECT_THAT(error.what(), testing::HasSubstr("shuffled_labels"));
  }
}

TEST(Controls, SummariesLeaveOutWhatIsUndefined) {
  const std::vector<double> draws = {1, kNaN, 3, 2};
  const Interval found = summary_of(draws, 0.5);
  EXPECT_DOUBLE_EQ(found.value, 2);
  EXPECT_DOUBLE_EQ(found.low, 1.5) << "numpy.percentile([1, 2, 3], 25)";
  EXPECT_DOUBLE_EQ(found.high, 2.5);
  EXPECT_TRUE(std::isnan(summary_of({}, 0.95).value));
}

}  // namespace
}  // namespace sonde::controls

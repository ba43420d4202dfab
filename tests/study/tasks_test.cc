#include "sonde/study/tasks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sonde/core/error.h"

namespace sonde::study {
namespace {

using metrics::Task;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Task kClasses[] = {Task::classes}, kNumbers[] = {Task::numbers},
               kBoth[] = {Task::classes, Task::numbers};

data::Examples labelled(const std::vector<std::string_view>& labels) {
  return data::build_examples({.labels = labels}, {});
}

std::string refused(std::span<const Task> tasks, data::Examples examples) {
  try {
    settle_labels(tasks, "rating", examples);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::input);
    return error.what();
  }
  return "nothing was refused";
}

TEST(TasksTest, AreThoseOfTheProbesEachOnceThatOfTheFirstFirst) {
  const std::vector<ProbeChoice> probes = {{"mean", {}}, {"logistic", {}}, {"length_line", {}}};
  EXPECT_THAT(tasks_of(probes), ElementsAre(Task::numbers, Task::classes));
}

TEST(TasksTest, ChooseTheMetricWhereNobodyDoes) {
  EXPECT_EQ(chosen_metric({}, kClasses), "accuracy");
  EXPECT_EQ(chosen_metric({}, kNumbers), "r2");
  EvaluateSpec named;
  named.metric = "mae";
  EXPECT_EQ(chosen_metric(named, kBoth), "mae");
  EXPECT_THROW(chosen_metric(named, kClasses), Error);
}

TEST(TasksTest, SettleLabelsAsTheProbesWant) {
  data::Examples classes = labelled({"3", "1"}), numbers = labelled({"3", "1"}), both = labelled({"3", "1"});
  settle_labels(kClasses, "rating", classes);
  EXPECT_THAT(classes.targets, IsEmpty());
  EXPECT_THAT(classes.classes, ElementsAre("1", "3"));
  settle_labels(kNumbers, "rating", numbers);
  EXPECT_THAT(numbers.targets, ElementsAre(3, 1));
  EXPECT_THAT(numbers.classes, IsEmpty());
  EXPECT_THAT(numbers.labels, IsEmpty());
  settle_labels(kBoth, "rating", both);
  EXPECT_THAT(both.targets, ElementsAre(3, 1));
  EXPECT_THAT(both.labels, ElementsAre(1, 0));
}

TEST(TasksTest, RefuseLabelsThatDoNotSuit) {
  EXPECT_THAT(refused(kNumbers, labelled({"1", "two"})), HasSubstr("rating, row 2"));
  EXPECT_THAT(refused(kBoth, labelled({"1", "2.5"})), HasSubstr("whole numbers"));
  EXPECT_THAT(refused(kClasses, labelled({"1", "1"})), HasSubstr("one class"));
  EXPECT_THAT(refused(kNumbers, labelled({"1", "1.0"})), HasSubstr("one number"));
  data::Examples fractions;
  fractions.targets = {0.5, 1.5};
  EXPECT_THAT(refused(kClasses, fractions), HasSubstr("int64"));
}

}  // namespace
}  // namespace sonde::study

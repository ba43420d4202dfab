// Probes that learn during the pass against the same probes on stored activations, and what the pass leaves
// out.
#include "sonde/fitting/online.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <numeric>

#include "../capture/golden_model.h"
#include "sonde/core/random.h"

namespace sonde::fitting {
namespace {

using sonde::testing::GoldenModel;
using ::testing::HasSubstr;

constexpr std::int64_t kTexts = 264;

class OnlineTest : public ::testing::Test {
 protected:
  OnlineTest() {
    std::vector<std::int64_t> picked;
    const std::int64_t known = static_cast<std::int64_t>(golden_.all_texts().size());
    for (std::int64_t i = 0; i < kTexts; ++i) {
      picked.push_back(static_cast<std::int64_t>(RandomStream(1, "texts").below(known, i)));
      labels_.push_back(static_cast<std::int32_t>((picked.back() + (i % 7 == 0)) % 2));
    }
    batch_ = golden_.batch(picked);
    const std::vector<std::string> asked = {"hidden[*]"};
    capture_.emplace(model_, capture::resolve(model_.graph(), asked).addresses, RunContext{});
  }

  // The stored rows of an address, which all tests share.
  MatrixView stored(std::size_t address) const {
    static const std::vector<capture::Activations> all = capture_->run(batch_, "mean", {});
    return all[address].values.view();
  }

  probes::LabelledInput labelled() const { return {.labels = labels_, .classes = classes_}; }

  // The same probe on stored rows.
  std::unique_ptr<probes::FittedProbe> offline(const probes::Probe& probe, std::size_t address) const {
    probes::LabelledInput train = labelled();
    train.input = probes::ProbeInput::of_features(stored(address));
    return probe.fit(train, RunContext{.seed = 5});
  }

  OnlineOutcome online(std::span<const OnlineTask> tasks, PassTexts texts = {}, int threads = 1) const {
    texts.batch = &batch_;
    return fit_online(*capture_, tasks, {.texts = texts, .labelled = labelled()}, nullptr,
                      RunContext{.threads = threads, .seed = 5});
  }

  GoldenModel golden_{"bert"};
  capture::LanguageModel model_{golden_.folder()};
  text::TokenBatch batch_;
  std::vector<std::int32_t> labels_;
  std::vector<std::string> classes_ = {"even", "odd"};
  std::optional<capture::Capture> capture_;
};

void expect_same(const probes::FittedProbe& got, const probes::FittedProbe& expected) {
  const probes::SavedProbe a = got.save(), b = expected.save();
  ASSERT_EQ(a.tensors.size(), b.tensors.size());
  for (std::size_t i = 0; i < a.tensors.size(); ++i) EXPECT_EQ(a.tensors[i].values, b.tensors[i].values);
  EXPECT_EQ(a.metadata, b.metadata);
}

std::int64_t texts_of(const OnlineOutcome& outcome) {
  std::int64_t texts = 0;
  for (const PassStretch& stretch : outcome.stretches) texts += stretch.examples;
  return texts;
}

TEST_F(OnlineTest, LearnsTheBitsOfStoredActivationsHoweverThePassIsCut) {
  const auto probe = probes::make_probe("sgd", {{"batch", 8}, {"patience", 3}});
  const std::vector<OnlineTask> tasks = {
      {0, probe.get()}, {1, probe.get()}, {2, probe.get()}, {3, probe.get()}};
  std::vector<std::unique_ptr<probes::FittedProbe>> expected;
  for (const OnlineTask& task : tasks) expected.push_back(offline(*probe, task.address));
  struct Cut {
    int threads;
    std::int64_t block, group;
  };
  for (const Cut& cut : {Cut{1, 768, 1}, Cut{4, 7, 200}, Cut{3, 768, 1000000}}) {
    const OnlineOutcome outcome =
        online(tasks, {.group_tokens = cut.group, .executor = {.block_tokens = cut.block}}, cut.threads);
    for (std::size_t i = 0; i < tasks.size(); ++i) expect_same(*outcome.fitted[i], *expected[i]);
  }
}

TEST_F(OnlineTest, EpochsRunTheTextsAgainInTheOrderOfTheProbe) {
  const auto probe =
      probes::make_probe("sgd", {{"batch", 16}, {"patience", 0}, {"epochs", 2}, {"shuffle", true}});
  const std::vector<OnlineTask> tasks = {{2, probe.get()}};
  const OnlineOutcome outcome = online(tasks);
  expect_same(*outcome.fitted[0], *offline(*probe, 2));
  EXPECT_EQ(texts_of(outcome), 2 * kTexts);
}

TEST_F(OnlineTest, ThePassStopsWithItsLastProbe) {
  // With tol 1 the first held loss stays the best, so that the earliest stop is the stop: step 17.
  const auto probe = probes::make_probe("sgd", {{"batch", 8}, {"tol", 1}});
  const std::vector<OnlineTask> tasks = {{1, probe.get()}, {3, probe.get()}};
  const OnlineOutcome outcome = online(tasks, {.group_tokens = 1});
  EXPECT_EQ(outcome.fitted[0]->report().n_iter, 17);
  EXPECT_EQ(outcome.fitted[1]->report().n_iter, 17);
  EXPECT_EQ(texts_of(outcome), 17 * 8);
}

TEST_F(OnlineTest, ThePassGoesNoDeeperThanTheProbesThatStillLearn) {
  const auto brief = probes::make_probe("sgd", {{"batch", 8}, {"tol", 1}, {"patience", 1}});
  const auto patient = probes::make_probe("sgd", {{"batch", 8}, {"tol", 1}, {"patience", 20}});
  const std::vector<OnlineTask> tasks = {{3, brief.get()}, {1, patient.get()}};
  const OnlineOutcome outcome = online(tasks, {.group_tokens = 1});
  expect_same(*outcome.fitted[0], *offline(*brief, 3));
  expect_same(*outcome.fitted[1], *offline(*patient, 1));
  ASSERT_EQ(outcome.stretches.size(), 2u);
  // Steps 1 to 13 need hidden[3]; steps 14 to 32 only hidden[1].
  EXPECT_EQ(outcome.stretches[0].examples, 13 * 8);
  EXPECT_EQ(outcome.stretches[0].addresses, 2);
  EXPECT_EQ(outcome.stretches[1].examples, 19 * 8);
  EXPECT_EQ(outcome.stretches[1].addresses, 1);
  const auto needed = [&](std::size_t address) {
    return static_cast<std::int64_t>(
        graph::slice(model_.graph(), std::vector{capture_->addresses()[address].value}).size());
  };
  EXPECT_EQ(outcome.stretches[0].nodes, needed(3));
  EXPECT_EQ(outcome.stretches[1].nodes, needed(1));
  EXPECT_LT(needed(1), needed(3));
}

TEST_F(OnlineTest, ProbesOfOtherPlansHavePassesOfTheirOwn) {
  const auto small = probes::make_probe("sgd", {{"batch", 8}});
  const auto large = probes::make_probe("sgd", {{"batch", 20}, {"warmup", 3}});
  const std::vector<OnlineTask> tasks = {{1, small.get()}, {1, large.get()}, {2, small.get()}};
  const OnlineOutcome outcome = online(tasks);
  expect_same(*outcome.fitted[0], *offline(*small, 1));
  expect_same(*outcome.fitted[1], *offline(*large, 1));
  expect_same(*outcome.fitted[2], *offline(*small, 2));
}

TEST_F(OnlineTest, ScoresAreThoseOfStoredActivations) {
  const auto probe = probes::make_probe("sgd", {{"batch", 8}});
  const auto one = offline(*probe, 1), three = offline(*probe, 3);
  const std::vector<FittedTask> tasks = {{3, three.get()}, {1, one.get()}};
  for (const std::int64_t group : {200, 1000000}) {
    const std::vector<Matrix> got =
        score_online(*capture_, tasks, {.texts = {.batch = &batch_, .group_tokens = group}}, {.threads = 2});
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      const Matrix expected =
          tasks[i].probe->scores(probes::ProbeInput::of_features(stored(tasks[i].address)));
      ASSERT_EQ(got[i].rows(), kTexts);
      EXPECT_TRUE(std::equal(got[i].data(), got[i].data() + kTexts * 2, expected.data()));
    }
  }
}

TEST_F(OnlineTest, ProbesThatChooseGetTheValidationPart) {
  std::vector<double> numbers;
  for (std::int64_t i = 0; i < kTexts; ++i)
    numbers.push_back(labels_[i] + 0.01 * static_cast<double>(batch_.length(i)));
  const auto probe = probes::make_probe("ridge", {{"alpha", "auto"}});
  const std::vector<OnlineTask> tasks = {{2, probe.get()}};
  std::vector<std::int64_t> order(kTexts);
  std::iota(order.begin(), order.end(), 0);
  const std::span<const std::int64_t> all = order;
  const text::TokenBatch train = batch_.pick(all.first(200)), held = batch_.pick(all.subspan(200));
  const std::span<const double> targets = numbers;
  const OnlineExamples of_held{.texts = {.batch = &held}, .labelled = {.targets = targets.subspan(200)}};
  const OnlineOutcome outcome =
      fit_online(*capture_, tasks, {.texts = {.batch = &train}, .labelled = {.targets = targets.first(200)}},
                 &of_held, {.threads = 2});
  const MatrixView x = stored(2);
  const auto part = [&](std::int64_t first, std::int64_t count) {
    return probes::LabelledInput{
        .input = probes::ProbeInput::of_features({x.data + first * x.stride, count, x.cols, x.stride}),
        .targets = targets.subspan(first, count)};
  };
  const auto expected = probe->fit(part(0, 200), part(200, kTexts - 200), {});
  EXPECT_EQ(outcome.fitted[0]->save().metadata["options"], expected->save().metadata["options"]);
  const Matrix got = outcome.fitted[0]->scores(part(0, kTexts).input);
  const Matrix wanted = expected->scores(part(0, kTexts).input);
  for (std::int64_t i = 0; i < kTexts; ++i) EXPECT_NEAR(got.row(i)[0], wanted.row(i)[0], 2e-5);
  const std::vector<FittedTask> fitted = {{2, outcome.fitted[0].get()}};
  const Matrix scored = std::move(score_online(*capture_, fitted, {.texts = {.batch = &batch_}}, {})[0]);
  EXPECT_TRUE(std::equal(got.data(), got.data() + kTexts, scored.data())) << "numbers are scored too";
}

TEST_F(OnlineTest, RefusesWhatCannotBeLearned) {
  const auto probe = probes::make_probe("sgd");
  const std::vector<OnlineTask> tasks = {{1, probe.get()}};
  const auto refusal = [&](auto&& act) {
    try {
      act();
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "nothing was refused";
    return Error(ErrorCode::internal, {});
  };
  const Error pooling = refusal([&] { (void)online(tasks, {.pooling = "none"}); });
  EXPECT_EQ(pooling.code(), ErrorCode::usage);
  EXPECT_THAT(pooling.what(), HasSubstr("one vector per text"));
  labels_.assign(kTexts, 1);
  const Error one_class = refusal([&] { (void)online(tasks); });
  EXPECT_EQ(one_class.code(), ErrorCode::input);
  EXPECT_THAT(one_class.what(), HasSubstr("'odd'"));
}

TEST_F(OnlineTest, NamesATextThatCannotBePooledByItsRow) {
  const auto probe = probes::make_probe("sgd");
  const std::vector<OnlineTask> tasks = {{1, probe.get()}};
  batch_.offsets.push_back(batch_.offsets.back());
  batch_.full_length.push_back(0);
  labels_.push_back(0);
  std::vector<std::int64_t> rows(kTexts + 1, 9);
  rows.back() = 4711;
  try {
    (void)online(tasks, {.rows = rows});
    ADD_FAILURE() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.parts().where, "row 4711");
  }
}

TEST_F(OnlineTest, StopsOnRequest) {
  const auto probe = probes::make_probe("sgd");
  const std::vector<OnlineTask> tasks = {{1, probe.get()}};
  std::atomic<bool> cancel = true;
  try {
    (void)fit_online(*capture_, tasks, {.texts = {.batch = &batch_}, .labelled = labelled()}, nullptr,
                     {.cancel = &cancel});
    ADD_FAILURE() << "went on";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::partial);
  }
}

}  // namespace
}  // namespace sonde::fitting

// The controls of a study: run on the best probe, corrected over addresses when asked, beside random weights.
#include "sonde/study/honesty.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "sonde/core/random.h"

namespace sonde::study {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// 60 rows and two addresses: hidden[0] is noise, hidden[1] holds the label.
class HonestyTest : public ::testing::Test {
 protected:
  HonestyTest() {
    const RandomStream stream(4, "test");
    for (std::int64_t i = 0; i < kRows; ++i) {
      labels_.push_back(static_cast<std::int32_t>(stream.below(2, i)));
      texts_.push_back("text " + std::to_string(i % 50));  // the last ten are in train too
      for (std::int64_t j = 0; j < 4; ++j) {
        const float noise = static_cast<float>(stream.uniform(1000 + i * 8 + j)) - 0.5f;
        noise_.row(i)[j] = static_cast<float>(stream.uniform(1000 + i * 8 + 4 + j));
        signal_.row(i)[j] = noise + static_cast<float>(j == 0 ? labels_.back() : 0);
      }
    }
    for (std::int64_t i = 0; i < kRows; ++i) views_.push_back(texts_[i]);
    features_ = {{"hidden[0]", "embeddings", noise_.view()}, {"hidden[1]", "layer.0", signal_.view()}};
    result_.model.type = "bert";
  }

  EvaluationInput input() const {
    return {.features = features_,
            .labels = labels_,
            .classes = classes_,
            .train = {0, 30},
            .valid = {30, 10},
            .test = {40, 20},
            .texts = views_};
  }

  void run(const HonestySpec& spec, const std::vector<ProbeChoice>& choices = {{}}) {
    const EvaluationInput in = input();
    EvaluationOptions judging{.probes = choices, .pooling = "mean"};
    judging.evaluate.resamples = 50;
    fitted_ = evaluate(in, judging, {.seed = 3}, result_);
    question({spec,
              in,
              judging,
              fitted_,
              {},
              [&](const FeatureSet& set) {
                asked_ = set.at;
                Matrix copy(kRows, 4);
                std::copy_n(noise_.data(), kRows * 4, copy.data());
                return copy;
              }},
             {.seed = 3}, result_);
  }

  double number(std::string_view control, std::string_view name) const {
    const result::Control* found = result::find(result_.honesty, control);
    return found == nullptr ? result::kNaN : result::find(found->numbers, name)->value;
  }

  static HonestySpec few() {
    HonestySpec spec;
    spec.permutations = 19;
    spec.seeds = 4;
    spec.subsets = 2;
    return spec;
  }

  static constexpr std::int64_t kRows = 60;
  std::vector<std::int32_t> labels_;
  std::vector<std::string> texts_, classes_ = {"no", "yes"};
  std::vector<std::string_view> views_;
  Matrix noise_{kRows, 4}, signal_{kRows, 4};
  std::vector<FeatureSet> features_;
  std::vector<FittedEntry> fitted_;
  result::Result result_;
  std::string asked_;
};

TEST_F(HonestyTest, EveryControlQuestionsTheBest) {
  run(few());
  EXPECT_EQ(result_.honesty.at, "hidden[1]");
  EXPECT_EQ(asked_, "hidden[1]");
  std::vector<std::string> names;
  for (const result::Control& control : result_.honesty.controls) names.push_back(control.name);
  EXPECT_THAT(names, ElementsAre("shuffled_labels", "control_task", "codelength", "learning_curve", "seeds",
                                 "erasure", "nullspace", "random_weights", "embeddings"));
  EXPECT_DOUBLE_EQ(number("shuffled_labels", "p"), 0.05) << "no shuffle of 19 reaches a planted label";
  EXPECT_EQ(number("shuffled_labels", "value"), result::find(result_.best.metrics, "accuracy")->value);
  EXPECT_TRUE(result_.honesty.addresses.empty()) << "only when asked for";
}

TEST_F(HonestyTest, RandomWeightsAndEmbeddingsAreComparedOverTheSameRows) {
  run(few());
  // The random model gives the numbers of hidden[0] here, so that both comparisons must agree.
  EXPECT_EQ(number("random_weights", "value"), number("embeddings", "value"));
  EXPECT_EQ(number("random_weights", "best_minus_this"), number("embeddings", "best_minus_this"));
  const auto difference = [&](const char* control) {
    return *result::find(result::find(result_.honesty, control)->numbers, "best_minus_this");
  };
  EXPECT_DOUBLE_EQ(difference("random_weights").low, difference("embeddings").low);
  EXPECT_DOUBLE_EQ(difference("random_weights").high, difference("embeddings").high);
  std::vector<std::string> names;
  for (const result::Baseline& baseline : result_.baselines) names.push_back(baseline.name);
  EXPECT_THAT(names, testing::IsSupersetOf({"shuffled_labels", "random_weights"}));
}

TEST_F(HonestyTest, ATypeIsATextWhereTextsCrossTheSplit) {
  run(few());
  // Test rows 50 to 59 repeat the texts of train rows 0 to 9.
  EXPECT_DOUBLE_EQ(number("control_task", "seen"), 0.5);
  EXPECT_DOUBLE_EQ(number("control_task", "types"), 30);
  EXPECT_EQ(result::find(result_.honesty, "control_task")->note, "a type is a text");
}

TEST_F(HonestyTest, AllAddressesAreCorrectedForHowManyWereTried) {
  HonestySpec spec = few();
  spec.addresses = "all";
  run(spec);
  ASSERT_EQ(result_.honesty.addresses.size(), 2u);
  const result::CorrectedAddress &noise = result_.honesty.addresses[0], &best = result_.honesty.addresses[1];
  EXPECT_EQ(best.at, "hidden[1]");
  EXPECT_DOUBLE_EQ(best.p, 0.05);
  EXPECT_DOUBLE_EQ(best.holm, 0.1) << "the smaller of two, times two";
  EXPECT_DOUBLE_EQ(best.benjamini_hochberg, std::min(0.1, noise.p));
  EXPECT_GE(noise.against_best, noise.p);
  EXPECT_GT(noise.p, 0.05);
}

TEST_F(HonestyTest, WhatWasNotAskedForIsNotRun) {
  HonestySpec spec = few();
  spec.random_weights = false;
  run(spec);
  EXPECT_EQ(asked_, "");
  EXPECT_EQ(result::find(result_.honesty, "random_weights"), nullptr);
}

TEST_F(HonestyTest, TheProbeOfTheBestIsTheOneQuestioned) {
  run(few(), {{"random_direction", {{"draw", "1"}}}, {"logistic", {{"c", "auto"}}}});
  EXPECT_EQ(result_.honesty.probe, "logistic");
  EXPECT_EQ(number("shuffled_labels", "value"), result::find(result_.best.metrics, "accuracy")->value);
}

}  // namespace
}  // namespace sonde::study

// What every probe of the catalogue must hold, tried on each of them.
#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "sonde/probes/probe.h"
#include "toy.h"

namespace sonde::probes {
namespace {

class ProbeContract : public testing::TestWithParam<const ProbeRecord*> {
 protected:
  std::unique_ptr<Probe> probe() const { return make_probe(GetParam()->name); }
  bool reads_features() const {
    const InputKind kind = GetParam()->input;
    return kind == InputKind::features || kind == InputKind::contrast || kind == InputKind::tokens;
  }
  bool tells_classes() const { return GetParam()->target == TargetKind::classes; }
  // As many classes as are wanted, or as the probe can tell apart.
  int at_most(int classes) const { return GetParam()->class_limit == ClassLimit::two ? 2 : classes; }
  ProbeInput input(const Toy& toy) const { return toy.input(GetParam()->input); }
  LabelledInput labelled(const Toy& toy) const { return toy.labelled(GetParam()->input); }
};

std::string name_of(const testing::TestParamInfo<const ProbeRecord*>& info) {
  return std::string(info.param->name);
}

INSTANTIATE_TEST_SUITE_P(Catalogue, ProbeContract,
                         testing::ValuesIn(probe_records().begin(), probe_records().end()), name_of);

TEST_P(ProbeContract, SaysWhatItIs) {
  EXPECT_FALSE(GetParam()->summary.empty());
  EXPECT_FALSE(GetParam()->source.empty());
  EXPECT_EQ(probe()->kind(), GetParam()->name);
  EXPECT_EQ(probe()->input_kind(), GetParam()->input);
  for (const FieldRecord& field : GetParam()->options()) EXPECT_FALSE(field.notes.help.empty()) << field.name;
}

TEST_P(ProbeContract, GivesProbabilities) {
  if (!tells_classes()) GTEST_SKIP() << "predicts numbers";
  for (const int k : {2, at_most(3)}) {
    const Toy toy = make_toy(90, k, 1);
    const Matrix scores = probe()->fit(labelled(toy), {})->scores(input(toy));
    ASSERT_EQ(scores.rows(), 90);
    ASSERT_EQ(scores.cols(), k);
    for (std::int64_t i = 0; i < 90; ++i) {
      double sum = 0;
      for (const float p : scores.row(i)) {
        EXPECT_GE(p, 0);
        sum += p;
      }
      EXPECT_NEAR(sum, 1, 1e-6);
    }
  }
}

TEST_P(ProbeContract, GivesANumberForEveryRow) {
  if (tells_classes()) GTEST_SKIP() << "predicts classes";
  const Toy toy = make_toy(90, 3, 1);
  const auto fitted = probe()->fit(labelled(toy), {});
  const Matrix scores = fitted->scores(input(toy));
  ASSERT_EQ(scores.rows(), 90);
  ASSERT_EQ(scores.cols(), 1);
  for (std::int64_t i = 0; i < 90; ++i) EXPECT_TRUE(std::isfinite(scores.row(i)[0]));
  EXPECT_TRUE(fitted->classes().empty());
}

TEST_P(ProbeContract, ForgetsEarlierFits) {
  const Toy first = make_toy(60, 2, 1), second = make_toy(80, at_most(3), 2);
  const auto fresh = probe()->fit(labelled(second), {});
  const auto used = probe();
  (void)used->fit(labelled(first), {});
  EXPECT_EQ(values_of(used->fit(labelled(second), {})->scores(input(second))),
            values_of(fresh->scores(input(second))));
}

TEST_P(ProbeContract, OnlyRenamesWhenLabelsAreRenamed) {
  if (!tells_classes()) GTEST_SKIP() << "predicts numbers";
  Toy toy = make_toy(60, at_most(3), 1);
  const auto before = probe()->fit(labelled(toy), {});
  for (std::string& name : toy.classes) name = "x" + name;
  const auto after = probe()->fit(labelled(toy), {});
  EXPECT_EQ(after->classes(), toy.classes);
  EXPECT_EQ(values_of(before->scores(input(toy))), values_of(after->scores(input(toy))));
}

TEST_P(ProbeContract, DoesNotCareAboutTheOrderOfRows) {
  if (GetParam()->row_order == RowOrder::decides) GTEST_SKIP() << "steps over rows in order";
  const Toy toy = make_toy(100, 2, 1);
  const Toy shuffled = reordered(toy, RandomStream(1, "order").permutation(100));
  const auto a = values_of(probe()->fit(labelled(toy), {})->scores(input(toy)));
  const auto b = values_of(probe()->fit(labelled(shuffled), {})->scores(input(toy)));
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-6);
}

TEST_P(ProbeContract, ScoresEachRowOnItsOwn) {
  const int k = at_most(3);
  const Toy toy = make_toy(50, k, 1);
  const auto fitted = probe()->fit(labelled(toy), {});
  const Matrix all = fitted->scores(input(toy));
  const std::vector<std::int64_t> order = RandomStream(2, "order").permutation(50);
  const Matrix mixed = fitted->scores(input(reordered(toy, order)));
  for (std::int64_t i = 0; i < 50; ++i) {
    for (std::int64_t c = 0; c < all.cols(); ++c) EXPECT_EQ(mixed.row(i)[c], all.row(order[i])[c]);
  }
}

TEST_P(ProbeContract, GivesTheSameBitsOnAnyNumberOfThreads) {
  const Toy toy = make_toy(70, at_most(3), 1);
  EXPECT_EQ(values_of(probe()->fit(labelled(toy), {.threads = 1})->scores(input(toy))),
            values_of(probe()->fit(labelled(toy), {.threads = 4})->scores(input(toy))));
}

TEST_P(ProbeContract, FitsManyLabelSetsAsOneByOne) {
  const Toy toy = make_toy(70, at_most(3), 1), other = make_toy(70, 2, 2);
  std::vector<std::int32_t> turned(toy.labels.rbegin(), toy.labels.rend());
  const std::vector<double> reversed(toy.targets.rbegin(), toy.targets.rend());
  const std::vector<LabelSet> sets{{toy.labels, toy.classes, toy.targets},
                                   {turned, toy.classes, reversed},
                                   {other.labels, other.classes, other.targets}};
  const auto together = probe()->fit_all(input(toy), sets, {.threads = 2});
  ASSERT_EQ(together.size(), sets.size());
  for (std::size_t i = 0; i < sets.size(); ++i) {
    const auto alone =
        probe()->fit({input(toy), sets[i].labels, sets[i].classes, sets[i].targets}, {.threads = 1});
    EXPECT_EQ(values_of(together[i]->scores(input(toy))), values_of(alone->scores(input(toy)))) << i;
    EXPECT_EQ(together[i]->save().metadata, alone->save().metadata) << i;
  }
}

TEST_P(ProbeContract, OpensWhatItSavedBitForBit) {
  for (const int k : {2, at_most(4)}) {
    const Toy toy = make_toy(80, k, 1);
    const auto fitted = probe()->fit(labelled(toy), {});
    SavedProbe saved = fitted->save();
    saved.metadata = nlohmann::ordered_json::parse(saved.metadata.dump());  // as it comes back from a file
    const auto opened = open_probe(saved);
    EXPECT_EQ(values_of(opened->scores(input(toy))), values_of(fitted->scores(input(toy))));
    EXPECT_EQ(opened->classes(), fitted->classes());
    EXPECT_EQ(opened->report().n_iter, fitted->report().n_iter);
    EXPECT_EQ(opened->save().metadata, saved.metadata);
  }
}

TEST_P(ProbeContract, RefusesASavedProbeThatLacksAPart) {
  const Toy toy = make_toy(40, 2, 1);
  const SavedProbe saved = probe()->fit(labelled(toy), {})->save();
  SavedProbe no_tensors = saved, no_options = saved, odd_shape = saved;
  no_tensors.tensors.clear();
  no_options.metadata.erase(tells_classes() ? "classes" : "options");
  odd_shape.tensors[0].values.push_back(0);
  for (const SavedProbe& broken : {no_tensors, no_options, odd_shape}) {
    try {
      (void)open_probe(broken);
      ADD_FAILURE() << "a broken probe was opened";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::input);
    }
  }
}

void expect_refused(const Probe& probe, const LabelledInput& train, const std::string& words) {
  try {
    (void)probe.fit(train, {});
    ADD_FAILURE() << "not refused: " << words;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::input);
    EXPECT_THAT(error.what(), testing::HasSubstr(words));
  }
}

TEST_P(ProbeContract, RefusesWhatCannotBeFitted) {
  expect_refused(*probe(), {}, "no rows");
  if (!tells_classes()) GTEST_SKIP() << "predicts numbers";
  Toy toy = make_toy(20, 2, 1);
  toy.classes.push_back("never");
  expect_refused(*probe(), labelled(toy), "'never'");
  toy.classes.pop_back();
  toy.labels.assign(20, 1);
  expect_refused(*probe(), labelled(toy), "'b'");
}

TEST_P(ProbeContract, RefusesTargetsThatAreNotNumbers) {
  if (tells_classes()) GTEST_SKIP() << "predicts classes";
  Toy toy = make_toy(20, 2, 1);
  toy.targets[7] = std::numeric_limits<double>::quiet_NaN();
  expect_refused(*probe(), labelled(toy), "7");
}

TEST_P(ProbeContract, RefusesMoreClassesThanItTellsApart) {
  if (GetParam()->class_limit == ClassLimit::any) GTEST_SKIP() << "takes any number of classes";
  expect_refused(*probe(), labelled(make_toy(30, 3, 1)), "3 classes");
}

TEST_P(ProbeContract, RefusesFeaturesThatAreNotNumbers) {
  if (!reads_features()) GTEST_SKIP() << "reads no features";
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    Toy toy = make_toy(20, 2, 1);
    const auto fitted = probe()->fit(labelled(toy), {});
    toy.features.row(13)[2] = bad;
    complete(toy);
    expect_refused(*probe(), labelled(toy), "13");
    EXPECT_THROW((void)fitted->scores(input(toy)), Error);
  }
}

TEST_P(ProbeContract, RefusesFeaturesOfAnotherWidth) {
  if (!reads_features()) GTEST_SKIP() << "reads no features";
  const Toy toy = make_toy(20, 2, 1);
  const auto fitted = probe()->fit(labelled(toy), {});
  const Matrix wide(4, 14);
  ProbeInput other = input(toy);
  other.features = wide.view();
  const std::vector<std::int64_t> offsets = {0, 1, 4};
  if (!other.offsets.empty()) other.offsets = offsets;
  other.rows = other.offsets.empty() ? 4 : 2;
  try {
    (void)fitted->scores(other);
    ADD_FAILURE() << "another width was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::input);
    const std::int64_t got = 14 / other.prompts, expected = 6 / other.prompts;
    EXPECT_THAT(error.what(), testing::AllOf(testing::HasSubstr(std::to_string(got)),
                                             testing::HasSubstr(std::to_string(expected))));
  }
}

TEST_P(ProbeContract, AnswersAnUnknownOption) {
  try {
    (void)make_probe(GetParam()->name, {{"no_such_option", 1}});
    ADD_FAILURE() << "an unknown option was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage);
    EXPECT_THAT(error.what(), testing::HasSubstr("no_such_option"));
  }
}

}  // namespace
}  // namespace sonde::probes

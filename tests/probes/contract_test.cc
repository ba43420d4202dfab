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
  bool reads_features() const { return GetParam()->input == InputKind::features; }
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
  for (const int k : {2, 3}) {
    const Toy toy = make_toy(90, k, 1);
    const Matrix scores = probe()->fit(toy.labelled(), {})->scores(toy.input());
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

TEST_P(ProbeContract, ForgetsEarlierFits) {
  const Toy first = make_toy(60, 2, 1), second = make_toy(80, 3, 2);
  const auto fresh = probe()->fit(second.labelled(), {});
  const auto used = probe();
  (void)used->fit(first.labelled(), {});
  EXPECT_EQ(values_of(used->fit(second.labelled(), {})->scores(second.input())),
            values_of(fresh->scores(second.input())));
}

TEST_P(ProbeContract, OnlyRenamesWhenLabelsAreRenamed) {
  Toy toy = make_toy(60, 3, 1);
  const auto before = probe()->fit(toy.labelled(), {});
  toy.classes = {"x1", "x2", "x3"};
  const auto after = probe()->fit(toy.labelled(), {});
  EXPECT_EQ(after->classes(), toy.classes);
  EXPECT_EQ(values_of(before->scores(toy.input())), values_of(after->scores(toy.input())));
}

TEST_P(ProbeContract, DoesNotCareAboutTheOrderOfRows) {
  const Toy toy = make_toy(100, 2, 1);
  const Toy shuffled = reordered(toy, RandomStream(1, "order").permutation(100));
  const auto a = values_of(probe()->fit(toy.labelled(), {})->scores(toy.input()));
  const auto b = values_of(probe()->fit(shuffled.labelled(), {})->scores(toy.input()));
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-6);
}

TEST_P(ProbeContract, ScoresEachRowOnItsOwn) {
  const Toy toy = make_toy(50, 3, 1);
  const auto fitted = probe()->fit(toy.labelled(), {});
  const Matrix all = fitted->scores(toy.input());
  const std::vector<std::int64_t> order = RandomStream(2, "order").permutation(50);
  const Matrix mixed = fitted->scores(reordered(toy, order).input());
  for (std::int64_t i = 0; i < 50; ++i) {
    for (int c = 0; c < 3; ++c) EXPECT_EQ(mixed.row(i)[c], all.row(order[i])[c]);
  }
}

TEST_P(ProbeContract, GivesTheSameBitsOnAnyNumberOfThreads) {
  const Toy toy = make_toy(70, 3, 1);
  EXPECT_EQ(values_of(probe()->fit(toy.labelled(), {.threads = 1})->scores(toy.input())),
            values_of(probe()->fit(toy.labelled(), {.threads = 4})->scores(toy.input())));
}

TEST_P(ProbeContract, OpensWhatItSavedBitForBit) {
  for (const int k : {2, 4}) {
    const Toy toy = make_toy(80, k, 1);
    const auto fitted = probe()->fit(toy.labelled(), {});
    SavedProbe saved = fitted->save();
    saved.metadata = nlohmann::ordered_json::parse(saved.metadata.dump());  // as it comes back from a file
    const auto opened = open_probe(saved);
    EXPECT_EQ(values_of(opened->scores(toy.input())), values_of(fitted->scores(toy.input())));
    EXPECT_EQ(opened->classes(), toy.classes);
    EXPECT_EQ(opened->report().n_iter, fitted->report().n_iter);
    EXPECT_EQ(opened->save().metadata, saved.metadata);
  }
}

TEST_P(ProbeContract, RefusesASavedProbeThatLacksAPart) {
  const Toy toy = make_toy(40, 2, 1);
  const SavedProbe saved = probe()->fit(toy.labelled(), {})->save();
  SavedProbe no_tensors = saved, no_classes = saved, odd_shape = saved;
  no_tensors.tensors.clear();
  no_classes.metadata.erase("classes");
  odd_shape.tensors[0].values.push_back(0);
  for (const SavedProbe& broken : {no_tensors, no_classes, odd_shape}) {
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
  Toy toy = make_toy(20, 2, 1);
  toy.classes.push_back("never");
  expect_refused(*probe(), toy.labelled(), "'never'");
  toy.classes.pop_back();
  toy.labels.assign(20, 1);
  expect_refused(*probe(), toy.labelled(), "'b'");
  expect_refused(*probe(), {{}, {}, toy.classes}, "no rows");
}

TEST_P(ProbeContract, RefusesFeaturesThatAreNotNumbers) {
  if (!reads_features()) GTEST_SKIP() << "reads no features";
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    Toy toy = make_toy(20, 2, 1);
    const auto fitted = probe()->fit(toy.labelled(), {});
    toy.features.row(13)[2] = bad;
    expect_refused(*probe(), toy.labelled(), "13");
    EXPECT_THROW((void)fitted->scores(toy.input()), Error);
  }
}

TEST_P(ProbeContract, RefusesFeaturesOfAnotherWidth) {
  if (!reads_features()) GTEST_SKIP() << "reads no features";
  const Toy toy = make_toy(20, 2, 1);
  const auto fitted = probe()->fit(toy.labelled(), {});
  const Matrix wide(3, 7);
  try {
    (void)fitted->scores(ProbeInput::of_features(wide.view()));
    ADD_FAILURE() << "another width was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::input);
    EXPECT_THAT(error.what(), testing::AllOf(testing::HasSubstr("7"), testing::HasSubstr("6")));
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

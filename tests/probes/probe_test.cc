#include "sonde/probes/probe.h"

#include <gmock/gmock.h>

#include "toy.h"

namespace sonde::probes {
namespace {

TEST(Probe, AnswersAnUnknownKindWithTheNearest) {
  try {
    (void)make_probe("logistik");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage);
    EXPECT_THAT(error.what(), testing::HasSubstr("logistic"));
  }
}

TEST(Probe, PredictsTheHighestScoreAndTheLowerClassOnATie) {
  Matrix scores(3, 3);
  const float values[] = {0.2f, 0.5f, 0.3f, 0.4f, 0.2f, 0.4f, 0.1f, 0.2f, 0.7f};
  std::copy(std::begin(values), std::end(values), scores.data());
  EXPECT_EQ(predicted_classes(scores.view()), (std::vector<std::int32_t>{1, 0, 2}));
}

TEST(Probe, FitsManyMatricesAsOneByOne) {
  const Toy a = make_toy(60, 2, 1), b = make_toy(60, 2, 2);
  const auto probe = make_probe("logistic");
  const std::vector<MatrixView> features{a.features.view(), b.features.view(), a.features.view()};
  const auto fitted = fit_each(*probe, features, a.labelled(), {.threads = 2});
  ASSERT_EQ(fitted.size(), 3u);
  const auto alone = probe->fit({ProbeInput::of_features(features[1]), a.labels, a.classes}, {});
  EXPECT_EQ(values_of(fitted[1]->scores(b.input())), values_of(alone->scores(b.input())));
  EXPECT_EQ(values_of(fitted[0]->scores(a.input())), values_of(fitted[2]->scores(a.input())));
}

TEST(Probe, OpensNothingWithoutAKind) { EXPECT_THROW((void)open_probe({}), Error); }

}  // namespace
}  // namespace sonde::probes

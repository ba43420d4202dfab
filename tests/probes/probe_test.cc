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

TEST(Probe, OpensNothingWithoutAKind) { EXPECT_THROW((void)open_probe({}), Error); }

}  // namespace
}  // namespace sonde::probes

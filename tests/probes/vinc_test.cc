#include <gmock/gmock.h>

#include "contrast_toy.h"
#include "toy.h"

namespace sonde::probes {
namespace {

// With one wording and equal weights the matrix is the covariance of the differences.
TEST(Vinc, EqualsCrcOnOneWording) {
  const ContrastToy toy = make_contrast(40, 7, 0.4, 6);
  for (const char* normalize : {"none", "mean", "mean_std"}) {
    const nlohmann::json options = {{"normalize", normalize}};
    EXPECT_EQ(values_of(make_probe("vinc", options)->fit(toy.labelled(), {})->scores(toy.input())),
              values_of(make_probe("crc", options)->fit(toy.labelled(), {})->scores(toy.input())));
  }
}

// A direction along which contrary statements differ even more, but not the same way in every wording:
// weighed alone the differences follow it, with invariance they do not.
TEST(Vinc, PrefersWhatEveryWordingAgreesOn) {
  ContrastToy toy = make_contrast(100, 9, 1, 6, 4);
  const RandomStream stream(1, "whim");
  for (std::int64_t i = 0; i < 100; ++i) {
    for (int wording = 0; wording < 2; ++wording) {
      const float whim = 6 * (stream.below(2, 2 * i + wording) == 0 ? 1.0f : -1.0f);
      toy.rows.row(i)[(2 * wording) * 9] += whim;
      toy.rows.row(i)[(2 * wording + 1) * 9] -= whim;
    }
  }
  const auto fitted = make_probe("vinc", {{"invariance", 5}})->fit(toy.labelled(), {});
  const auto blind = make_probe("vinc", {{"invariance", 0}})->fit(toy.labelled(), {});
  std::vector<double> whim(9);
  whim[0] = 1;
  const float *weight = fitted->linear()->weight.data(), *distracted = blind->linear()->weight.data();
  EXPECT_GT(std::abs(cosine_with(whim, distracted)), 0.9);
  EXPECT_LT(std::abs(cosine_with(whim, weight)), 0.1);
  EXPECT_GT(contrast_accuracy(*fitted, toy), 0.99);
}

TEST(Vinc, RefusesAnOddNumberOfPrompts) {
  const ContrastToy toy = make_contrast(12, 4, 1, 1, 3);
  try {
    (void)make_probe("vinc")->fit(toy.labelled(), {});
    ADD_FAILURE() << "three prompts were accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::input);
    EXPECT_THAT(error.what(), testing::HasSubstr("even"));
  }
}

TEST(Vinc, RefusesASavedProbeWhosePromptsDoNotDivideItsWeights) {
  const ContrastToy toy = make_contrast(12, 4, 1, 1, 4);
  SavedProbe saved = make_probe("vinc")->fit(toy.labelled(), {})->save();
  EXPECT_EQ(saved.metadata["prompts"], 4);
  saved.metadata["prompts"] = 3;
  EXPECT_THROW((void)open_probe(saved), Error);
}

}  // namespace
}  // namespace sonde::probes

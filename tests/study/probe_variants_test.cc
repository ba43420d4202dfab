// What tells probes of one kind apart: the options in which they differ, and nothing where there is one.
#include "sonde/study/probe_variants.h"

#include <gmock/gmock.h>

namespace sonde::study {
namespace {

using testing::ElementsAre;

TEST(ProbeVariants, NameTheOptionsThatDiffer) {
  const std::vector<result::ProbeSpec> probes = {
      {"basis", {{"basis", "sinusoid"}, {"steps", 1000}}},
      {"basis", {{"basis", "binary"}, {"steps", 1000}}},
      {"ridge", {{"alpha", 1.0}}},
  };
  EXPECT_THAT(probe_variants(probes), ElementsAre("basis=sinusoid", "basis=binary", ""));
}

TEST(ProbeVariants, NameSeveralAsACommandLineWould) {
  const std::vector<result::ProbeSpec> probes = {
      {"sgd", {{"held", 0.1}, {"patience", 5}, {"shuffle", true}}},
      {"sgd", {{"held", 0.5}, {"patience", 10}, {"shuffle", true}}}};
  EXPECT_THAT(probe_variants(probes), ElementsAre("held=0.1,patience=5", "held=0.5,patience=10"));
}

TEST(ProbeVariants, AreEmptyForEqualProbes) {
  const result::ProbeSpec probe{"lda", {{"shrinkage", 0.1}}};
  EXPECT_THAT(probe_variants(std::vector{probe, probe}), ElementsAre("", ""));
}

}  // namespace
}  // namespace sonde::study

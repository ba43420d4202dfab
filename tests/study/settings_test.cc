// Settings: names joined by dots, entries of lists, values as TOML or text, and what is refused.
#include "sonde/study/settings.h"

#include <gmock/gmock.h>

#include "sonde/core/error.h"

namespace sonde::study {
namespace {

using nlohmann::json;

TEST(Settings, SetsAndMakesKeys) {
  json study = {{"sample", {{"train", 5}}}};
  apply_setting(study, "sample.train=200");
  apply_setting(study, "split.method=random");
  apply_setting(study, "capture.at=[\"hidden[0]\", \"embed\"]");
  apply_setting(study, "report.texts=false");
  apply_setting(study, "probes=[{kind = \"logistic\", c = 0.5}]");
  EXPECT_EQ(study["sample"]["train"], 200);
  EXPECT_EQ(study["split"]["method"], "random");
  EXPECT_EQ(study["capture"]["at"], json({"hidden[0]", "embed"}));
  EXPECT_EQ(study["report"]["texts"], false);
  EXPECT_EQ(study["probes"][0]["c"], 0.5);
}

TEST(Settings, ReachesEntriesOfLists) {
  json study = {{"probes", {{{"kind", "basis"}}, {{"kind", "ridge"}}}}};
  apply_setting(study, "probes.*.seed=3");
  apply_setting(study, "probes.1.alpha=0.5");
  EXPECT_EQ(study["probes"][0]["seed"], 3);
  EXPECT_EQ(study["probes"][1]["seed"], 3);
  EXPECT_EQ(study["probes"][1]["alpha"], 0.5);
  EXPECT_FALSE(study["probes"][0].contains("alpha"));
}

TEST(Settings, KeepsTextWithAnEqualsSign) {
  json study = json::object();
  apply_setting(study, "numbers.template={a} = {b}");
  EXPECT_EQ(study["numbers"]["template"], "{a} = {b}");
}

TEST(Settings, RefusesWhatIsNoSetting) {
  json study = {{"probes", json::array({json::object()})}};
  EXPECT_THROW(apply_setting(study, "sample.train"), Error);
  EXPECT_THROW(apply_setting(study, "=3"), Error);
  EXPECT_THROW(apply_setting(study, "sample..train=3"), Error);
  EXPECT_THROW(apply_setting(study, "probes.1.c=3"), Error);
  EXPECT_THROW(apply_setting(study, "probes.first.c=3"), Error);
  apply_setting(study, "split.seed=3");
  EXPECT_THROW(apply_setting(study, "split.seed.first=3"), Error);
}

}  // namespace
}  // namespace sonde::study

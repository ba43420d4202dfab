// The catalogue of recipes, the two editions of one, and what a result learns of the other edition.
#include "sonde/study/recipe.h"

#include <gmock/gmock.h>

#include "sonde/core/error.h"

namespace sonde::study {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr const char* kToml = R"(
[recipe]
title = "A study"
source = "somewhere"
summary = "something"
[capture]
tokens = "mean"
at = ["hidden[0]", "hidden[1]"]
[[slips]]
title = "A slip"
published = "wrong"
corrected = "right"
[as.published.capture]
tokens = "mean_padded:512"
at = ["hidden[0]"]
[[as.corrected.probes]]
kind = "logistic"
)";

TEST(Recipe, ListsTheFiveStudies) {
  EXPECT_THAT(recipe_names(), ElementsAre("truth-direction", "layer-sentiment", "number-basis",
                                          "online-probes", "sparse-neurons"));
  for (const std::string& name : recipe_names()) {
    const Recipe recipe = open_recipe(name);
    EXPECT_FALSE(recipe.about.title.empty()) << name;
    EXPECT_FALSE(recipe.summary.empty()) << name;
    EXPECT_FALSE(recipe.about.slips.empty()) << name;
  }
}

TEST(Recipe, ChangesSectionsByEdition) {
  const Recipe recipe = parse_recipe("test", kToml);
  const auto published = edition_sections(recipe, Edition::published);
  EXPECT_EQ(published["capture"]["tokens"], "mean_padded:512");
  EXPECT_EQ(published["capture"]["at"], nlohmann::json({"hidden[0]"}));
  EXPECT_FALSE(published.contains("probes"));
  const auto corrected = edition_sections(recipe, Edition::corrected);
  EXPECT_EQ(corrected["capture"]["tokens"], "mean");
  EXPECT_EQ(corrected["probes"][0]["kind"], "logistic");
  for (const char* word : {"recipe", "slips", "as"}) EXPECT_FALSE(corrected.contains(word)) << word;
  EXPECT_THAT(recipe.about.slips, SizeIs(1));
  EXPECT_EQ(about_edition(recipe, Edition::published).edition, "published");
}

TEST(Recipe, NamesTheNearestRecipe) {
  try {
    open_recipe("layer-sentimnt");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage);
    EXPECT_THAT(error.what(), HasSubstr("layer-sentiment"));
  }
}

TEST(Recipe, RefusesWhatNoRecipeHas) {
  const std::string toml = kToml;
  EXPECT_THROW(parse_recipe("test", toml + "\n[as.other]\nx = 1\n"), Error);
  EXPECT_THROW(parse_recipe("test", toml + "\n[[slips]]\ntitle = \"half told\"\n"), Error);
  EXPECT_THROW(parse_recipe("test", "[recipe]\ntitel = \"typo\"\n"), Error);
}

TEST(Recipe, TakesTheScoresOfTheOtherEdition) {
  result::Result other;
  other.metric = "accuracy";
  other.recipe.edition = "published";
  other.results.push_back({.at = "hidden[0]", .probe = "mlp", .metrics = {{"accuracy", {0.7, 0.6, 0.8}}}});
  other.best = {.at = "hidden[0]", .probe = "mlp", .metrics = {{"accuracy", {0.7, 0.6, 0.8}}}};
  result::Recipe recipe;
  set_beside(other, "../published/report.html", recipe);
  EXPECT_EQ(recipe.other.edition, "published");
  ASSERT_THAT(recipe.other.scores, SizeIs(1));
  EXPECT_EQ(recipe.other.scores[0].probe, "mlp");
  EXPECT_DOUBLE_EQ(recipe.other.scores[0].value.high, 0.8);
  EXPECT_DOUBLE_EQ(recipe.other.best.value.value, 0.7);
}

TEST(Recipe, TakesNoScoreOfAProbeThatTheMetricDoesNotJudge) {
  result::Result other;
  other.metric = "accuracy";
  other.results.push_back({.at = "hidden[0]", .probe = "ridge", .metrics = {{"r2", {0.7, 0.6, 0.8}}}});
  result::Recipe recipe;
  set_beside(other, "report.html", recipe);
  EXPECT_THAT(recipe.other.scores, SizeIs(0));
}

}  // namespace
}  // namespace sonde::study

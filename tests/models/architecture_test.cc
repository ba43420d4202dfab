// The catalogue of architectures: what it names, what it refuses, and that every memory plan of every one
// holds.
#include "sonde/models/architecture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "../graph/memory_check.h"
#include "config_for_tests.h"

namespace sonde::models {
namespace {

using ::testing::HasSubstr;

// The configs of all golden models: every option of every architecture.
std::vector<nlohmann::json> golden_configs() {
  std::vector<nlohmann::json> configs;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(SONDE_TEST_DATA) + "/models")) {
    if (std::ifstream stream(entry.path() / "config.json"); stream)
      configs.push_back(nlohmann::json::parse(stream));
  }
  return configs;
}

TEST(ArchitectureTest, EveryEntryBuildsEveryClassItNames) {
  for (const Architecture* entry : architectures()) {
    std::size_t seen = 0;
    for (nlohmann::json config : golden_configs()) {
      if (config["model_type"] != entry->model_type) continue;
      ++seen;
      for (const std::string_view model_class : entry->classes) {
        config["architectures"] = {model_class};
        EXPECT_EQ(graph_of(config).model_class, model_class);
      }
      config.erase("architectures");
      EXPECT_EQ(graph_of(config).model_class, entry->classes.front());
    }
    EXPECT_GT(seen, 0u) << entry->model_type << " has no golden";
  }
}

TEST(ArchitectureTest, AnUnknownTypeAnswersWithTheNearestAndAll) {
  const Error error = refusal_of(bert_base(), "model_type", "bret");
  EXPECT_THAT(error.what(), HasSubstr("no architecture 'bret'"));
  EXPECT_THAT(error.what(), HasSubstr("expected one of "));
  for (const Architecture* entry : architectures())
    EXPECT_THAT(error.what(), HasSubstr(std::string(entry->model_type)));
  EXPECT_THAT(error.what(), HasSubstr("did you mean 'bert'"));
  refusal_of(bert_base(), "model_type", nullptr);
}

TEST(ArchitectureTest, AnUnknownClassAnswersWithTheKnownOnes) {
  EXPECT_THAT(refusal_of(bert_base(), "architectures", {"BertForSequenceClassification"}).what(),
              HasSubstr("expected one of BertModel, BertForMaskedLM, BertForPreTraining"));
}

TEST(ArchitectureTest, EveryModuleIsNamedOnceAndHasALivingInputAndOutput) {
  for (const nlohmann::json& config : golden_configs()) {
    const graph::Graph graph = graph_of(config);
    std::set<std::string> names;
    for (const graph::ScopeRecord& scope : graph.scopes) {
      EXPECT_TRUE(names.insert(scope.path).second) << scope.path;
      EXPECT_LT(scope.output, static_cast<graph::ValueId>(graph.values.size()));
    }
    for (const graph::Alias& alias : graph.aliases) {
      std::vector<std::string> paths = alias.layer_paths;
      if (paths.empty()) paths.push_back(alias.path);
      for (std::string& path : paths) {
        if (const std::size_t at = path.find("{i}"); at != std::string::npos) path.replace(at, 3, "0");
        EXPECT_TRUE(names.contains(path)) << alias.name << " stands for " << path;
      }
      if (!alias.layer_paths.empty()) {
        EXPECT_EQ(static_cast<std::int64_t>(paths.size()), graph.layers) << alias.name;
      }
    }
  }
}

TEST(ArchitectureTest, NoLiveValueIsOverwrittenWhateverIsAskedFor) {
  for (const nlohmann::json& config : golden_configs()) {
    graph::check_many_schedules(graph_of(config));
    ASSERT_FALSE(HasFailure()) << config;
  }
}

}  // namespace
}  // namespace sonde::models

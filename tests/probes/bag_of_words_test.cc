#include <gmock/gmock.h>

#include <fstream>

#include "toy.h"

namespace sonde::probes {
namespace {

TEST(BagOfWords, EqualsScikitLearnsVocabularyAndProbabilities) {
  std::ifstream file(SONDE_TEST_DATA "/probes/scikit_learn.json");
  const nlohmann::json cases = nlohmann::json::parse(file)["bag_of_words"];
  ASSERT_EQ(cases.size(), 2u);
  for (const nlohmann::json& given : cases) {
    const auto owned = given["texts"].get<std::vector<std::string>>(),
               fresh = given["new"].get<std::vector<std::string>>();
    const std::vector<std::string_view> texts(owned.begin(), owned.end()),
        new_texts(fresh.begin(), fresh.end());
    const auto labels = given["labels"].get<std::vector<std::int32_t>>();
    const std::vector<std::string> classes{"bad", "good"};
    const auto fitted = make_probe("bag_of_words", {{"min_df", given["min_df"]}})
                            ->fit({ProbeInput::of_texts(texts), labels, classes}, {});
    EXPECT_EQ(fitted->save().metadata["vocabulary"], given["vocabulary"]);
    const Matrix scores = fitted->scores(ProbeInput::of_texts(new_texts));
    for (std::size_t i = 0; i < fresh.size(); ++i) {
      EXPECT_NEAR(scores.row(i)[1], given["probabilities"][i][1].get<double>(), 1e-6) << fresh[i];
    }
  }
}

TEST(BagOfWords, RefusesTextsWithoutWords) {
  const std::vector<std::string_view> texts{"a b", "!", "", "I"};
  const std::vector<std::int32_t> labels{0, 1, 0, 1};
  const std::vector<std::string> classes{"x", "y"};
  try {
    (void)make_probe("bag_of_words")->fit({ProbeInput::of_texts(texts), labels, classes}, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::input);
    EXPECT_THAT(error.what(), testing::HasSubstr("no word"));
  }
}

}  // namespace
}  // namespace sonde::probes

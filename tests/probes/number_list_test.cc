#include "sonde/probes/number_list.h"

#include <gtest/gtest.h>

#include "sonde/core/error.h"

namespace sonde::probes {
namespace {

TEST(NumberList, ReadsNumbersAndEvenSpaces) {
  EXPECT_EQ(parsed_numbers("c", "1 2.5  -3e2"), (std::vector<double>{1, 2.5, -300}));
  EXPECT_TRUE(parsed_numbers("c", "").empty());
  // numpy.linspace(1, 100, 17): step 6.1875, which is exact.
  const std::vector<double> spaced = parsed_numbers("c", "1:100:17");
  ASSERT_EQ(spaced.size(), 17u);
  for (std::size_t i = 0; i < spaced.size(); ++i) EXPECT_EQ(spaced[i], 1 + 6.1875 * static_cast<double>(i));
  EXPECT_EQ(parsed_numbers("c", "0.1:0.7:3").back(), 0.7);
}

TEST(NumberList, RefusesOtherTexts) {
  for (const char* text : {"1,2", "1:2", "1:2:", "1:2:1", "1:2:2.5", "1:2:3:4", "one", "nan", "1:inf:3"}) {
    try {
      (void)parsed_numbers("probe p, option 'c'", text);
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("probe p, option 'c'"), std::string::npos);
    }
  }
}

TEST(NumberList, TakesTheListsOfToml) {
  const nlohmann::json options = {{"a", {1, 2.5}}, {"b", {"x"}}, {"c", 3}, {"d", nlohmann::json::array()}};
  const nlohmann::json texts = with_lists_as_text(options);
  EXPECT_EQ(texts["a"], "1 2.5");
  EXPECT_EQ(texts["b"], options["b"]);
  EXPECT_EQ(texts["c"], 3);
  EXPECT_EQ(texts["d"], "");
}

}  // namespace
}  // namespace sonde::probes

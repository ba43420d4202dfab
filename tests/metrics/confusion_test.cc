#include "sonde/metrics/confusion.h"

#include "cases.h"

namespace sonde::metrics {
namespace {

TEST(Confusion, EqualsScikitLearn) {
  for (const Case& c : golden_cases()) {
    const ConfusionMatrix confusion = confusion_matrix(c.predictions(), c.weights);
    std::vector<std::int64_t> expected;
    for (const auto& row : c.golden["confusion"]) expected.insert(expected.end(), row.begin(), row.end());
    EXPECT_EQ(confusion.counts, expected) << c.name;
  }
}

TEST(Confusion, ReportsEachClassAsScikitLearn) {
  for (const Case& c : golden_cases()) {
    const auto reports = class_reports(confusion_matrix(c.predictions(), c.weights));
    for (int k = 0; k < c.classes; ++k) {
      const nlohmann::json& expected = c.golden["per_class"];
      EXPECT_NEAR(reports[k].precision, expected["precision"][k].get<double>(), 1e-15);
      EXPECT_NEAR(reports[k].recall, expected["recall"][k].get<double>(), 1e-15);
      EXPECT_NEAR(reports[k].f1, expected["f1"][k].get<double>(), 1e-15);
      EXPECT_EQ(reports[k].support, expected["support"][k].get<std::int64_t>());
    }
  }
}

}  // namespace
}  // namespace sonde::metrics

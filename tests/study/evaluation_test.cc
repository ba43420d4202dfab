#include "sonde/study/evaluation.h"

#include <gmock/gmock.h>

#include "sonde/core/error.h"
#include "sonde/core/random.h"
#include "sonde/result/result.h"

namespace sonde::study {
namespace {

// 120 rows of 6 columns, two of which tell the classes apart; every row trains and is tested.
struct Rows {
  Matrix values{120, 6};
  std::vector<std::int32_t> labels;
  std::vector<std::string> classes{"no", "yes"};
  std::vector<FeatureSet> sets;

  Rows() {
    const RandomStream stream(5, "evaluation");
    for (std::int64_t i = 0; i < 120; ++i) {
      labels.push_back(static_cast<std::int32_t>(stream.below(2, 1000 + i)));
      for (std::int64_t j = 0; j < 6; ++j) {
        const double lean = j < 2 ? 0.6 * static_cast<double>(labels[i]) : 0.0;
        values.row(i)[j] = static_cast<float>(stream.uniform(i * 6 + j) + lean);
      }
    }
    sets = {{.at = "a", .values = values.view()}, {.at = "b", .values = values.view()}};
  }
  EvaluationInput input() const {
    return {.features = sets, .labels = labels, .classes = classes, .train = {0, 120}, .test = {0, 120}};
  }
  result::Result judge(const nlohmann::json& probe, const std::string& rows = "all") const {
    return judge_all({probe}, rows);
  }
  result::Result judge_all(const std::vector<nlohmann::json>& probes, const std::string& rows = "all") const {
    EvaluationOptions options{.pooling = "mean"};
    for (const nlohmann::json& probe : probes) {
      options.probes.push_back({probe["kind"], probe});
      options.probes.back().options.erase("kind");
    }
    options.evaluate.resamples = 20;
    options.evaluate.rows = rows;
    result::Result result;
    evaluate(input(), options, {}, result);
    return result;
  }
};

TEST(Evaluation, JudgesOnlyAsManyRowsAsWereSeenWhenAsked) {
  const Rows rows;
  const nlohmann::json probe = {{"kind", "sgd"}, {"batch", 8}, {"max_steps", 6}, {"patience", 0}};
  const result::Result all = rows.judge(probe), seen = rows.judge(probe, "seen");
  const auto judged = [](const result::Result& r) {
    std::int64_t sum = 0;
    for (const auto& row : r.best.confusion.counts) sum += row[0] + row[1];
    return sum;
  };
  EXPECT_EQ(judged(all), 120);
  EXPECT_EQ(judged(seen), 48);  // six steps of eight rows
  ASSERT_EQ(seen.results[0].per_class.size(), 2u);
  EXPECT_EQ(seen.results[0].per_class[0].support + seen.results[0].per_class[1].support, 48);
  EXPECT_THAT(seen.warnings[0].message, testing::HasSubstr("only the first 48 of 120 test rows"));
  EXPECT_THROW((void)rows.judge({{"kind", "logistic"}}, "seen"), Error);
}

TEST(Evaluation, DescribesEveryProbeAndItsFit) {
  const Rows rows;
  const result::Result result =
      rows.judge({{"kind", "logistic"}, {"l1_ratio", 1}, {"c", 0.2}, {"c_sweep", "0.1 1"}});
  ASSERT_EQ(result.results.size(), 2u);
  for (const result::AddressResult& entry : result.results) {
    ASSERT_EQ(entry.per_class.size(), 2u);
    EXPECT_EQ(entry.per_class[0].name, "no");
    EXPECT_EQ(entry.per_class[0].support + entry.per_class[1].support, 120);
    EXPECT_EQ(entry.details["path"].size(), 2u);
  }
  EXPECT_EQ(result.best.sparse.width, 6);
  EXPECT_EQ(result.best.sparse.nonzero, result.results[0].nonzero);
  EXPECT_LT(result.best.sparse.nonzero, 6);
}

// Two probes of a kind differ by what was set for them, and the best is one of the two.
TEST(Evaluation, TellsProbesOfOneKindApart) {
  const result::Result result = Rows().judge_all(
      {{{"kind", "logistic"}, {"c", 1e-6}}, {{"kind", "logistic"}, {"c", 10}}, {{"kind", "lda"}}});
  ASSERT_EQ(result.results.size(), 6u);
  EXPECT_EQ(result.results[0].variant, "c=1e-06");
  EXPECT_EQ(result.results[2].variant, "c=10");
  EXPECT_EQ(result.results[4].variant, "");
  EXPECT_EQ(probe_name(result.results[2]), "logistic:c=10");
  const result::AddressResult* best = result::find_best(result);
  ASSERT_NE(best, nullptr);
  EXPECT_TRUE(best->minus_best.empty());
  EXPECT_TRUE(same_probe(result.results[0], result.results[1]));
  EXPECT_FALSE(same_probe(result.results[0], result.results[2]));
}

// A loop that seeds once goes on drawing at the next address; the same rows then give other weights.
TEST(Evaluation, LetsARandomStreamRunOnOverAddresses) {
  const Rows rows;
  nlohmann::json probe = {{"kind", "mlp"}, {"hidden", 4}, {"epochs", 2}, {"draws", "torch"}};
  const auto losses = [&] {
    const result::Result result = rows.judge(probe);
    return std::pair(result.results[0].details["training_loss"].get<double>(),
                     result.results[1].details["training_loss"].get<double>());
  };
  const auto [first, again] = losses();
  EXPECT_EQ(first, again);
  probe["stream"] = "continued";
  const auto [start, next] = losses();
  EXPECT_EQ(start, first);
  EXPECT_NE(next, start);
  probe["stream"] = "restarted";
  probe["built_before"] = 1;
  EXPECT_EQ(losses().first, next);
}

}  // namespace
}  // namespace sonde::study

// result.json: fixed keys, round trip, NaN as null, refusals.
#include "sonde/result/result.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sonde/core/error.h"

namespace sonde::result {
namespace {

using Json = nlohmann::ordered_json;

Result sample() {
  Result r;
  r.warnings = {{"truncation", "7 of 12,808 rows were cut", "", false}};
  r.model = {.path = "models/minilm",
             .revision = "",
             .name = "",
             .type = "bert",
             .architecture = "BertModel",
             .parameters = 22713216,
             .layers = 6,
             .width = 384};
  r.data.classes = {{"fresh", 7403, 4115, 1331, 1957}, {"rotten", 5405, 3299, 767, 1339}};
  r.data.tokens = {3, 26.0, 47.0, 78, 345851, {{0, 10, 5}, {10, 20, 6}}};
  r.probes = {{"logistic", {{"c", 1.0}, {"tol", 1e-5}}}};
  AddressResult a;
  a.at = "hidden[4]";
  a.metrics = {{"accuracy", {0.1 + 0.2, 1.0 / 3.0, 0.8}}, {"mcc", {0.552, kNaN, 0.58}}};
  a.valid_metrics = {{"accuracy", 0.7707}};
  a.differences = {{"bag_of_words", {{"accuracy", {0.025, 0.008, 0.042}}}}};
  a.converged = false;
  a.per_class = {{"fresh", 0.8, 0.75, 0.77, 1957}};
  a.details = {{"path", {{{"c", 10.0}, {"density", 0.25}}}}};
  r.results = {a};
  r.best.confusion = {{"fresh", "rotten"}, {{1584, 373}, {342, 997}}};
  r.best.calibration.bins = {{0, 0.1, 763, 0.041, {0.05, 0.036, 0.068}}};
  r.best.calibration.scores = {{1, 2}, {3, 4}};
  r.best.sparse.width = 4;
  r.best.sparse.nonzero = 2;
  r.best.sparse.coefficients = {{1, -2.5}, {3, 0.5}};
  r.best.sparse.histogram = {"", -2.5, 0.5, {1, 0, 1}};
  r.best.sparse.activations = {{"fresh", -1, 3, {1000, 2}}};
  r.best.sparse.selected = {{1, -2.5, {{"fresh", {0, 1.5}}}}};
  r.leaks = {{"text", "test", "train", 36, 3296, "warn", {{"accuracy", 0.783}}}};
  r.pictures = {{.name = "picture-1-pca",
                 .how = "pca",
                 .at = "hidden[4]",
                 .details = {{"explained_variance_ratio", {0.5, 0.25}}},
                 .trust = {0.93, 10},
                 .x = {1.5, -2},
                 .y = {0, 0.1},
                 .rows = {3, 9},
                 .classes = {"fresh", "rotten"},
                 .labels = {1, 0}}};
  r.honesty.at = "hidden[4]";
  r.honesty.options = {{"permutations", 99}};
  Control curve;
  curve.name = "learning_curve";
  curve.numbers = {{"last_step", {0.01, kNaN, kNaN}}};
  curve.draws = {0.7, 0.72};
  curve.points = {ControlPoint{120, {0.71, 0.7, 0.72}}};
  r.honesty.controls = {curve};
  r.honesty.addresses = {{"hidden[4]", "logistic", "c=10", 0.01, 0.02, 0.015, 0.03}};
  r.versions = {{"sonde", "0.1.0"}};
  return r;
}

TEST(Picture, KnowsTheSharesItsCoordinatesExplain) {
  EXPECT_EQ(explained_shares(sample().pictures[0]), (std::vector<double>{0.5, 0.25}));
  EXPECT_TRUE(explained_shares(Picture{}).empty());
  EXPECT_EQ(to_json(sample()).at("pictures")[0], to_json(sample().pictures[0]));
}

TEST(Result, HasTheFixedKeys) {
  const Json json = to_json(sample());
  for (const char* key :
       {"schema_version", "status", "warnings", "model", "data", "split", "results", "baselines", "best",
        "honesty", "timing", "tokens_per_second", "peak_rss_mb", "versions"}) {
    EXPECT_TRUE(json.contains(key)) << key;
  }
  for (const char* key : {"path", "type", "parameters", "dtype"})
    EXPECT_TRUE(json["model"].contains(key)) << key;
  for (const char* key : {"rows", "used", "classes", "truncated", "tokens"})
    EXPECT_TRUE(json["data"].contains(key));
  for (const char* key : {"min", "median", "p95", "max"}) EXPECT_TRUE(json["data"]["tokens"].contains(key));
  for (const char* key : {"train", "valid", "test", "method", "seed", "group"})
    EXPECT_TRUE(json["split"].contains(key));
  for (const char* key : {"at", "probe", "metrics", "train_metrics", "n_iter", "converged", "seconds",
                          "objective", "kkt", "nonzero", "path", "per_class", "details"}) {
    EXPECT_TRUE(json["results"][0].contains(key)) << key;
  }
  for (const char* key : {"at", "chosen_on", "metrics"}) EXPECT_TRUE(json["best"].contains(key)) << key;
  for (const char* key : {"load", "tokenize", "forward", "probes", "total"})
    EXPECT_TRUE(json["timing"].contains(key));
  for (const char* key : {"at", "probe", "metric", "options", "controls", "addresses"})
    EXPECT_TRUE(json["honesty"].contains(key)) << key;
  for (const char* key : {"name", "summary", "note", "numbers", "draws", "points"})
    EXPECT_TRUE(json["honesty"]["controls"][0].contains(key)) << key;
  for (const char* key : {"at", "probe", "p", "holm", "benjamini_hochberg", "against_best"})
    EXPECT_TRUE(json["honesty"]["addresses"][0].contains(key)) << key;
  EXPECT_EQ(json["results"][0]["metrics"]["accuracy"]["value"].get<double>(), 0.1 + 0.2);
}

TEST(Result, ComesBackBitForBit) {
  const std::string text = to_text(sample());
  const Result back = from_json(Json::parse(text));
  EXPECT_EQ(to_text(back), text);
  EXPECT_EQ(back.results[0].metrics[0].second.low, 1.0 / 3.0);
  EXPECT_EQ(back.results[0].metrics[0].first, "accuracy");
  EXPECT_FALSE(back.results[0].converged);
  EXPECT_EQ(back.best.confusion.counts[1][0], 342);
  EXPECT_EQ(back.best.calibration.scores[1][1], 4);
  EXPECT_EQ(back.honesty.addresses[0].against_best, 0.03);
  ASSERT_NE(find(back.honesty, "learning_curve"), nullptr);
  EXPECT_EQ(find(back.honesty, "learning_curve")->points[0].value.high, 0.72);
  EXPECT_EQ(find(back.honesty, "seeds"), nullptr);
}

TEST(Result, WritesNotANumberAsNull) {
  const Json json = to_json(sample());
  EXPECT_TRUE(json["results"][0]["metrics"]["mcc"]["low"].is_null());
  EXPECT_TRUE(json["peak_rss_mb"].is_null());
  const Result back = from_json(json);
  EXPECT_TRUE(std::isnan(back.results[0].metrics[1].second.low));
  EXPECT_TRUE(std::isnan(back.peak_rss_mb));
}

TEST(Result, ReplacesInvalidUtf8InItsText) {
  Result r = sample();
  r.data.file = "bad\xff.csv";
  EXPECT_THAT(to_text(r), testing::HasSubstr("bad\xEF\xBF\xBD.csv"));
}

TEST(Result, NamesTheKeyOfTheWrongType) {
  Json json = to_json(sample());
  json["results"][0]["metrics"]["accuracy"]["value"] = "high";
  try {
    from_json(json);
    FAIL() << "accepted text where a number belongs";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::input);
    EXPECT_THAT(error.what(), testing::HasSubstr("result.results[0].metrics.accuracy.value"));
  }
}

TEST(Result, RefusesANewerSchemaAndSkipsUnknownKeys) {
  Json json = to_json(sample());
  json["from_the_future"] = 1;
  EXPECT_NO_THROW(from_json(json));
  json["schema_version"] = 2;
  EXPECT_THROW(from_json(json), Error);
}

TEST(Result, FindsMetricsByName) {
  const Result r = sample();
  ASSERT_NE(find(r.results[0].metrics, "mcc"), nullptr);
  EXPECT_EQ(find(r.results[0].metrics, "mcc")->value, 0.552);
  EXPECT_EQ(find(r.results[0].metrics, "brier"), nullptr);
  EXPECT_TRUE(std::isnan(find(r.results[0].valid_metrics, "brier")));
}

}  // namespace
}  // namespace sonde::result

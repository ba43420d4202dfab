#include "sonde/study/picture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sonde/core/error.h"
#include "sonde/core/random.h"

namespace sonde::study {
namespace {

Matrix drawn(std::int64_t n) {
  const RandomStream stream(1, "picture");
  Matrix x(n, 5);
  for (std::int64_t i = 0; i < n * 5; ++i) x.data()[i] = static_cast<float>(stream.uniform(i));
  return x;
}

std::string refusal(const nlohmann::json& entry) {
  try {
    read_picture(entry);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage);
    return error.what();
  }
  return "accepted";
}

TEST(Picture, ReadsItsKeysAndThoseOfTheProjection) {
  const PictureSpec spec = parse_picture("tsne:perplexity=12,dims=3,at=all,of=tokens,row=4");
  EXPECT_EQ(spec.how, "tsne");
  EXPECT_EQ(spec.dims, 3);
  EXPECT_EQ(spec.at, "all");
  EXPECT_EQ(spec.row, 4);
  EXPECT_EQ(spec.options, (nlohmann::json{{"perplexity", "12"}}));
  EXPECT_THAT(refusal({{"how", "tsnee"}}), testing::HasSubstr("tsne"));
  EXPECT_THAT(refusal({{"how", "pca"}, {"perplexity", 3}}), testing::HasSubstr("perplexity"));
  EXPECT_THAT(refusal({{"how", "pca"}, {"dims", 4}}), testing::HasSubstr("dims"));
}

TEST(Picture, ProjectionsOfAReportAreShortForPictures) {
  nlohmann::json report = {
      {"projections", {"pca", "tsne:perplexity=5"}}, {"projections_at", "all"}, {"dims", 3}, {"texts", true}};
  const auto pictures = take_pictures({{"pictures", {{{"how", "umap"}, {"of", "tokens"}}}}}, report);
  ASSERT_EQ(pictures.size(), 3u);
  EXPECT_EQ(report, (nlohmann::json{{"texts", true}}));
  EXPECT_EQ(pictures[1].at, "all");
  EXPECT_EQ(pictures[1].dims, 3);
  EXPECT_EQ(pictures[1].options["perplexity"], "5");
  EXPECT_EQ(pictures[2].of, "tokens");
  EXPECT_EQ(pictures[2].dims, 2);
  // What is written reads as the same again.
  const nlohmann::json written = {{"pictures", pictures_to_json(pictures)}};
  nlohmann::json none = nlohmann::json::object();
  const auto again = take_pictures(written, none);
  EXPECT_EQ(pictures_to_json(again), pictures_to_json(pictures));
}

TEST(Picture, DrawsARandomSampleOfMany) {
  const Matrix x = drawn(300);
  std::vector<std::int64_t> rows(300);
  std::vector<std::int32_t> labels(300);
  for (std::int64_t i = 0; i < 300; ++i) {
    rows[i] = 1000 + i;
    labels[i] = static_cast<std::int32_t>(i % 2);
  }
  const std::vector<std::string> classes = {"even", "odd"};
  const result::Picture picture = draw_picture(
      {.at = "x", .x = x.view(), .rows = rows, .classes = classes, .labels = labels, .colored_by = "parity"},
      {.rows = 50}, {.seed = 3});
  EXPECT_EQ(picture.size(), 50);
  EXPECT_EQ(picture.available, 300);
  EXPECT_TRUE(std::ranges::is_sorted(picture.rows));
  for (std::size_t i = 0; i < 50; ++i) EXPECT_EQ(picture.labels[i], (picture.rows[i] - 1000) % 2);
  EXPECT_GT(picture.rows.back(), 1200);  // not the first fifty
  EXPECT_GT(picture.trust.value, 0.5);
  EXPECT_TRUE(picture.z.empty());
}

TEST(Picture, TokensAreColouredByPosition) {
  const Matrix x = drawn(9);
  const result::Picture picture =
      draw_picture({.at = "x", .x = x.view()}, {.of = "tokens", .dims = 3, .row = 2}, {});
  EXPECT_EQ(picture.colored_by, "position");
  EXPECT_EQ(picture.values.front(), 1);
  EXPECT_EQ(picture.values.back(), 9);
  EXPECT_EQ(picture.row, 2);
  EXPECT_EQ(picture.z.size(), 9u);
  EXPECT_TRUE(std::isnan(picture.trust.value));  // too few rows for 10 neighbours
}

}  // namespace
}  // namespace sonde::study

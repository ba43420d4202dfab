// A picture of rows that pass by: those that are drawn are kept, and PCA knows all of them.
#include "sonde/study/picture_sinks.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "sonde/core/random.h"
#include "sonde/projections/projection.h"

namespace sonde::study {
namespace {

constexpr std::int64_t kRows = 300, kWidth = 5;

Matrix rows() {
  const RandomStream stream(3, "rows");
  Matrix x(kRows, kWidth);
  for (std::int64_t i = 0; i < kRows * kWidth; ++i)
    x.data()[i] = static_cast<float>(stream.uniform(i) * static_cast<double>(1 + i % kWidth) + 10);
  return x;
}

// Rows in two lots out of order, as a pass over a training and one over a test part gives them.
PictureRows taken(PictureSink& sink, const Matrix& x, const PictureRows& known) {
  for (const auto& [first, count] : {std::pair<std::int64_t, std::int64_t>{200, 100}, {0, 200}}) {
    std::vector<std::int64_t> examples;
    for (std::int64_t i = first; i < first + count; ++i) examples.push_back(i);
    sink.take({x.row(first).data(), count, kWidth, kWidth}, examples);
  }
  return sink.rows(known);
}

TEST(PictureSink, PutsDrawnRowsWhereAllRowsPutThem) {
  const Matrix x = rows();
  std::vector<std::int32_t> labels;
  for (std::int64_t i = 0; i < kRows; ++i) labels.push_back(static_cast<std::int32_t>(i % 3));
  const std::vector<std::string> classes{"a", "b", "c"};
  PictureSpec spec{.how = "pca", .rows = 40};
  PictureSink sink(spec, kRows, kWidth, 7);
  const PictureRows some = taken(sink, x, {.at = "hidden[0]", .x = {}, .classes = classes, .labels = labels});
  ASSERT_EQ(some.x.rows, 40);
  const result::Picture few = draw_picture(some, spec, {.seed = 7});
  spec.rows = kRows;
  const result::Picture all = draw_picture(
      {.at = "hidden[0]", .x = x.view(), .classes = classes, .labels = labels}, spec, {.seed = 7});
  EXPECT_EQ(few.available, kRows);
  const std::vector<std::int64_t> drawn = drawn_rows(kRows, 40, 7);
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    EXPECT_NEAR(few.x[i], all.x[drawn[i]], 1e-5);
    EXPECT_NEAR(few.y[i], all.y[drawn[i]], 1e-5);
    EXPECT_EQ(few.labels[i], all.labels[drawn[i]]);
  }
  EXPECT_NEAR(few.details["total_variance"].get<double>(), all.details["total_variance"].get<double>(), 1e-9);
}

TEST(PictureSink, OtherPicturesAreOfTheRowsThatAreDrawn) {
  const Matrix x = rows();
  const PictureSpec spec{.how = "tsne", .rows = 60, .options = {{"perplexity", 5}}};
  EXPECT_FALSE(projections::make_projection("tsne")->follows_from_sums());
  PictureSink sink(spec, kRows, kWidth, 7);
  const result::Picture got = draw_picture(taken(sink, x, {.at = "x", .x = {}}), spec, {.seed = 7});
  const result::Picture expected = draw_picture({.at = "x", .x = x.view()}, spec, {.seed = 7});
  EXPECT_EQ(got.x, expected.x);
  EXPECT_EQ(got.available, expected.available);
}

}  // namespace
}  // namespace sonde::study

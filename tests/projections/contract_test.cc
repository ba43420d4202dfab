// What every projection of the catalogue must hold, tried on each of them.
#include <cmath>
#include <limits>

#include "peers.h"
#include "sonde/core/error.h"
#include "sonde/projections/projection.h"

namespace sonde::projections {
namespace {

using testing::HasSubstr;

class ProjectionContract : public testing::TestWithParam<const ProjectionRecord*> {
 protected:
  std::unique_ptr<Projection> projection() const { return make_projection(GetParam()->name); }
  Projected project(const Matrix& x, std::int64_t dims, const RunContext& context = {}) const {
    return projection()->project(x.view(), dims, context);
  }
  // The message of the refusal, and that it is of this kind.
  std::string refusal(const Matrix& x, std::int64_t dims, ErrorCode code = ErrorCode::input) const {
    try {
      project(x, dims);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), code);
      return error.what();
    }
    return "accepted";
  }
};

INSTANTIATE_TEST_SUITE_P(Catalogue, ProjectionContract,
                         testing::ValuesIn(projection_records().begin(), projection_records().end()),
                         [](const auto& record) { return std::string(record.param->name); });

TEST_P(ProjectionContract, SaysWhatItIs) {
  for (const auto text : {GetParam()->title, GetParam()->summary, GetParam()->reading, GetParam()->source})
    EXPECT_FALSE(text.empty());
  EXPECT_EQ(projection()->kind(), GetParam()->name);
  for (const FieldRecord& field : GetParam()->options()) {
    EXPECT_FALSE(field.notes.help.empty()) << field.name;
    EXPECT_TRUE(projection()->options().contains(field.name)) << field.name;
  }
}

TEST_P(ProjectionContract, GivesFinitePointsOfTheDimensionsAskedFor) {
  const Matrix x = planted_clusters(60, 10, 3);
  for (const std::int64_t dims : {2, 3}) {
    const Projected projected = project(x, dims);
    EXPECT_EQ(projected.points.rows(), 60);
    EXPECT_EQ(projected.points.cols(), dims);
    for (const float value : bits(projected.points)) EXPECT_TRUE(std::isfinite(value));
  }
}

TEST_P(ProjectionContract, HasTheSameBitsForAnyNumberOfThreads) {
  const Matrix x = planted_clusters(1100, 8, 4);
  const std::vector<float> one = bits(project(x, 2, {.threads = 1, .seed = 5}).points);
  EXPECT_EQ(bits(project(x, 2, {.threads = 1, .seed = 5}).points), one);
  for (const int threads : {2, 3})
    EXPECT_EQ(bits(project(x, 2, {.threads = threads, .seed = 5}).points), one);
}

TEST_P(ProjectionContract, FindsPlantedClusters) {
  const Matrix x = planted_clusters(150, 20, 3);
  for (const std::int64_t dims : {2, 3})
    EXPECT_EQ(share_beside_their_own(project(x, dims, {.seed = 1}).points, 3), 1);
}

TEST_P(ProjectionContract, ReadsRowsOfAWiderMatrix) {
  const Matrix x = planted_clusters(60, 10, 3);
  Matrix wide(60, 14);
  for (std::int64_t i = 0; i < 60; ++i) std::copy_n(x.row(i).data(), 10, wide.row(i).data());
  const MatrixView part{wide.data(), 60, 10, 14};
  EXPECT_EQ(bits(projection()->project(part, 2, {}).points), bits(project(x, 2).points));
}

TEST_P(ProjectionContract, RefusesWhatCannotBeDrawn) {
  Matrix x = planted_clusters(60, 10, 3);
  EXPECT_THAT(refusal(x, 4, ErrorCode::usage), HasSubstr("got 4, expected 2 or 3"));
  EXPECT_THAT(refusal(x, 1, ErrorCode::usage), HasSubstr("got 1"));
  EXPECT_THAT(refusal(Matrix(0, 10), 2), HasSubstr("too few rows; got 0"));
  EXPECT_THAT(refusal(planted_clusters(2, 10, 1), 2), HasSubstr("too few rows; got 2"));
  EXPECT_THAT(refusal(planted_clusters(60, 2, 2), 3), HasSubstr("rows of 2 columns have no 3 dimensions"));
  EXPECT_THAT(refusal(Matrix(60, 10), 2), HasSubstr("all 60 rows are equal"));
  x.row(7)[3] = std::numeric_limits<float>::quiet_NaN();
  x.row(50)[0] = std::numeric_limits<float>::infinity();
  EXPECT_THAT(refusal(x, 2), HasSubstr("2 rows, first 7, 50"));
}

TEST_P(ProjectionContract, StopsWhenAskedTo) {
  std::atomic<bool> cancel = true;
  try {
    project(planted_clusters(60, 10, 3), 2, {.cancel = &cancel});
    FAIL() << "it went on";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::partial);
  }
}

// Rows that occur many times over, as repeated tokens do in state 0.
TEST_P(ProjectionContract, TakesRowsThatAreAlike) {
  Matrix x = planted_clusters(90, 6, 3);
  for (std::int64_t i = 30; i < 90; ++i) std::copy_n(x.row(i % 3).data(), 6, x.row(i).data());
  for (const float value : bits(project(x, 2).points)) EXPECT_TRUE(std::isfinite(value));
}

}  // namespace
}  // namespace sonde::projections

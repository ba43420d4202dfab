#include "sonde/projections/projection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sonde/core/error.h"

namespace sonde::projections {
namespace {

TEST(Projection, NamesTheNearestKindAndOption) {
  const auto message = [](std::string_view kind, const nlohmann::json& options) -> std::string {
    try {
      make_projection(kind, options);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::usage);
      return error.what();
    }
    return "accepted";
  };
  EXPECT_THAT(message("tsen", {}), testing::HasSubstr("tsne"));
  EXPECT_THAT(message("tsne", {{"perplexty", 5}}), testing::HasSubstr("perplexity"));
  EXPECT_THAT(message("umap", {{"neighbours", 1}}), testing::HasSubstr("neighbours"));
  EXPECT_EQ(make_projection("tsne", {{"perplexity", "12.5"}})->options()["perplexity"], 12.5);
}

}  // namespace
}  // namespace sonde::projections

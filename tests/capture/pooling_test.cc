// The catalogue of poolings: its fixed names, and what a wrong one answers.
#include "sonde/capture/pooling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../files/scratch_folder.h"

namespace sonde::capture {
namespace {

using files::error_of;
using ::testing::HasSubstr;

TEST(PoolingCatalogueTest, NamesAreTheFixedOnes) {
  std::vector<std::string> names;
  for (const PoolingRecord* record : poolings()) names.emplace_back(record->name);
  EXPECT_THAT(names, ::testing::UnorderedElementsAre("mean", "mean_content", "first", "last", "token",
                                                     "target", "max", "none", "mean_padded"));
}

TEST(PoolingCatalogueTest, OnlyNoneKeepsEveryToken) {
  for (const PoolingRecord* record : poolings()) {
    const std::string text = std::string(record->name) + (record->argument.empty() ? "" : ":1");
    EXPECT_EQ(make_pooling(text)->keeps_every_token(), text == "none");
    EXPECT_FALSE(record->summary.empty());
  }
}

TEST(PoolingCatalogueTest, AnUnknownOneAnswersWithTheNearest) {
  const Error error = error_of([] { make_pooling("meen"); });
  EXPECT_EQ(error.code(), ErrorCode::usage);
  EXPECT_THAT(error.what(), HasSubstr("did you mean 'mean'"));
}

TEST(PoolingCatalogueTest, AnArgumentWhereNoneBelongsIsRefused) {
  EXPECT_THAT(error_of([] { make_pooling("mean:3"); }).what(), HasSubstr("takes nothing behind a colon"));
  EXPECT_THAT(error_of([] { make_pooling("token"); }).what(), HasSubstr("expected token:I"));
}

}  // namespace
}  // namespace sonde::capture

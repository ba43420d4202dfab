// Hub ids and addresses as people type them, the odd ones included.
#include "sonde/hub/repository.h"

#include <gtest/gtest.h>

#include "sonde/core/error.h"

namespace sonde::hub {
namespace {

TEST(Repository, ModelIds) {
  const auto id = parse_model_id("acme/tiny-1.5_b@refs%2Fpr%2F1");
  ASSERT_TRUE(id.has_value());
  EXPECT_EQ(id->id + "|" + id->revision + "|" + id->name(), "acme/tiny-1.5_b|refs/pr/1|tiny-1.5_b");
  EXPECT_EQ(parse_model_id("acme/tiny")->revision, "main");
  EXPECT_EQ(parse_model_id("hf://acme/tiny")->id, "acme/tiny");
  EXPECT_EQ(parse_model_id("hf://models/acme/tiny@v1")->revision, "v1");
  EXPECT_EQ(parse_model_id("acme/tiny@feature/x")->revision, "feature/x");
  EXPECT_EQ(id->folder_name(), "models--acme--tiny-1.5_b");
}

TEST(Repository, WhatIsNoModelId) {
  for (const char* bad : {"",
                          "acme",
                          "acme/",
                          "/tiny",
                          "a/b/c",
                          "../tiny",
                          "acme/..",
                          "./tiny",
                          "acme/.tiny",
                          "acme/tiny.",
                          "-acme/tiny",
                          "ac--me/tiny",
                          "acme/ti..ny",
                          "acme/tiny.git",
                          "acme/tiny.gguf",
                          "acme/ti ny",
                          "acme/t\xc3\xa9",
                          "C:/x",
                          "acme/nul",
                          "con/x",
                          "acme/tiny@",
                          "acme/tiny@../x",
                          "acme/tiny@/x",
                          "acme/tiny@a//b",
                          "acme/tiny@%",
                          "acme/tiny@%00",
                          "acme\\tiny",
                          "~/tiny",
                          "hf://datasets/acme/tiny",
                          "hf://spaces/acme/tiny/x"}) {
    EXPECT_FALSE(parse_model_id(bad).has_value()) << bad;
  }
  EXPECT_FALSE(parse_model_id("acme/" + std::string(97, 'x')).has_value());
}

TEST(Repository, DataAddresses) {
  const DataAddress data = parse_data_address("hf://datasets/acme/films@v1/data/train-*.parquet");
  EXPECT_EQ(data.repository.id + "|" + data.repository.revision + "|" + data.path,
            "acme/films|v1|data/train-*.parquet");
  EXPECT_EQ(data.repository.folder_name(), "datasets--acme--films");
  EXPECT_EQ(parse_data_address("hf://datasets/acme/films").path, "");
  EXPECT_EQ(parse_data_address("hf://datasets/acme/films/a@b.csv").path, "a@b.csv");
  EXPECT_TRUE(is_data_address("hf://datasets/x"));
  EXPECT_FALSE(is_data_address("hf://acme/tiny"));
  for (const char* bad : {"hf://datasets/", "hf://datasets/acme", "hf://datasets/../x/y",
                          "hf://datasets//x/y", "hf://datasets/acme/films@/x", "films.csv"}) {
    EXPECT_THROW(parse_data_address(bad), Error) << bad;
  }
}

TEST(Repository, AddressesOnTheHub) {
  const Repository model{.id = "acme/tiny", .revision = "refs/pr/1"};
  const Repository data{.kind = RepositoryKind::dataset, .id = "acme/films"};
  EXPECT_EQ(model.listing_path(), "/api/models/acme/tiny/revision/refs%2Fpr%2F1?blobs=true");
  EXPECT_EQ(model.file_path("c0", "a b/c.json"), "/acme/tiny/resolve/c0/a%20b/c.json");
  EXPECT_EQ(data.file_path("c0", "x?y"), "/datasets/acme/films/resolve/c0/x%3Fy");
}

TEST(Repository, Commits) {
  EXPECT_TRUE(is_commit("0123456789abcdef0123456789abcdef01234567"));
  for (const char* bad :
       {"", "main", "0123456789ABCDEF0123456789abcdef01234567", "0123456789abcdef0123456789abcdef0123456",
        "0123456789abcdef0123456789abcdef012345678"})
    EXPECT_FALSE(is_commit(bad)) << bad;
}

}  // namespace
}  // namespace sonde::hub

// The folder of a repository: refs, links, lists, and everything in them that would lead outside.
#include "sonde/hub/cache.h"

#include <gmock/gmock.h>

#include "../files/scratch_folder.h"
#include "sonde/files/read_file.h"

namespace sonde::hub {
namespace {

using files::error_of, files::ScratchFolder;
using testing::ElementsAre;

constexpr const char* kCommit = "0123456789abcdef0123456789abcdef01234567";
constexpr const char* kEtag = "89abcdef0123456789abcdef0123456789abcdef";

struct Place {
  void add_blob(const std::string& content) {
    cache.make_folder(cache.blobs());
    std::ofstream(cache.blob(kEtag)) << content;
  }
  ScratchFolder folder;
  std::filesystem::path root = folder.path() / "cache";
  RepositoryCache cache{root, {.id = "acme/tiny"}};
};

TEST(Cache, LinksAreRelativeAndLeadToBlobs) {
  Place place;
  place.add_blob("x");
  const std::filesystem::path link = place.cache.link(kCommit, "a/b.json", kEtag);
  EXPECT_EQ(link, place.root / "models--acme--tiny" / "snapshots" / kCommit / "a" / "b.json");
  EXPECT_EQ(std::filesystem::read_symlink(link), std::string("../../../blobs/") + kEtag);
  EXPECT_EQ(place.cache.link(kCommit, "a/b.json", kEtag), link);
  EXPECT_EQ(place.cache.find(kCommit, "a/b.json"), link);
  EXPECT_EQ(place.cache.find(kCommit, "a/c.json"), std::nullopt);
  EXPECT_THAT(place.cache.cached_names(kCommit), ElementsAre("a/b.json"));
}

TEST(Cache, RefsHoldCommits) {
  Place place;
  EXPECT_EQ(place.cache.commit_of("main"), std::nullopt);
  EXPECT_EQ(place.cache.commit_of(kCommit), kCommit);
  place.cache.remember("refs/pr/1", kCommit);
  EXPECT_EQ(place.cache.commit_of("refs/pr/1"), kCommit);
  const std::filesystem::path ref = place.cache.folder() / "refs" / "main";
  for (const char* bad : {"", "main", "../..", "0123456789ABCDEF0123456789abcdef01234567"}) {
    std::ofstream(ref) << bad;
    EXPECT_EQ(error_of([&] { place.cache.commit_of("main"); }).code(), ErrorCode::input) << bad;
  }
  place.cache.remember("main", kCommit);
  EXPECT_EQ(files::read_file(ref, 100), kCommit);
}

TEST(Cache, NothingLeadsOutside) {
  Place place;
  place.add_blob("x");
  place.folder.write("secret", "s");
  std::filesystem::create_directories(place.folder.path() / "outside");
  const std::filesystem::path snapshot = place.cache.snapshot(kCommit);
  std::filesystem::create_directories(snapshot);
  std::filesystem::create_symlink(place.folder.path() / "secret", snapshot / "config.json");
  std::filesystem::create_symlink(place.folder.path() / "outside", snapshot / "a");
  EXPECT_EQ(error_of([&] { place.cache.find(kCommit, "config.json"); }).code(), ErrorCode::input);
  EXPECT_EQ(error_of([&] { place.cache.link(kCommit, "a/b", kEtag); }).code(), ErrorCode::input);
  std::filesystem::create_directories(place.cache.folder() / "refs");
  std::filesystem::create_symlink(place.folder.path() / "secret", place.cache.folder() / "refs" / "main");
  EXPECT_EQ(error_of([&] { place.cache.commit_of("main"); }).code(), ErrorCode::input);
  EXPECT_TRUE(std::filesystem::is_empty(place.folder.path() / "outside"));
}

TEST(Cache, ListsAreKeptWhenTheyAreWholeAndSafe) {
  Place place;
  const Listing good{kCommit, {{"a.json", 3, "b1", ""}, {"w.safetensors", 9, "b2", std::string(64, '0')}}};
  place.cache.keep_listing(good);
  const auto kept = place.cache.read_listing(kCommit);
  ASSERT_TRUE(kept.has_value());
  ASSERT_EQ(kept->files.size(), 2u);
  EXPECT_EQ(kept->files[1].name + kept->files[1].blob + kept->files[1].sha256,
            "w.safetensorsb2" + std::string(64, '0'));
  EXPECT_EQ(kept->files[1].size, 9);
  for (const ListedFile& file :
       {ListedFile{"../x", 1, "b", ""}, ListedFile{"x", -1, "b", ""}, ListedFile{"x", 1, "", ""}}) {
    Place other;
    other.cache.keep_listing({kCommit, {file}});
    EXPECT_FALSE(other.cache.read_listing(kCommit).has_value()) << file.name;
  }
}

TEST(Cache, ListsThatCannotBeReadCountAsAbsent) {
  Place place;
  std::filesystem::create_directories(place.cache.folder() / "trees");
  for (const char* bad :
       {"", "[]", "{}", R"({"format_version": 2, "files": {}})", R"({"format_version": 1, "files": []})",
        R"({"format_version": 1, "files": {"../x": {"size": 1, "blob_id": "b"}}})",
        R"({"format_version": 1, "files": {"x": 1}})"}) {
    std::ofstream(place.cache.folder() / "trees" / (std::string(kCommit) + ".json")) << bad;
    EXPECT_FALSE(place.cache.read_listing(kCommit).has_value()) << bad;
  }
}

}  // namespace
}  // namespace sonde::hub

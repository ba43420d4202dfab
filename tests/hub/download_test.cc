// One blob into a cache, from a transport that breaks where it likes.
#include "sonde/hub/download.h"

#include <gmock/gmock.h>

#include "../files/scratch_folder.h"
#include "fake_transport.h"
#include "sonde/files/digest.h"
#include "sonde/files/read_file.h"

namespace sonde::hub {
namespace {

using files::error_of, files::ScratchFolder;
using testing::ElementsAre, testing::HasSubstr;

constexpr const char* kCommit = "0123456789abcdef0123456789abcdef01234567";

struct Fetching {
  explicit Fetching(std::vector<Answer> answers) : transport(std::move(answers)) {
    settings.endpoint = "https://hub.example";
    settings.policy.pause = [](std::chrono::milliseconds) {};
    settings.policy.progress_bytes = 4;
  }
  std::int64_t run(const std::string& etag, std::int64_t size) {
    return download_blob(client, cache, {repository, kCommit, "f", {etag, size}});
  }
  std::vector<std::int64_t> firsts() const {
    std::vector<std::int64_t> all;
    for (const Request& request : transport.asked) all.push_back(request.first);
    return all;
  }
  std::string content(const std::string& etag) const { return files::read_file(cache.blob(etag), 1 << 20); }
  std::size_t blobs() const {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(cache.blobs())) ++count;
    return count;
  }

  ScratchFolder folder;
  Settings settings;
  FakeTransport transport;
  RunContext context;
  Repository repository{.id = "acme/tiny"};
  RepositoryCache cache{folder.path(), repository};
  Client client{settings, transport, context};
};

Answer part(const std::string& body, int first, std::optional<FailureKind> failure = std::nullopt) {
  return {.status = 206,
          .headers = {{"content-range", "bytes " + std::to_string(first) + "-9/10"}},
          .body = body,
          .failure = failure};
}

const std::string kText = "0123456789";
const std::string kDigest = files::sha256(kText);

TEST(Download, WholeAtOnce) {
  Fetching fetching(answers({{.body = kText}}));
  EXPECT_EQ(fetching.run(kDigest, 10), 10);
  EXPECT_EQ(fetching.content(kDigest), kText);
  EXPECT_EQ(fetching.run(kDigest, 10), 0);
  EXPECT_EQ(fetching.transport.asked.size(), 1u);
}

TEST(Download, SmallFilesAreNamedAsGitNamesThem) {
  // git hash-object of an empty file, and of "hello\n".
  const std::string empty = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";
  const std::string hello = "ce013625030ba8dba906f756967f9e9ca394464a";
  Fetching fetching(answers({{.body = "hello\n"}}));
  EXPECT_EQ(fetching.run(empty, 0), 0);
  EXPECT_EQ(fetching.run(hello, 6), 6);
  EXPECT_EQ(fetching.content(hello), "hello\n");
  EXPECT_EQ(fetching.content(empty), "");
}

TEST(Download, GoesOnAfterEveryCut) {
  for (int cut = 1; cut < 10; ++cut) {
    Fetching fetching(
        {{.body = kText.substr(0, cut), .failure = FailureKind::cut}, part(kText.substr(cut), cut)});
    fetching.run(kDigest, 10);
    EXPECT_EQ(fetching.content(kDigest), kText);
    EXPECT_THAT(fetching.firsts(), ElementsAre(0, cut));
    EXPECT_EQ(fetching.blobs(), 1u);
  }
}

TEST(Download, ProgressBuysAttempts) {
  std::vector<Answer> given;
  for (int i = 0; i < 8; i += 4) given.push_back(part(kText.substr(i, 4), i, FailureKind::cut));
  given[0].status = 200;
  given[0].headers.clear();
  given.push_back(part("89", 8));
  Fetching fetching(given);
  fetching.settings.policy.attempts = 2;
  fetching.run(kDigest, 10);
  EXPECT_EQ(fetching.content(kDigest), kText);
  // A byte at a time is none.
  Fetching slow(
      {part("0", 0, FailureKind::cut), part("1", 1, FailureKind::cut), part("2", 2, FailureKind::cut)});
  slow.settings.policy.attempts = 3;
  EXPECT_EQ(error_of([&] { slow.run(kDigest, 10); }).code(), ErrorCode::network);
  EXPECT_EQ(slow.transport.asked.size(), 3u);
}

TEST(Download, WhatIsLeftIsGoneOnFrom) {
  Fetching broken(
      answers({{.body = kText.substr(0, 6), .failure = FailureKind::cut}, {.failure = FailureKind::cut}}));
  error_of([&] { broken.run(kDigest, 10); });
  EXPECT_EQ(broken.blobs(), 1u);
  FakeTransport second({part(kText.substr(6), 6)});
  Client client{broken.settings, second, broken.context};
  EXPECT_EQ(download_blob(client, broken.cache, {broken.repository, kCommit, "f", {kDigest, 10}}), 4);
  EXPECT_EQ(second.asked[0].first, 6);
  EXPECT_EQ(broken.content(kDigest), kText);
  EXPECT_EQ(broken.blobs(), 1u);
}

TEST(Download, AWrongLeftoverIsThrownAway) {
  Fetching fetching(answers({part("6789", 6), {.body = kText}}));
  std::filesystem::create_directories(fetching.cache.blobs());
  std::ofstream(fetching.cache.blobs() / (kDigest + ".00000000.incomplete")) << "xxxxxx";
  fetching.run(kDigest, 10);
  EXPECT_THAT(fetching.firsts(), ElementsAre(6, 0));
  EXPECT_EQ(fetching.content(kDigest), kText);
  EXPECT_EQ(fetching.blobs(), 1u);
}

TEST(Download, OtherBytesAreNoBlob) {
  struct Case {
    Answer answer;
    const char* word;
  };
  const std::vector<Case> cases = {
      {{.body = "0123456780"}, "digest"},
      {{.body = kText + "x"}, "more than"},
      {{.headers = {{"content-length", "11"}}, .body = kText}, "length"},
      {{.headers = {{"content-encoding", "gzip"}}, .body = kText}, "packed"},
      {part(kText, 3), "elsewhere"},
  };
  for (const Case& c : cases) {
    Fetching fetching(answers({c.answer}));
    const Error error = error_of([&] { fetching.run(kDigest, 10); });
    EXPECT_EQ(error.code(), ErrorCode::network);
    EXPECT_THAT(error.what(), HasSubstr(c.word));
    EXPECT_EQ(fetching.blobs(), 0u) << c.word;
  }
}

TEST(Download, ARangeThatIsRefusedStartsAnew) {
  Fetching fetching(
      answers({{.body = "012", .failure = FailureKind::cut}, {.status = 416}, {.body = kText}}));
  fetching.run(kDigest, 10);
  EXPECT_THAT(fetching.firsts(), ElementsAre(0, 3, 0));
  EXPECT_EQ(fetching.content(kDigest), kText);
}

}  // namespace
}  // namespace sonde::hub

// The client against answers from a list: redirects, tokens, attempts, and what a reply may say.
#include "sonde/hub/client.h"

#include <gmock/gmock.h>

#include "fake_transport.h"
#include "sonde/core/error.h"

namespace sonde::hub {
namespace {

using testing::ElementsAre, testing::HasSubstr, testing::IsEmpty;

constexpr const char* kCommit = "0123456789abcdef0123456789abcdef01234567";
constexpr const char* kSha256 = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

const std::string kListing =
    std::string(R"({"sha": ")") + kCommit +
    R"(", "siblings": [{"rfilename": "b", "size": 3, "blobId": "x"}, {"rfilename": "a"}]})";

// A client whose waits are written down.
struct Visit {
  explicit Visit(std::vector<Answer> answers) : transport(std::move(answers)) {
    settings.endpoint = "https://hub.example";
    settings.token = "geheim";
    settings.policy.pause = [this](std::chrono::milliseconds delay) { waits.push_back(delay.count()); };
  }
  Listing listing() { return client.listing(repository); }
  FileMetadata metadata() { return client.metadata(repository, kCommit, "a"); }
  Error refusal() {
    try {
      listing();
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), testing::Not(HasSubstr("geheim")));
      return error;
    }
    ADD_FAILURE() << "no Error was thrown";
    return {ErrorCode::internal, {}};
  }
  std::vector<std::string> tokens() const {
    std::vector<std::string> sent;
    for (const Request& request : transport.asked) sent.push_back(request.token);
    return sent;
  }

  std::vector<std::int64_t> waits;
  Settings settings;
  FakeTransport transport;
  RunContext context;
  Repository repository{.id = "acme/tiny"};
  Client client{settings, transport, context};
};

Answer to(const std::string& location) { return {.status = 302, .headers = {{"location", location}}}; }

TEST(Client, AListing) {
  Visit visit(answers({{.body = kListing}}));
  const Listing listing = visit.listing();
  EXPECT_EQ(listing.commit, kCommit);
  ASSERT_EQ(listing.files.size(), 2u);
  EXPECT_EQ(listing.files[0].name + listing.files[1].name, "ab");
  EXPECT_EQ(listing.files[1].size, 3);
  EXPECT_EQ(listing.files[0].size, -1);
  EXPECT_EQ(visit.transport.asked[0].url,
            "https://hub.example/api/models/acme/tiny/revision/main?blobs=true");
}

TEST(Client, TheTokenStaysWithTheHub) {
  Visit visit(answers({to("https://hub.example:443/x"),
                       to("https://hub.example.evil/x"),
                       to("https://hub.example/y"),
                       to("https://HUB.example/z"),
                       {.body = kListing}}));
  visit.listing();
  EXPECT_THAT(visit.tokens(), ElementsAre("geheim", "geheim", "", "geheim", "geheim"));
}

TEST(Client, RedirectsThatAreNotFollowed) {
  for (const char* location : {"http://hub.example/x", "http://127.0.0.1/x", "http://evil.example"}) {
    Visit visit(answers({to(location)}));
    EXPECT_THAT(visit.refusal().what(), HasSubstr("not https")) << location;
    EXPECT_EQ(visit.transport.asked.size(), 1u);
  }
  Visit circle(answers({to("/x")}));
  EXPECT_THAT(circle.refusal().what(), HasSubstr("more than 5 times"));
  EXPECT_EQ(circle.transport.asked.size(), 6u);
}

TEST(Client, WaitsDoubleAndFollowWhatTheServerAsks) {
  Visit visit(answers({{.status = 503},
                       {.failure = FailureKind::cut},
                       {.status = 429, .retry_after = std::chrono::seconds(7)},
                       {.failure = FailureKind::slow},
                       {.body = kListing}}));
  visit.listing();
  EXPECT_THAT(visit.waits, ElementsAre(500, 1000, 7000, 4000));
}

TEST(Client, GivesUpInTime) {
  Visit busy(answers({{.status = 503}}));
  EXPECT_THAT(busy.refusal().what(), HasSubstr("503"));
  EXPECT_EQ(busy.transport.asked.size(), 5u);
  Visit hours(answers({{.status = 429, .retry_after = std::chrono::seconds(3600)}}));
  EXPECT_EQ(hours.refusal().code(), ErrorCode::network);
  EXPECT_THAT(hours.waits, IsEmpty());
  Visit gone(answers({{.failure = FailureKind::unreachable}}));
  EXPECT_THROW(gone.listing(), Unreachable);
  EXPECT_EQ(gone.transport.asked.size(), 1u);
  Visit stopped(answers({{.failure = FailureKind::cancelled}}));
  EXPECT_EQ(stopped.refusal().code(), ErrorCode::partial);
}

TEST(Client, RefusalsSayWhatToDo) {
  const auto refusal = [](int status, const std::string& code) {
    Visit visit(answers({{.status = status, .headers = {{"x-error-code", code}}}}));
    return std::string(visit.refusal().what());
  };
  EXPECT_THAT(refusal(401, ""), HasSubstr("check the id acme/tiny"));
  EXPECT_THAT(refusal(403, "GatedRepo"), HasSubstr("https://hub.example/acme/tiny"));
  EXPECT_THAT(refusal(404, "RevisionNotFound"), HasSubstr("no such revision"));
  EXPECT_THAT(refusal(404, ""), HasSubstr("revision main"));
  EXPECT_THAT(refusal(418, ""), HasSubstr("HF_ENDPOINT"));
}

TEST(Client, MetadataOfLargeFilesComesFromTheHubItself) {
  Visit visit(answers({{.status = 302,
                        .headers = {{"location", "https://storage.example/x?Signature=geheim"},
                                    {"x-repo-commit", kCommit},
                                    {"etag", "\"other\""},
                                    {"content-length", "5"},
                                    {"x-linked-etag", std::string("\"") + kSha256 + "\""},
                                    {"x-linked-size", "123"}}}}));
  const FileMetadata metadata = visit.metadata();
  EXPECT_EQ(metadata.etag, kSha256);
  EXPECT_EQ(metadata.size, 123);
  EXPECT_EQ(visit.transport.asked.size(), 1u);
}

TEST(Client, MetadataThatCannotBeTrusted) {
  const std::map<std::string, std::string> good = {
      {"x-repo-commit", kCommit}, {"etag", std::string("W/\"") + kCommit + "\""}, {"content-length", "3"}};
  Visit fine(answers({{.headers = good}}));
  EXPECT_EQ(fine.metadata().etag, kCommit);
  for (const auto& [key, value] : std::map<std::string, std::string>{{"x-repo-commit", "main"},
                                                                     {"etag", "\"../../x\""},
                                                                     {"content-length", "-3"},
                                                                     {"content-encoding", "gzip"}}) {
    auto headers = good;
    headers[key] = value;
    Visit visit(answers({{.headers = headers}}));
    try {
      visit.metadata();
      ADD_FAILURE() << key;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::input) << key;
    }
  }
}

TEST(Client, RepliesBeyondTheLimit) {
  Visit visit(answers({{.body = kListing}}));
  visit.settings.policy.metadata_bytes = 10;
  EXPECT_EQ(visit.refusal().code(), ErrorCode::limit);
}

}  // namespace
}  // namespace sonde::hub

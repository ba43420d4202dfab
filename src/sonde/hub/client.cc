#include "sonde/hub/client.h"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <thread>

#include "sonde/core/error.h"
#include "sonde/hub/json_fields_internal.h"
#include "sonde/hub/url.h"

namespace sonde::hub {
namespace {

constexpr std::chrono::milliseconds kSlice{50};

[[noreturn]] void refuse_reply(const std::string& where, const char* what, const char* expected) {
  throw Error(ErrorCode::input, {.where = where,
                                 .what = what,
                                 .expected = expected,
                                 .hint = "check HF_ENDPOINT, and whether a proxy stands in between"});
}

// Keeps a small reply in memory.
class TextReceiver : public Receiver {
 public:
  TextReceiver(std::int64_t limit, std::string where) : limit_(limit), where_(std::move(where)) {}
  void begin(const Response& response) override {
    text_.clear();
    if (response.status != 200) return;
    const std::string encoding = response.header("content-encoding");
    if (!encoding.empty() && encoding != "identity")
      refuse_reply(where_, "the reply is packed", "the bytes as they are, as was asked for");
  }
  void receive(std::span<const std::byte> bytes) override {
    if (text_.size() + bytes.size() > static_cast<std::size_t>(limit_)) {
      throw Error(ErrorCode::limit, {.where = where_,
                                     .what = "the reply is too large",
                                     .got = fmt::format("more than {} bytes", limit_),
                                     .hint = "check HF_ENDPOINT; a hub says less of a repository"});
    }
    text_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  const std::string& text() const { return text_; }

 private:
  std::int64_t limit_;
  std::string where_;
  std::string text_;
};

ListedFile listed_file(const nlohmann::json& entry, const std::string& where) {
  ListedFile file{.name = entry.is_object() ? text_of(entry, "rfilename") : ""};
  if (file.name.empty()) refuse_reply(where, "a file without a name", "siblings with rfilename");
  file.size = size_of(entry, "size");
  file.blob = text_of(entry, "blobId");
  if (const auto lfs = entry.find("lfs"); lfs != entry.end() && lfs->is_object())
    file.sha256 = text_of(*lfs, "sha256");
  return file;
}

Listing parse_listing(const std::string& text, const std::string& where) {
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object())
    refuse_reply(where, "the reply is no JSON object", "what a hub says of a repository");
  Listing listing{.commit = text_of(json, "sha")};
  if (!is_commit(listing.commit))
    refuse_reply(where, "the reply names no commit", "`sha` of 40 hexadecimal digits");
  const auto siblings = json.find("siblings");
  if (siblings == json.end() || !siblings->is_array())
    refuse_reply(where, "the reply lists no files", "a list `siblings`");
  for (const nlohmann::json& entry : *siblings) listing.files.push_back(listed_file(entry, where));
  std::ranges::sort(listing.files, {}, &ListedFile::name);
  return listing;
}

std::string normalized_etag(std::string etag) {
  if (etag.starts_with("W/")) etag.erase(0, 2);
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') etag = etag.substr(1, etag.size() - 2);
  return etag;
}

bool is_digest(std::string_view etag) {
  return (etag.size() == 40 || etag.size() == 64) &&
         etag.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string reason_of(int status) {
  switch (status) {
    case 401:
      return "the hub wants to know who asks (401)";
    case 403:
      return "the hub gives no access (403)";
    case 404:
      return "not on the hub (404)";
    case 429:
      return "the hub has had too many requests (429)";
    default:
      return fmt::format("the hub answered {}", status);
  }
}

// Hands a body on only from the last hop.
class LastHop : public Receiver {
 public:
  explicit LastHop(Receiver& inner) : inner_(inner) {}
  void begin(const Response& response) override {
    hand_on_ = !response.is_redirect();
    if (hand_on_) inner_.begin(response);
  }
  void receive(std::span<const std::byte> bytes) override {
    if (hand_on_) return inner_.receive(bytes);
    skipped_ += bytes.size();
    if (skipped_ > kMostSkipped) throw TransferFailure(FailureKind::cut, "a redirect with an endless body");
  }

 private:
  static constexpr std::size_t kMostSkipped = 1 << 20;
  Receiver& inner_;
  bool hand_on_ = false;
  std::size_t skipped_ = 0;
};

}  // namespace

bool may_pass(const Response& response) {
  const int status = response.status;
  return status == 408 || status == 429 || status == 500 || status == 502 || status == 503 || status == 504;
}

bool Attempts::again(std::optional<std::chrono::seconds> retry_after) {
  const auto delay = delay_after(policy_, ++failures_, retry_after);
  if (delay) wait(*delay);
  return delay.has_value();
}

void Attempts::wait(std::chrono::milliseconds delay) const {
  if (policy_.pause) return policy_.pause(delay);
  while (delay.count() > 0) {
    if (context_.cancel != nullptr && context_.cancel->load())
      throw Error(ErrorCode::partial, {.what = "stopped", .hint = "run it again; what was fetched is kept"});
    const std::chrono::milliseconds slice = std::min(delay, kSlice);
    std::this_thread::sleep_for(slice);
    delay -= slice;
  }
}

void Client::refuse(const TransferFailure& failure, const std::string& what) const {
  if (failure.kind() == FailureKind::cancelled)
    throw Error(ErrorCode::partial, {.what = "stopped", .hint = "run it again; what was fetched is kept"});
  ErrorParts parts{.where = what, .what = failure.what()};
  if (failure.kind() == FailureKind::unreachable) {
    parts.hint = "check the connection and HF_ENDPOINT; HF_HUB_OFFLINE=1 uses what the cache holds";
    throw Unreachable(ErrorCode::network, std::move(parts));
  }
  parts.hint = "run it again; what was fetched is kept";
  throw Error(ErrorCode::network, std::move(parts));
}

void Client::refuse(const Response& response, const Repository& repository, const std::string& what) const {
  const std::string code = response.header("x-error-code");
  const std::string token = settings_.token.empty() ? "set HF_TOKEN, or log in with the hf tool"
                                                    : "check that the token in use may read it";
  ErrorParts parts{.where = what, .what = reason_of(response.status)};
  if (code == "GatedRepo") {
    parts.what = fmt::format("access is granted on request ({})", response.status);
    parts.hint =
        fmt::format("ask for it at {}/{}{} and {}", settings_.endpoint,
                    repository.kind == RepositoryKind::dataset ? "datasets/" : "", repository.id, token);
  } else if (code == "RevisionNotFound") {
    parts.what = fmt::format("no such revision (404)");
    parts.got = repository.revision;
    parts.expected = "a branch, a tag or a commit of 40 digits";
  } else if (response.status == 401 || response.status == 403 || code == "RepoNotFound") {
    // A hub does not tell strangers whether a private repository exists.
    parts.hint = fmt::format("check the id {}; if it is private or gated, {}", repository.id, token);
  } else if (response.status == 404) {
    parts.hint = fmt::format("check the id {} and the revision {}", repository.id, repository.revision);
  } else if (may_pass(response)) {
    parts.hint = "try again later; what was fetched is kept";
  } else {
    parts.hint = "check HF_ENDPOINT, and whether a proxy stands in between";
  }
  throw Error(ErrorCode::network, std::move(parts));
}

Response Client::follow(Request request, Receiver& receiver) {
  const std::optional<Url> endpoint = parse_url(settings_.endpoint);
  SONDE_ASSERT(endpoint.has_value());
  for (int hop = 0; hop <= settings_.policy.redirects; ++hop) {
    const std::optional<Url> url = parse_url(request.url);
    if (!url || !is_allowed(*url, *endpoint)) {
      throw Error(ErrorCode::network, {.where = without_query(request.url),
                                       .what = "the hub sends to an address that is not https",
                                       .hint = "check HF_ENDPOINT, and whether a proxy stands in between"});
    }
    request.token = url->same_origin(*endpoint) ? settings_.token : "";
    LastHop last_hop(receiver);
    const Response response = transport_.perform(request, last_hop);
    if (!response.is_redirect()) return response;
    const std::optional<std::string> next = resolve_location(request.url, response.header("location"));
    if (!next) {
      throw Error(ErrorCode::network, {.where = without_query(request.url),
                                       .what = "the hub sends elsewhere without saying where",
                                       .hint = "check HF_ENDPOINT, and whether a proxy stands in between"});
    }
    // What is asked about a file is answered by the hub; where its bytes lie does not matter yet.
    if (request.method == Method::head && !parse_url(*next)->same_origin(*endpoint)) return response;
    request.url = *next;
  }
  throw Error(ErrorCode::network,
              {.where = without_query(request.url),
               .what = fmt::format("the hub sends on more than {} times", settings_.policy.redirects),
               .hint = "check HF_ENDPOINT, and whether a proxy stands in between"});
}

Response Client::ask(const Request& request, Receiver& receiver, const std::string& what) {
  Attempts attempts(settings_.policy, context_);
  while (true) {
    try {
      const Response response = follow(request, receiver);
      if (!may_pass(response) || !attempts.again(response.retry_after)) return response;
    } catch (const TransferFailure& failure) {
      // Without a connection the second try would fare no better, and a cache may have what is wanted.
      const bool hopeless =
          failure.kind() == FailureKind::cancelled || failure.kind() == FailureKind::unreachable;
      if (hopeless || !attempts.again(std::nullopt)) refuse(failure, what);
    }
  }
}

Listing Client::listing(const Repository& repository) {
  TextReceiver receiver(settings_.policy.metadata_bytes, repository.id);
  const Request request{.url = settings_.endpoint + repository.listing_path()};
  const Response response = ask(request, receiver, repository.id);
  if (response.status != 200) refuse(response, repository, repository.id);
  return parse_listing(receiver.text(), repository.id);
}

FileMetadata Client::metadata(const Repository& repository, const std::string& commit,
                              const std::string& name) {
  const std::string where = fmt::format("{}/{}", repository.id, name);
  TextReceiver nothing(0, where);
  const Request request{.method = Method::head,
                        .url = settings_.endpoint + repository.file_path(commit, name)};
  const Response response = ask(request, nothing, where);
  if (!response.ok() && !response.is_redirect()) refuse(response, repository, where);
  if (response.header("x-repo-commit") != commit)
    refuse_reply(where, "the reply is not of the commit asked for", "the header X-Repo-Commit with it");
  const std::string linked = response.header("x-linked-etag");
  FileMetadata metadata{.etag = normalized_etag(linked.empty() ? response.header("etag") : linked)};
  if (!is_digest(metadata.etag))
    refuse_reply(where, "the reply names no digest to check the file by",
                 "an ETag of SHA-256 or git's SHA-1");
  std::optional<std::int64_t> size = response.size_header("x-linked-size");
  if (!size && !response.is_redirect()) size = response.size_header("content-length");
  if (!size) refuse_reply(where, "the reply names no size", "the header X-Linked-Size or Content-Length");
  metadata.size = *size;
  return metadata;
}

Response Client::get_file(const std::string& path, std::int64_t first, Receiver& receiver) {
  return follow({.url = settings_.endpoint + path, .first = first, .patience = Patience::body}, receiver);
}

}  // namespace sonde::hub

#include "sonde/hub/settings.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "sonde/core/error.h"
#include "sonde/files/read_file.h"
#include "sonde/hub/url.h"

namespace sonde::hub {
namespace {

constexpr std::int64_t kTokenBytes = 64 << 10;

// The first of several names that is set and not empty.
std::string value_of(const Environment& environment, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    const std::optional<std::string> value = environment(name);
    if (value && !value->empty()) return *value;
  }
  return "";
}

bool is_true(const Environment& environment, std::string_view name) {
  std::string value = value_of(environment, {name});
  std::ranges::transform(value, value.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return value == "1" || value == "ON" || value == "YES" || value == "TRUE";
}

std::filesystem::path home_of(const Environment& environment) {
  const std::string home = value_of(environment, {"HOME"});
  return home.empty() ? std::filesystem::path(".") : std::filesystem::path(home);
}

// A leading `~` means the home folder, as in the Hugging Face tools.
std::filesystem::path expanded(const std::string& path, const Environment& environment) {
  if (path == "~") return home_of(environment);
  if (path.starts_with("~/")) return home_of(environment) / path.substr(2);
  return path;
}

std::filesystem::path hugging_face_home(const Environment& environment) {
  const std::string given = value_of(environment, {"HF_HOME"});
  if (!given.empty()) return expanded(given, environment);
  const std::string cache = value_of(environment, {"XDG_CACHE_HOME"});
  return (cache.empty() ? home_of(environment) / ".cache" : expanded(cache, environment)) / "huggingface";
}

std::string trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(kBlanks) - first + 1));
}

void check_endpoint(const std::string& endpoint) {
  const std::optional<Url> url = parse_url(endpoint);
  if (!url || url->has_password || !url->query.empty()) {
    // Not shown as given: it may hold a password.
    throw Error(ErrorCode::usage, {.where = "HF_ENDPOINT",
                                   .what = "not the address of a hub",
                                   .expected = "https://HOST, without user name, password or query"});
  }
  if (is_allowed(*url, *url)) return;
  throw Error(ErrorCode::usage, {.where = "HF_ENDPOINT",
                                 .what = "a hub is reached over https only",
                                 .got = endpoint,
                                 .expected = "https://HOST; plain http goes to this machine only"});
}

std::optional<std::chrono::seconds> seconds_of(const Environment& environment, std::string_view name) {
  const std::string text = value_of(environment, {name});
  int seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || seconds < 1) return std::nullopt;
  return std::chrono::seconds(seconds);
}

}  // namespace

Settings settings_from(const Environment& environment) {
  const std::filesystem::path home = hugging_face_home(environment);
  const std::string cache = value_of(environment, {"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"});
  Settings settings;
  const std::string endpoint = value_of(environment, {"HF_ENDPOINT"});
  if (!endpoint.empty()) settings.endpoint = endpoint.substr(0, endpoint.find_last_not_of('/') + 1);
  if (!is_true(environment, "HF_HUB_DISABLE_IMPLICIT_TOKEN")) {
    const std::string file = value_of(environment, {"HF_TOKEN_PATH"});
    settings.token = trimmed(value_of(environment, {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"}));
    settings.token_file = file.empty() ? home / "token" : expanded(file, environment);
  }
  settings.cache = cache.empty() ? home / "hub" : expanded(cache, environment);
  settings.offline = is_true(environment, "HF_HUB_OFFLINE") || is_true(environment, "TRANSFORMERS_OFFLINE");
  settings.proxy = value_of(environment, {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"});
  settings.no_proxy = value_of(environment, {"no_proxy", "NO_PROXY"});
  settings.certificates = value_of(environment, {"SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"});
  if (const auto idle = seconds_of(environment, "HF_HUB_DOWNLOAD_TIMEOUT")) settings.policy.idle = *idle;
  return settings;
}

Settings checked(Settings settings) {
  check_endpoint(settings.endpoint);
  std::string where = "HF_TOKEN";
  std::error_code error;
  if (settings.token.empty() && std::filesystem::is_regular_file(settings.token_file, error)) {
    where = settings.token_file.string();
    settings.token = trimmed(files::read_file(settings.token_file, kTokenBytes));
  }
  // A line break in it would let it write headers of its own.
  const bool word = std::ranges::all_of(settings.token, [](unsigned char c) { return c > 0x20 && c < 0x7F; });
  if (word) return settings;
  throw Error(ErrorCode::usage, {.where = where,
                                 .what = "not a token: it holds blanks or unprintable bytes",
                                 .expected = "the one word that the hub's settings page gives"});
}

std::optional<std::chrono::milliseconds> delay_after(const TransferPolicy& policy, int failures,
                                                     std::optional<std::chrono::seconds> retry_after) {
  if (failures >= policy.attempts) return std::nullopt;
  if (retry_after) {
    if (*retry_after > policy.longest_retry_after) return std::nullopt;
    return std::max(std::chrono::milliseconds(0), std::chrono::milliseconds(*retry_after));
  }
  std::chrono::milliseconds delay = policy.first_delay;
  for (int i = 1; i < failures && delay < policy.longest_delay; ++i) delay *= 2;
  return std::min(delay, policy.longest_delay);
}

}  // namespace sonde::hub

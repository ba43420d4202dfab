// What a visit to the hub needs to know: endpoint, token, cache folder, offline mode, patience. A plain
// value; the environment itself is read by the program alone, which hands over a function that looks a name
// up.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace sonde::hub {

/// How long and how often the hub is asked before giving up. No limit is ever infinite.
struct TransferPolicy {
  int attempts = 5;                                ///< failures in a row, without progress, before giving up
  int redirects = 5;                               ///< most hops from one address to the next
  std::chrono::milliseconds first_delay{500};      ///< before the second attempt; doubles from there
  std::chrono::milliseconds longest_delay{30000};  ///< no delay of ours is longer
  std::chrono::seconds longest_retry_after{60};    ///< a server that asks for more is not waited for
  std::chrono::seconds connect{10};                ///< until a connection stands
  std::chrono::seconds idle{30};                   ///< below `slowest` for this long is a failure
  std::int64_t slowest = 1024;                     ///< bytes per second
  std::chrono::seconds metadata_time{60};          ///< for a whole reply about a repository or a file
  std::int64_t metadata_bytes = std::int64_t{64} << 20;  ///< largest such reply
  std::int64_t progress_bytes = std::int64_t{1} << 20;   ///< what an attempt must bring to count as progress
  std::chrono::seconds lock_patience{120};  ///< how long another process that fetches the same is waited for
  /// How a delay is spent; empty: really waiting, in slices that notice cancellation.
  std::function<void(std::chrono::milliseconds)> pause;
};

/// Everything that decides how a hub is reached and where its files are kept.
struct Settings {
  std::string endpoint = "https://huggingface.co";  ///< without a slash at the end
  std::string token;                                ///< sent to the endpoint's host only; empty: none
  std::filesystem::path token_file;                 ///< read when `token` is empty and the file exists
  std::filesystem::path cache;                      ///< folder that holds models--…, datasets--…
  bool offline = false;                             ///< ask the cache only
  std::string proxy;                                ///< for https; empty: none
  std::string no_proxy;                             ///< hosts reached without it, as curl writes them
  std::string certificates;                         ///< file of trusted certificates; empty: the system's
  TransferPolicy policy;
};

/// Looks up an environment variable.
using Environment = std::function<std::optional<std::string>(std::string_view name)>;

/// Read the settings that the Hugging Face tools take from the environment: HF_ENDPOINT, HF_HOME,
/// HF_HUB_CACHE, HF_TOKEN, HF_TOKEN_PATH, HF_HUB_OFFLINE, TRANSFORMERS_OFFLINE,
/// HF_HUB_DISABLE_IMPLICIT_TOKEN, HF_HUB_DOWNLOAD_TIMEOUT, XDG_CACHE_HOME, HOME; and for the network
/// HTTPS_PROXY, ALL_PROXY, NO_PROXY, SSL_CERT_FILE. An empty variable counts as absent. Checks nothing and
/// reads no file, so that a wrong variable disturbs nobody who needs no hub. Source: huggingface_hub 2.4,
/// constants.py and utils/_auth.py.
Settings settings_from(const Environment& environment);

/// Check settings before a hub is visited, and read the token from its file.
/// Errors: usage for an endpoint that is no address, is not https (loopback excepted) or holds a password,
/// and for a token that is no single word; the token itself never stands in a message.
Settings checked(Settings settings);

/// Give the wait before the attempt after `failures` failures in a row, or nothing when it is time to give
/// up. `retry_after` is what the server asked for, if it did.
std::optional<std::chrono::milliseconds> delay_after(const TransferPolicy& policy, int failures,
                                                     std::optional<std::chrono::seconds> retry_after);

}  // namespace sonde::hub

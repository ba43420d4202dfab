// Addresses on the web: their parts, which may be visited, and what of them may stand in a message. Knows no
// repository and visits nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sonde::hub {

/// The parts of an absolute address. Scheme and host are lower case.
struct Url {
  std::string scheme;  ///< "https" or "http"
  std::string host;    ///< without brackets
  std::string port;    ///< the scheme's own when none is written
  std::string path;    ///< from the first '/', or empty
  std::string query;   ///< from '?', or empty
  bool has_password = false;

  /// Tell whether both are the same scheme, host and port.
  bool same_origin(const Url& other) const;
  /// Tell whether the host is this machine by name or address.
  bool is_loopback() const;
};

/// Read an absolute http or https address; nothing when it is none, or holds blanks or control bytes.
std::optional<Url> parse_url(std::string_view text);

/// Tell whether `target` may be visited on the way from `endpoint`: over https, or on this machine where the
/// endpoint is on this machine too.
bool is_allowed(const Url& target, const Url& endpoint);

/// Give the address that a Location header means, seen from `base`; nothing when it is none.
std::optional<std::string> resolve_location(const std::string& base, const std::string& location);

/// Give an address for a message: its query, which may be a signature that opens a file, is left out.
std::string without_query(const std::string& url);

/// Write text as part of a path of an address, every byte but letters, digits, `-._~` as %XX.
/// Bytes of `keep` stay as they are.
std::string percent_encoded(std::string_view text, std::string_view keep = "");

/// Read %XX; nothing for a broken one.
std::optional<std::string> percent_decoded(std::string_view text);

}  // namespace sonde::hub

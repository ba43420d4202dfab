#include "sonde/hub/url.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>

namespace sonde::hub {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

// Host and port of "host:port" or "[::1]:port"; false when they are none.
bool split_host(std::string_view text, Url& url) {
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return false;
    url.host = lower(text.substr(1, end - 1));
    port = text.substr(end + 1);
    if (!port.empty() && port.front() != ':') return false;
  } else {
    const std::size_t colon = text.find(':');
    url.host = lower(text.substr(0, colon));
    port = colon == std::string_view::npos ? std::string_view() : text.substr(colon);
  }
  if (!port.empty()) port.remove_prefix(1);
  if (!std::ranges::all_of(port, [](unsigned char c) { return std::isdigit(c) != 0; }) || port.size() > 5)
    return false;
  url.port = port.empty() ? (url.scheme == "https" ? "443" : "80") : std::string(port);
  return !url.host.empty();
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

bool Url::same_origin(const Url& other) const {
  return scheme == other.scheme && host == other.host && port == other.port;
}

bool Url::is_loopback() const {
  const bool number = host.find_first_not_of("0123456789.") == std::string::npos;
  return host == "localhost" || host == "::1" || (number && host.starts_with("127."));
}

std::optional<Url> parse_url(std::string_view text) {
  if (std::ranges::any_of(text, [](unsigned char c) { return c <= 0x20 || c == 0x7F || c == '\\'; }))
    return std::nullopt;
  Url url;
  const std::size_t scheme = text.find("://");
  if (scheme == std::string_view::npos) return std::nullopt;
  url.scheme = lower(text.substr(0, scheme));
  if (url.scheme != "http" && url.scheme != "https") return std::nullopt;
  text.remove_prefix(scheme + 3);
  text = text.substr(0, text.find('#'));
  const std::size_t end = text.find_first_of("/?");
  std::string_view authority = text.substr(0, end);
  const std::string_view rest = end == std::string_view::npos ? std::string_view() : text.substr(end);
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    url.has_password = true;
    authority.remove_prefix(at + 1);
  }
  if (!split_host(authority, url)) return std::nullopt;
  const std::size_t query = rest.find('?');
  url.path = rest.substr(0, query);
  url.query = query == std::string_view::npos ? "" : std::string(rest.substr(query));
  return url;
}

bool is_allowed(const Url& target, const Url& endpoint) {
  return target.scheme == "https" || (target.is_loopback() && endpoint.is_loopback());
}

std::optional<std::string> resolve_location(const std::string& base, const std::string& location) {
  if (parse_url(location)) return location;
  const std::optional<Url> from = parse_url(base);
  const bool relative = !location.empty() && location.find("://") == std::string::npos;
  if (!from || !relative) return std::nullopt;
  const std::string host = from->host.find(':') == std::string::npos ? from->host : "[" + from->host + "]";
  std::string url;
  if (location.starts_with("//")) {
    url = fmt::format("{}:{}", from->scheme, location);
  } else if (location.starts_with('/')) {
    url = fmt::format("{}://{}:{}{}", from->scheme, host, from->port, location);
  } else {
    const std::string folder = from->path.substr(0, from->path.rfind('/') + 1);
    url = fmt::format("{}://{}:{}{}{}", from->scheme, host, from->port, folder.empty() ? "/" : folder,
                      location);
  }
  return parse_url(url) ? std::optional(url) : std::nullopt;
}

std::string without_query(const std::string& url) { return url.substr(0, url.find('?')); }

std::string percent_encoded(std::string_view text, std::string_view keep) {
  std::string out;
  for (const char c : text) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.' || c == '_' ||
                       c == '~' || keep.find(c) != std::string_view::npos;
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = hex_value(text[i + 1]), low = hex_value(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

}  // namespace sonde::hub

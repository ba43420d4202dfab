#include "sonde/hub/transport.h"

#include <charconv>

namespace sonde::hub {

std::string Response::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

std::optional<std::int64_t> Response::size_header(const std::string& name) const {
  const std::string text = header(name);
  std::int64_t size = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (error != std::errc() || end != text.data() + text.size() || size < 0) return std::nullopt;
  return size;
}

bool Response::is_redirect() const {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

}  // namespace sonde::hub

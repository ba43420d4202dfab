#include "sonde/report/content_policy.h"

#include <array>
#include <cstdint>

#include "sonde/files/digest.h"

namespace sonde::report {

std::string policy_hash(std::string_view text) {
  static constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::string hex = files::sha256(text);
  std::array<std::uint32_t, 33> bytes{};  // 32 of the digest; the 33rd stays 0 and becomes padding
  for (std::size_t i = 0; i < 32; ++i)
    bytes[i] = static_cast<std::uint32_t>(std::stoul(hex.substr(2 * i, 2), nullptr, 16));
  std::string out = "sha256-";
  for (std::size_t i = 0; i < 33; i += 3) {
    const std::uint32_t word = bytes[i] << 16 | bytes[i + 1] << 8 | bytes[i + 2];
    for (const int shift : {18, 12, 6, 0}) out += kAlphabet[word >> shift & 63];
  }
  out.back() = '=';
  return out;
}

}  // namespace sonde::report

// SHA-256 of bytes and files, as lower-case hexadecimal text.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace sonde::files {

/// A running SHA-256.
/// Source: FIPS 180-4, computed by OpenSSL's EVP.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  /// Add bytes.
  void update(std::span<const std::byte> bytes);
  /// Add the bytes of a text.
  void update(std::string_view text);
  /// Add a file's content, read in pieces.
  /// Errors: input when it cannot be read.
  void update_from_file(const std::filesystem::path& path);
  /// Finish and give 64 hexadecimal digits; call once.
  std::string hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Give the SHA-256 of a text.
std::string sha256(std::string_view text);

/// Give the SHA-256 of a file's content, as `sha256sum` prints it.
/// Errors: input when it cannot be read.
std::string sha256_of_file(const std::filesystem::path& path);

}  // namespace sonde::files

// SHA-256 and SHA-1 of bytes and files, as lower-case hexadecimal text. SHA-1 only names things, as git does.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace sonde::files {

/// A running digest.
/// Source: FIPS 180-4, computed by OpenSSL's EVP.
class Digest {
 public:
  ~Digest();
  /// Add bytes.
  void update(std::span<const std::byte> bytes);
  /// Add the bytes of a text.
  void update(std::string_view text);
  /// Add a file's content, read in pieces.
  /// Errors: input when it cannot be read.
  void update_from_file(const std::filesystem::path& path);
  /// Finish and give the hexadecimal digits, 64 of SHA-256 and 40 of SHA-1; call once.
  std::string hex();

 protected:
  /// Start the algorithm that OpenSSL knows by this name.
  explicit Digest(const char* algorithm);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A running SHA-256.
class Sha256 : public Digest {
 public:
  Sha256();
};

/// A running SHA-1. It is no protection against a forger.
class Sha1 : public Digest {
 public:
  Sha1();
};

/// Give the SHA-256 of a text.
std::string sha256(std::string_view text);

/// Give the SHA-256 of a file's content, as `sha256sum` prints it.
/// Errors: input when it cannot be read.
std::string sha256_of_file(const std::filesystem::path& path);

}  // namespace sonde::files

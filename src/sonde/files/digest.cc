#include "sonde/files/digest.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <vector>

#include "sonde/core/error.h"
#include "sonde/files/file_handle.h"

namespace sonde::files {

struct Digest::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  State() = default;
  ~State() { EVP_MD_CTX_free(context); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
};

Digest::Digest(const char* algorithm) : state_(std::make_unique<State>()) {
  const EVP_MD* type = EVP_get_digestbyname(algorithm);
  const int started = state_->context == nullptr ? 0 : EVP_DigestInit_ex(state_->context, type, nullptr);
  SONDE_ASSERT(type != nullptr && started == 1);
}

Digest::~Digest() = default;

Sha256::Sha256() : Digest("SHA256") {}

Sha1::Sha1() : Digest("SHA1") {}

void Digest::update(std::span<const std::byte> bytes) {
  EVP_DigestUpdate(state_->context, bytes.data(), bytes.size());
}

void Digest::update(std::string_view text) { update(std::as_bytes(std::span(text))); }

std::string Digest::hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest = {};
  unsigned int length = 0;
  const int finished = EVP_DigestFinal_ex(state_->context, digest.data(), &length);
  SONDE_ASSERT(finished == 1);
  std::string text;
  for (const unsigned char byte : std::span(digest).first(length)) text += fmt::format("{:02x}", byte);
  return text;
}

std::string sha256(std::string_view text) {
  Sha256 digest;
  digest.update(text);
  return digest.hex();
}

void Digest::update_from_file(const std::filesystem::path& path) {
  // Read, not mapped: a file that is shortened meanwhile is then an Error and not a signal.
  const FileHandle file = open_for_reading(path);
  const std::int64_t size = size_of(file, path);
  std::vector<std::byte> piece(1 << 20);
  for (std::int64_t offset = 0; offset < size; offset += static_cast<std::int64_t>(piece.size())) {
    const auto count = std::min<std::int64_t>(size - offset, static_cast<std::int64_t>(piece.size()));
    const std::span<std::byte> part = std::span(piece).first(static_cast<std::size_t>(count));
    read_exactly(file, path, offset, part);
    update(part);
  }
}

std::string sha256_of_file(const std::filesystem::path& path) {
  Sha256 digest;
  digest.update_from_file(path);
  return digest.hex();
}

}  // namespace sonde::files

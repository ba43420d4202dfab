#include "sonde/core/random.h"

#include <numeric>

namespace sonde {
namespace {

using Block = std::array<std::uint32_t, 4>;

Block philox(Block counter, std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53} * counter[0];
    const std::uint64_t b = std::uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<std::uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(b),
               static_cast<std::uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(a)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return counter;
}

// FNV-1a, 64 bits: only a stable name for a purpose, no strength needed.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const unsigned char c : text) hash = (hash ^ c) * 0x100000001b3;
  return hash;
}

std::array<std::uint32_t, 2> halves(std::uint64_t value) {
  return {static_cast<std::uint32_t>(value), static_cast<std::uint32_t>(value >> 32)};
}

}  // namespace

RandomStream::RandomStream(std::uint64_t seed, std::string_view purpose)
    : key_(halves(seed)), nonce_(halves(hash_of(purpose))) {}

std::uint64_t RandomStream::bits(std::uint64_t index) const {
  const auto position = halves(index);
  const Block block = philox({position[0], position[1], nonce_[0], nonce_[1]}, key_);
  return (std::uint64_t{block[1]} << 32) | block[0];
}

std::uint64_t RandomStream::below(std::uint64_t bound, std::uint64_t index) const {
  // The bias of the multiply-shift is below bound / 2^64: invisible at any bound that fits in memory.
  return static_cast<std::uint64_t>((static_cast<unsigned __int128>(bits(index)) * bound) >> 64);
}

std::vector<std::int64_t> RandomStream::permutation(std::int64_t n) const {
  std::vector<std::int64_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  for (std::int64_t i = n - 1; i > 0; --i) std::swap(order[i], order[below(i + 1, i)]);
  return order;
}

RandomStream RandomStream::substream(std::uint64_t key) const {
  const auto position = halves(key);
  const Block block =
      philox({position[0], position[1], nonce_[0], nonce_[1]}, {key_[0] ^ 0x5bd1e995u, key_[1]});
  return {{block[0], block[1]}, {block[2], block[3]}};
}

}  // namespace sonde

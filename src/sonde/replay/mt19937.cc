#include "sonde/replay/mt19937.h"

#include <algorithm>

#include "sonde/core/error.h"

namespace sonde::replay {
namespace {

constexpr int kShift = 397;
constexpr std::uint32_t kArraySeed = 19650218;

std::uint32_t mixed(std::uint32_t word) { return word ^ (word >> 30); }

}  // namespace

Mt19937::Mt19937(std::uint32_t seed) { fill(seed); }

Mt19937::Mt19937(std::span<const std::uint32_t> key) {
  SONDE_ASSERT(!key.empty());
  fill(kArraySeed);
  const auto length = static_cast<int>(key.size());
  int i = 1;
  const auto step = [&] {
    if (++i < kWords) return;
    state_[0] = state_[kWords - 1];
    i = 1;
  };
  for (int k = 0, j = 0; k < std::max(kWords, length); ++k, j = (j + 1) % length) {
    state_[i] = (state_[i] ^ (mixed(state_[i - 1]) * 1664525u)) + key[j] + static_cast<std::uint32_t>(j);
    step();
  }
  for (int k = 1; k < kWords; ++k) {
    state_[i] = (state_[i] ^ (mixed(state_[i - 1]) * 1566083941u)) - static_cast<std::uint32_t>(i);
    step();
  }
  state_[0] = 0x80000000u;
}

void Mt19937::fill(std::uint32_t seed) {
  state_[0] = seed;
  for (int i = 1; i < kWords; ++i) {
    state_[i] = 1812433253u * mixed(state_[i - 1]) + static_cast<std::uint32_t>(i);
  }
}

void Mt19937::twist() {
  for (int i = 0; i < kWords; ++i) {
    const std::uint32_t y = (state_[i] & 0x80000000u) | (state_[(i + 1) % kWords] & 0x7fffffffu);
    state_[i] = state_[(i + kShift) % kWords] ^ (y >> 1) ^ ((y & 1) != 0 ? 0x9908b0dfu : 0u);
  }
  position_ = 0;
}

std::uint32_t Mt19937::next() {
  if (position_ == kWords) twist();
  std::uint32_t y = state_[position_++];
  y ^= y >> 11;
  y ^= (y << 7) & 0x9d2c5680u;
  y ^= (y << 15) & 0xefc60000u;
  return y ^ (y >> 18);
}

std::uint64_t Mt19937::next64() {
  const std::uint64_t high = next();
  return (high << 32) | next();
}

double Mt19937::next_double() {
  const std::uint32_t high = next() >> 5, low = next() >> 6;
  return (high * 67108864.0 + low) / 9007199254740992.0;
}

}  // namespace sonde::replay

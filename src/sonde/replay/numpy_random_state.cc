#include "sonde/replay/numpy_random_state.h"

#include <fmt/core.h>

#include <bit>
#include <cmath>
#include <numeric>

#include "sonde/core/error.h"

namespace sonde::replay {
namespace {

std::uint32_t checked_seed(std::int64_t seed) {
  if (seed >= 0 && seed <= 0xffffffff) return static_cast<std::uint32_t>(seed);
  throw Error(ErrorCode::usage, {.where = "seed",
                                 .what = "numpy's legacy generator takes no such seed",
                                 .got = fmt::format("{}", seed),
                                 .expected = "0 to 4294967295"});
}

}  // namespace

NumpyRandomState::NumpyRandomState(std::int64_t seed) : words_(checked_seed(seed)) {}

double NumpyRandomState::standard_normal() {
  if (second_normal_) return *std::exchange(second_normal_, std::nullopt);
  double x = 0, y = 0, square = 0;
  do {
    x = 2.0 * words_.next_double() - 1.0;
    y = 2.0 * words_.next_double() - 1.0;
    square = x * x + y * y;
  } while (square >= 1.0 || square == 0.0);
  const double scale = std::sqrt(-2.0 * std::log(square) / square);
  second_normal_ = scale * x;
  return scale * y;
}

// Masked rejection: the lowest bits that can hold `most`, drawn again until they do not exceed it.
std::uint64_t NumpyRandomState::below_or_equal(std::uint64_t most) {
  if (most == 0) return 0;
  const std::uint64_t mask = ~std::uint64_t{0} >> std::countl_zero(most);
  std::uint64_t value = 0;
  do {
    value = (most <= 0xffffffff ? words_.next() : words_.next64()) & mask;
  } while (value > most);
  return value;
}

std::int64_t NumpyRandomState::randint(std::int64_t low, std::int64_t high) {
  SONDE_ASSERT(low < high);
  const std::uint64_t most = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low) - 1;
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + below_or_equal(most));
}

std::vector<std::int64_t> NumpyRandomState::randint(std::int64_t low, std::int64_t high, std::int64_t count) {
  std::vector<std::int64_t> drawn(count);
  for (std::int64_t& value : drawn) value = randint(low, high);
  return drawn;
}

std::vector<std::int64_t> NumpyRandomState::permutation(std::int64_t n) {
  std::vector<std::int64_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  shuffle(std::span(order));
  return order;
}

std::vector<std::int64_t> NumpyRandomState::choose(std::span<const std::int64_t> values, std::int64_t count) {
  const auto n = static_cast<std::int64_t>(values.size());
  SONDE_ASSERT(count <= n);
  std::vector<std::int64_t> order = permutation(n);
  order.resize(count);
  for (std::int64_t& place : order) place = values[place];
  return order;
}

}  // namespace sonde::replay

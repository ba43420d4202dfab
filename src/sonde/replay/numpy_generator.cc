#include "sonde/replay/numpy_generator.h"

#include <bit>
#include <limits>
#include <numeric>

#include "sonde/core/error.h"

namespace sonde::replay {
namespace {

// A draw scaled to [0, count) by multiplication; draws of the uneven rest at the low end are thrown away.
template <class Word, class Product, class Draw>
Word scaled(Word count, Draw draw) {
  constexpr int kBits = std::numeric_limits<Word>::digits;
  Product product = Product{draw()} * count;
  if (static_cast<Word>(product) < count) {
    const Word uneven = (Word{0} - count) % count;
    while (static_cast<Word>(product) < uneven) product = Product{draw()} * count;
  }
  return static_cast<Word>(product >> kBits);
}

}  // namespace

std::uint64_t NumpyGenerator::below_or_equal(std::uint64_t most) {
  constexpr std::uint64_t kWord = 0xffffffff;
  if (most == 0) return 0;
  if (most == kWord) return words_.next32();
  if (most == std::numeric_limits<std::uint64_t>::max()) return words_.next64();
  if (most < kWord) {
    return scaled<std::uint32_t, std::uint64_t>(static_cast<std::uint32_t>(most) + 1,
                                                [&] { return words_.next32(); });
  }
  return scaled<std::uint64_t, unsigned __int128>(most + 1, [&] { return words_.next64(); });
}

// Shuffling did not go over to Lemire's method: it still masks and draws again, as the legacy generator does.
std::uint64_t NumpyGenerator::masked(std::uint64_t most) {
  if (most == 0) return 0;
  const std::uint64_t mask = ~std::uint64_t{0} >> std::countl_zero(most);
  std::uint64_t value = 0;
  do {
    value = (most <= 0xffffffff ? words_.next32() : words_.next64()) & mask;
  } while (value > most);
  return value;
}

std::int64_t NumpyGenerator::integers(std::int64_t low, std::int64_t high) {
  SONDE_ASSERT(low < high);
  const std::uint64_t most = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low) - 1;
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + below_or_equal(most));
}

std::vector<std::int64_t> NumpyGenerator::integers(std::int64_t low, std::int64_t high, std::int64_t count) {
  std::vector<std::int64_t> drawn(count);
  for (std::int64_t& value : drawn) value = integers(low, high);
  return drawn;
}

std::vector<std::int64_t> NumpyGenerator::permutation(std::int64_t n) {
  std::vector<std::int64_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  shuffle(std::span(order));
  return order;
}

}  // namespace sonde::replay

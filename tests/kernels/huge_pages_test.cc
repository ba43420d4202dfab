#include "sonde/kernels/huge_pages.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <thread>
#include <vector>

#include "sonde/core/random.h"

namespace sonde::kernels {
namespace {

struct Array {
  unsigned char* bytes = nullptr;
  std::size_t size = 0;
  unsigned char fill = 0;

  bool kept() const {
    return std::all_of(bytes, bytes + size, [this](unsigned char b) { return b == fill; });
  }
};

// Arrays of all sizes come and go in random order; none may lose a byte to another.
void come_and_go(std::uint64_t seed) {
  const RandomStream stream(seed, "pages");
  std::vector<Array> arrays;
  for (std::uint64_t i = 0; i < 300; ++i) {
    if (arrays.size() > 12) {
      const auto at = static_cast<std::int64_t>(stream.below(arrays.size(), 3 * i));
      ASSERT_TRUE(arrays[at].kept());
      free_huge_pages(nullptr, arrays[at].bytes);
      arrays.erase(arrays.begin() + at);
    }
    const std::size_t size = std::size_t{1} << stream.below(23, 3 * i + 1);
    Array array{nullptr, size + stream.below(1000, 3 * i + 2), static_cast<unsigned char>(i)};
    array.bytes = static_cast<unsigned char*>(allocate_on_huge_pages(nullptr, array.size));
    ASSERT_NE(array.bytes, nullptr);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(array.bytes) % 64, 0u);
    std::fill_n(array.bytes, array.size, array.fill);
    arrays.push_back(array);
  }
  for (const Array& array : arrays) {
    EXPECT_TRUE(array.kept());
    free_huge_pages(nullptr, array.bytes);
  }
}

TEST(HugePages, HoldArraysOfAnySizeApart) { come_and_go(1); }

TEST(HugePages, ServeSeveralThreads) {
  std::vector<std::jthread> threads;
  for (std::uint64_t t = 0; t < 3; ++t) threads.emplace_back(come_and_go, t);
}

TEST(HugePages, NothingIsFreedAsNothing) { EXPECT_NO_THROW(free_huge_pages(nullptr, nullptr)); }

}  // namespace
}  // namespace sonde::kernels

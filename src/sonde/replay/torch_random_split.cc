#include "sonde/replay/torch_random_split.h"

#include <cmath>

#include "sonde/core/error.h"
#include "sonde/replay/torch_generator.h"

namespace sonde::replay {

std::vector<std::vector<std::int64_t>> torch_random_split(std::int64_t n, std::span<const double> fractions,
                                                          std::uint64_t seed) {
  SONDE_ASSERT(!fractions.empty());
  std::vector<std::int64_t> sizes;
  std::int64_t left = n;
  for (const double fraction : fractions) {
    sizes.push_back(static_cast<std::int64_t>(std::floor(static_cast<double>(n) * fraction)));
    left -= sizes.back();
  }
  SONDE_ASSERT(left >= 0);
  for (std::int64_t i = 0; i < left; ++i) ++sizes[i % sizes.size()];
  const std::vector<std::int64_t> order = TorchGenerator(seed).randperm(n);
  std::vector<std::vector<std::int64_t>> parts;
  auto at = order.begin();
  for (const std::int64_t size : sizes) {
    parts.emplace_back(at, at + size);
    at += size;
  }
  return parts;
}

}  // namespace sonde::replay

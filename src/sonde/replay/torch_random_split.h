// torch.utils.data.random_split with fractions.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace sonde::replay {

/// Give the rows of each part of random_split(range(n), fractions, generator seeded with `seed`), in drawn
/// order. `fractions` must sum to one; each part is rounded down and the rest dealt out from the first on.
/// Source: torch 2.15.0, utils/data/dataset.py.
std::vector<std::vector<std::int64_t>> torch_random_split(std::int64_t n, std::span<const double> fractions,
                                                          std::uint64_t seed);

}  // namespace sonde::replay

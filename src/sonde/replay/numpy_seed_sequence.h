// numpy's SeedSequence for one integer: the words that seed a bit generator. No spawning.
#pragma once

#include <cstdint>
#include <vector>

namespace sonde::replay {

/// Give the first `count` 64-bit words of SeedSequence(seed).generate_state(count, uint64).
/// Source: numpy 2.4.6, random/bit_generator.pyx; after O'Neill 2015, "Developing a seed_seq alternative".
std::vector<std::uint64_t> numpy_seed_words(std::uint64_t seed, int count);

}  // namespace sonde::replay

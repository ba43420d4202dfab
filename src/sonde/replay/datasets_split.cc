#include "sonde/replay/datasets_split.h"

#include "sonde/replay/numpy_generator.h"

namespace sonde::replay {

TrainTest datasets_train_test_split(std::int64_t n, double test, std::uint64_t seed) {
  const TrainTestSizes sizes = train_test_sizes(n, test);
  return cut_train_test(NumpyGenerator(seed).permutation(n), sizes);
}

}  // namespace sonde::replay

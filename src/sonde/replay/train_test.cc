#include "sonde/replay/train_test.h"

#include <fmt/core.h>

#include <cmath>

#include "sonde/core/error.h"

namespace sonde::replay {

TrainTestSizes train_test_sizes(std::int64_t n, double test) {
  const auto tested = static_cast<std::int64_t>(std::ceil(test * static_cast<double>(n)));
  if (test > 0 && tested > 0 && tested < n) return {n - tested, tested};
  throw Error(ErrorCode::usage, {.where = "split",
                                 .what = "this fraction leaves a side empty",
                                 .got = fmt::format("{} of {}", test, n),
                                 .expected = "at least one on each side"});
}

TrainTest cut_train_test(const std::vector<std::int64_t>& order, TrainTestSizes sizes) {
  const auto cut = order.begin() + sizes.test;
  return {{cut, cut + sizes.train}, {order.begin(), cut}};
}

}  // namespace sonde::replay

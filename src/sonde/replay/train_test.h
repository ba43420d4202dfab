// What the split functions of scikit-learn and of datasets give, and how both size it.
#pragma once

#include <cstdint>
#include <vector>

namespace sonde::replay {

/// The two sides of a split, rows in drawn order.
struct TrainTest {
  std::vector<std::int64_t> train;
  std::vector<std::int64_t> test;
};

/// Rows on either side.
struct TrainTestSizes {
  std::int64_t train = 0;
  std::int64_t test = 0;
};

/// Size a split of n rows: the test side is rounded up, the rest trains.
/// Errors: usage when a side is left empty.
/// Source: scikit-learn 1.9.1, model_selection/_split.py; datasets 5.2.0, arrow_dataset.py.
TrainTestSizes train_test_sizes(std::int64_t n, double test);

/// Cut an order of rows: the first ones are tested.
TrainTest cut_train_test(const std::vector<std::int64_t>& order, TrainTestSizes sizes);

}  // namespace sonde::replay

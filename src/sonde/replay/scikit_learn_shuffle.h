// scikit-learn's shuffled splits: train_test_split with and without stratify, and GroupShuffleSplit. Rows
// come in the order in which scikit-learn gives them. Errors are those of sizes that cannot be met.
#pragma once

#include <cstdint>
#include <span>

#include "sonde/replay/train_test.h"

namespace sonde::replay {

/// Give train_test_split(range(n), test_size=test, random_state=seed); so also the first ShuffleSplit.
/// Errors: usage when a side is left empty.
/// Source: scikit-learn 1.9.1, model_selection/_split.py.
TrainTest train_test_split(std::int64_t n, double test, std::int64_t seed);

/// Give the same with stratify=labels; so also the first StratifiedShuffleSplit.
/// Shapes: labels [n], ids of classes in the order in which numpy would sort their values.
/// Errors: usage when a class has one row only, or a side fewer rows than there are classes.
TrainTest stratified_train_test_split(std::span<const std::int32_t> labels, double test, std::int64_t seed);

/// Give the first GroupShuffleSplit(test_size=test, random_state=seed): whole groups, rows ascending.
/// Shapes: groups [n], ids of groups in the order in which numpy would sort their values.
/// Errors: usage when a side is left without groups.
TrainTest group_shuffle_split(std::span<const std::int64_t> groups, double test, std::int64_t seed);

}  // namespace sonde::replay

// Hugging Face datasets' Dataset.train_test_split, without stratify_by_column.
#pragma once

#include <cstdint>

#include "sonde/replay/train_test.h"

namespace sonde::replay {

/// Give the rows of Dataset.train_test_split(test_size=test, seed=seed) of n rows.
/// Errors: usage when a side is left empty.
/// Source: datasets 5.2.0, arrow_dataset.py.
TrainTest datasets_train_test_split(std::int64_t n, double test, std::uint64_t seed);

}  // namespace sonde::replay

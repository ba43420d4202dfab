// Splits as other libraries draw them, so that a published study's rows come out again: which rows are in
// which part, and in which order. Methods and streams that no library combines are refused.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "sonde/data/split.h"

namespace sonde::data {

/// Refuse a stream that does not know the method.
/// Errors: usage, naming what the stream can do.
void require_stream_of_method(const SplitOptions& options);

/// Divide the rows as the library of `options.stream` draws it (not `sonde`).
/// `scikit-learn` and `datasets`: train_test_split(test_size=test), and when valid is above 0 the training
/// side divided again with test_size=valid/(1-test) and the same seed. `torch`: random_split into train,
/// valid and test. `numpy` (default_rng), `numpy_legacy` (RandomState) and `python`: 0 … n-1 shuffled, then
/// cut into int(train·n) train rows, int(valid·n) valid rows and the rest for test. Errors: usage, as the
/// functions of sonde/replay say.
Split replayed_split(const SplitInput& input, const SplitOptions& options);

/// Give the groups numbered in the order in which numpy sorts their names (numbers as numbers).
std::vector<std::int64_t> sorted_group_ids(const SplitInput& input);

/// Rows divided in two.
struct HeldRows {
  std::vector<std::int64_t> kept, held;
};

/// Hold out a fraction of some rows as scikit-learn does for a method (random, stratified or grouped).
/// Shapes: rows [m], indices into the input. Units: held is a fraction of m.
/// Errors: usage, as sonde/replay/scikit_learn_shuffle.h says.
HeldRows hold_out_as_scikit_learn(const SplitInput& input, std::string_view method,
                                  std::span<const std::int64_t> rows, double held, std::int64_t seed);

}  // namespace sonde::data

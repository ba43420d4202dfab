// scikit-learn's folds: KFold and StratifiedKFold with shuffle=True, and GroupKFold as it is by default,
// which draws nothing. Folds come as the fold in which each row is tested.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace sonde::replay {

/// Give each row's fold under KFold(folds, shuffle=True, random_state=seed).
/// Errors: usage when there are fewer than 2 folds or more folds than rows.
/// Source: scikit-learn 1.9.1, model_selection/_split.py.
std::vector<int> k_fold(std::int64_t n, int folds, std::int64_t seed);

/// Give each row's fold under StratifiedKFold(folds, shuffle=True, random_state=seed). Shapes: labels [n].
/// Errors: usage when there are fewer than 2 folds, or more folds than the largest class has rows.
std::vector<int> stratified_k_fold(std::span<const std::int32_t> labels, int folds, std::int64_t seed);

/// Give each row's fold under GroupKFold(folds).
/// Shapes: groups [n], ids of groups in the order in which numpy would sort their values.
/// Errors: usage when there are fewer than 2 folds or more folds than groups.
std::vector<int> group_k_fold(std::span<const std::int64_t> groups, int folds);

}  // namespace sonde::replay

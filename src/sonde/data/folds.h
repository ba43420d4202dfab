// Divisions into folds: every row is tested exactly once, by a probe that saw neither it nor its group. For
// choosing, each fold holds out a validation part of its other rows, or (nested) folds them again.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "sonde/data/split.h"

namespace sonde::data {

/// One fold.
struct Fold {
  std::vector<Part> parts;  ///< [n]
  std::vector<int> inner;   ///< [n] inner fold of each row that is not tested, else -1; empty unless nested

  /// Give the rows of a part, ascending.
  std::vector<std::int64_t> rows_of(Part part) const;
};

/// Tell whether a method makes folds: kfold, stratified_kfold, group_kfold or nested.
bool makes_folds(std::string_view method);

/// Divide the rows into `options.folds` folds.
/// `kfold` at random; `stratified_kfold` keeps class shares; `group_kfold` keeps groups whole and class
/// shares as close as they allow; `nested` is group_kfold where there are groups, else stratified_kfold where
/// there are labels, else kfold, and folds the other rows of each fold in the same way into `options.inner`
/// folds. The validation part is `options.valid` of all rows (none for nested), held out by the same rule.
/// With stream `scikit-learn` the folds are those of KFold and StratifiedKFold with shuffle=True and of
/// GroupKFold, and the validation part is held out by train_test_split or GroupShuffleSplit, test_size =
/// valid/(1 - 1/folds).
/// Errors: usage for a method that makes no folds or lacks its column, folds that leave nothing to train on,
/// or a stream without that method; input for fewer rows or groups than folds, or a class that a fold cannot
/// train on.
std::vector<Fold> make_folds(const SplitInput& input, const SplitOptions& options);

}  // namespace sonde::data

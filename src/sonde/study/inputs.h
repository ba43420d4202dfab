// The examples of a study: columns read from a table, rows divided, leaks looked for, and the rows laid out
// part after part so that train, validation and test are plain ranges of everything that follows.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sonde/data/examples.h"
#include "sonde/data/folds.h"
#include "sonde/data/leak_guard.h"
#include "sonde/data/split.h"
#include "sonde/study/spec.h"

namespace sonde::study {

/// A half-open range of rows.
struct RowRange {
  std::int64_t first = 0;
  std::int64_t count = 0;
};

/// Examples divided and laid out: rows are ordered train, validation, test, and by their place in the file
/// within each.
struct DividedExamples {
  data::Examples examples;  ///< as read, in the file's order
  data::Split split;        ///< of every example
  data::LeakReport leaks;
  std::vector<std::int64_t> order;  ///< [n] example at each row of the layout
  RowRange train, valid, test;
  std::vector<data::Fold> folds;        ///< of the layout; with them all rows are the test range
  bool groups_whole = false;            ///< whether the division kept every group on one side
  std::vector<std::string_view> texts;  ///< [n] in layout order
  std::vector<std::int32_t> labels;     ///< [n] or empty
  std::vector<double> targets;          ///< [n] or empty
  std::vector<std::int64_t> groups;     ///< [n] or empty
  std::vector<std::int64_t> leaking;    ///< rows of the layout that also stand in an earlier part
};

/// Read the table that a study names, which lies in `files`.
/// Errors: as tables::read_table and data::build_examples say.
data::Examples read_examples(const DataSpec& data, std::span<const std::string> files,
                             std::string_view split_column);

/// Give the SHA-256 of files' contents, one after the other; for one file it is what `sha256sum` prints.
std::string digest_of(std::span<const std::string> files);

/// Divide examples, apply the leak policy and lay rows out. Without classes `stratified` has no meaning and
/// is `random`, and `stratified_kfold` is `kfold`.
/// With a method that makes folds the layout is the file's order.
/// Errors: as data::make_split and data::make_folds say; input under the leak policy `refuse`; usage for the
/// policy `drop` with folds, where each copy of a row leaks into the other's training rows.
DividedExamples divide(data::Examples examples, const SplitSpec& split, std::string_view leak_policy);

}  // namespace sonde::study

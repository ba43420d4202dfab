// The examples of a study divided: rows sampled, leaks looked for, and the rows laid out part after part so
// that train, validation and test are plain ranges of everything that follows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sonde/data/examples.h"
#include "sonde/data/folds.h"
#include "sonde/data/leak_guard.h"
#include "sonde/data/sampling.h"
#include "sonde/data/split.h"
#include "sonde/study/spec.h"

namespace sonde::study {

/// The method that divides nothing: every row is both trained on and tested.
inline constexpr const char* kResubstitution = "resubstitution";

/// A half-open range of rows.
struct RowRange {
  std::int64_t first = 0;
  std::int64_t count = 0;
};

/// Examples divided and laid out: rows are ordered train, validation, test, and within each as the examples
/// are, or as a sample drew them.
struct DividedExamples {
  data::Examples examples;  ///< those of the division, in the order read or drawn
  data::Split split;        ///< of every example
  data::LeakReport leaks;
  std::vector<std::int64_t> order;      ///< [n] example at each row of the layout
  RowRange train, valid, test;          ///< of resubstitution, all rows are both train and test
  std::vector<data::Fold> folds;        ///< of the layout; with them all rows are the test range
  bool groups_whole = false;            ///< whether the division kept every group on one side
  std::vector<std::string_view> texts;  ///< [n] in layout order
  std::vector<std::int32_t> labels;     ///< [n] or empty
  std::vector<double> targets;          ///< [n] or empty
  std::vector<std::int64_t> groups;     ///< [n] or empty
  std::vector<std::int64_t> leaking;    ///< rows of the layout that also stand in an earlier part
  std::vector<std::int64_t> data_rows;  ///< [n] 1-based row of the data
  std::vector<std::int64_t> places;     ///< [n] which of the examples first read each row is
};

/// How examples are divided.
struct DivisionRules {
  SplitSpec split;
  std::string leaks = "warn";
  std::optional<data::SampleOptions> sample;
  std::int64_t test_rows = 0;  ///< the last rows, which come from a table for tests
};

/// Draw the rows that a sample counts before anything is divided; without such a sample, all of them.
/// Errors: as data::Sampler; usage where there is a table for tests, whose parts are counted instead.
data::Examples sampled(data::Examples examples, const DivisionRules& rules);

/// Divide examples, apply the leak policy and lay rows out. Without classes `stratified` has no meaning and
/// is `random`, and `stratified_kfold` is `kfold`.
/// With a method that makes folds the layout is the order of the examples.
/// Errors: as data::make_split, data::make_folds and data/sampled_split.h say; input under the leak policy
/// `refuse`; usage for the policy `drop` with folds or resubstitution, where each copy of a row leaks into
/// the other's training rows, and for parts that are counted with folds or resubstitution.
DividedExamples divide(data::Examples examples, const DivisionRules& rules);

}  // namespace sonde::study

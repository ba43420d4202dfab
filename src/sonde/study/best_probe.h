// How the chosen probe behaves on test: confusion, per class, calibration and its surest mistakes, or its
// errors where it predicts numbers; and what the number would be without leaking rows.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "sonde/metrics/predictions.h"
#include "sonde/result/result.h"

namespace sonde::study {

/// The chosen probe's predictions on test, with what is known of the test rows.
struct BestInputs {
  metrics::Predictions predictions;
  std::span<const std::string> classes;
  std::span<const std::string_view> texts;  ///< [n] or empty
  std::span<const std::int64_t> groups;     ///< [n] or empty, indices into group_names
  std::span<const std::string> group_names;
  std::span<const std::int64_t> data_rows;  ///< [n] or empty
  std::span<const std::int64_t> leaking;    ///< rows of the layout
  std::int64_t first_row = 0;               ///< row of the layout that the first test row is
};

/// Give what messages call a test row: its data row of the file, 1-based.
std::int64_t row_name(const BestInputs& inputs, std::int64_t test_row);

/// Give precision, recall, F1 and support of every class.
std::vector<result::PerClass> per_class(const metrics::Predictions& predictions,
                                        std::span<const std::string> classes);

/// Fill what result.best says of its probe: confusion matrix, per-class report, mistakes and calibration, or
/// pairs and errors of numbers; and `without` of the leaks.
void fill_best(const BestInputs& inputs, result::Result& result);

}  // namespace sonde::study

// What is worth seeing of a probe that reads few columns: its weights, and the values of the columns it
// reads. Plain values only, of bounded size.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sonde::result {

/// A histogram of equal bins from `low` to `high`, the last one closed.
struct ValueHistogram {
  std::string name;  ///< of the class; empty for weights
  double low = 0, high = 0;
  std::vector<std::int64_t> counts;
};

/// A weight that is not zero.
struct Coefficient {
  std::int64_t column = 0;
  double weight = 0;
};

/// Values of one column in rows of one class.
struct ClassValues {
  std::string name;
  std::vector<double> values;  ///< evenly spaced rows where there are many
};

/// A column that the probe reads, with its values by class.
struct SelectedColumn {
  std::int64_t column = 0;
  double weight = 0;
  std::vector<ClassValues> classes;
};

/// The weights of a probe of two classes that leaves columns out.
struct SparseWeights {
  std::int64_t width = 0;                   ///< columns; 0: not such a probe
  std::int64_t nonzero = 0;                 ///< weights that are not exactly 0
  std::vector<Coefficient> coefficients;    ///< by column; the largest few thousand
  ValueHistogram histogram;                 ///< of all weights that are not 0, 30 bins
  std::vector<ValueHistogram> activations;  ///< of all columns, by class, 100 bins
  std::vector<SelectedColumn> selected;     ///< by column; the few dozen of the largest weights
};

}  // namespace sonde::result

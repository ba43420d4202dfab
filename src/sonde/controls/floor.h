// The floor under a probe: what is reached without reading anything, and how far above it scores stand.
#pragma once

#include <vector>

#include "sonde/controls/control.h"
#include "sonde/controls/refit.h"

namespace sonde::controls {

/// Where scores stand, by the subject's metric, over resamples of the judged rows.
struct Standing {
  Interval value;
  Interval over_floor;  ///< how much better than the floor, over the same resamples

  /// Tell whether all of the interval is above the floor.
  bool is_above() const { return over_floor.low > 0; }
};

/// Compares scores of the judged rows with a probe that knows the commonest class of its training rows alone,
/// or their mean.
class Floor {
 public:
  /// Errors: as the probe's fit. Cost: some hundred evaluations of the metric for every standing.
  Floor(const Subject& subject, double level, const RunContext& context);

  /// Give the subject's metric of who reads nothing.
  double value() const { return floor_.front(); }
  /// Give where scores of the judged rows stand.
  Standing standing(Matrix scores) const;

 private:
  Judge judge_;
  double level_;
  bool higher_is_better_;
  std::vector<std::vector<std::uint32_t>> weightings_;
  std::vector<double> floor_;  // the metric of all rows, then of each weighting
};

}  // namespace sonde::controls

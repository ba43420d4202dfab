// The refits that controls are made of, each on one thread where they are many: to other labels, or to other
// rows. What a refit says of the judged rows of all divisions is put together and measured once.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "sonde/controls/control.h"

namespace sonde::controls {

/// Fit the subject's probe in every division to what its rows say. Errors: as the probe's fit.
std::vector<std::unique_ptr<probes::FittedProbe>> fit_divisions(const Subject& subject,
                                                                const RunContext& context);

/// Fit to some rows, which may repeat; `valid` may be empty. Errors: as the probe's fit.
std::unique_ptr<probes::FittedProbe> fit_to(const Subject& subject, std::span<const std::int64_t> train,
                                            std::span<const std::int64_t> valid, const RunContext& context);

/// What is measured of a refit.
struct Measure {
  std::string_view metric = "accuracy";
  bool on_training = false;  ///< also on the rows fitted to
};

/// One metric of one refit.
struct Measured {
  double judged = kNaN;    ///< on all judged rows
  double training = kNaN;  ///< on the rows fitted to, the mean of divisions; only where it was asked for
};

/// Refit to each truth in place of the subject's own, and judge each refit by that truth. Cost: a fit a truth
/// and division. Errors: as the probe's fit; usage for an unknown metric.
std::vector<Measured> refit_to_truths(const Subject& subject, std::span<const Truth> truths,
                                      const Measure& measure, const RunContext& context);

/// Measure the subject's own fits in the same way.
Measured measure_real(const Subject& subject, const Measure& measure);

/// Rows to fit to in each division, which may repeat, and the seed of those fits.
struct RowSet {
  std::vector<std::vector<std::int64_t>> rows;  ///< [divisions]
  std::uint64_t seed = 0;
};

/// Refit to each set of rows and give what each says of the judged rows to `use`, which may run in any
/// thread.
void refit_to_rows(const Subject& subject, std::span<const RowSet> sets, const RunContext& context,
                   const std::function<void(std::int64_t set, Matrix scores)>& use);

/// Refit in every division to features that were changed for it, and give what the refits say of the judged
/// rows. `change` gives all feature rows as a division is to see them. Cost: a fit a division. Errors: as the
/// probe's fit.
Matrix refit_to_changed(const Subject& subject, const RunContext& context,
                        const std::function<Matrix(std::size_t division)>& change);

/// Judges scores of the judged rows by the subject's own labels or numbers.
class Judge {
 public:
  explicit Judge(const Subject& subject);

  std::int64_t rows() const { return static_cast<std::int64_t>(rows_.size()); }
  const Truth& truth() const { return truth_; }                        ///< of the judged rows
  const std::vector<std::int64_t>& groups() const { return groups_; }  ///< of the judged rows, or empty
  /// Give what the subject's own fits say of the judged rows.
  Matrix real_scores() const;
  /// Measure the subject's metric with each row counted once, then as often as each weighting says.
  std::vector<double> measure(Matrix scores,
                              std::span<const std::vector<std::uint32_t>> weightings = {}) const;

 private:
  const Subject& subject_;
  std::vector<std::int64_t> rows_;
  Truth truth_;
  std::vector<std::int64_t> groups_;
};

/// Tell whether `a` is at least as good as `b` by a metric of a task. An undefined `a` counts as good: a
/// refit that cannot be judged must not make a number look surer.
bool at_least_as_good(double a, double b, std::string_view metric);

}  // namespace sonde::controls

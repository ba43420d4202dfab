// Probes in closed form: rows go into sums of products and are forgotten, and the probe follows from the
// sums. Memory d² a probe, whatever the number of rows. Sums of some rows can be merged, so that those of
// folds give the probe of every fold. Solves nothing itself.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sonde/probes/online.h"
#include "sonde/solvers/moment_sum.h"

namespace sonde::probes {

/// Sums over rows, with what they were labelled.
struct FormSums {
  const solvers::Moments& train;
  const solvers::Moments* validation = nullptr;  ///< where there is a validation part
  std::span<const std::string> classes;
};

/// What a probe in closed form has to offer besides Probe. As a probe that learns online it takes one pass.
class ClosedForm : public OnlineProbe {
 public:
  OnlinePlan plan() const final;
  /// Begin a fit that sums in float64. It agrees with a fit to the stored rows up to rounding.
  std::unique_ptr<OnlineFit> begin(std::int64_t width, std::span<const std::string> classes,
                                   const RunContext& context) const final;

  /// Give how many columns, targets and classes the sums are about, for rows of `width` numbers.
  virtual solvers::MomentShape shape(std::int64_t width, std::int64_t classes) const = 0;
  /// Turn numbers into what is fitted. Errors: input for numbers that cannot be.
  virtual std::vector<double> transformed(std::span<const double> targets) const {
    return {targets.begin(), targets.end()};
  }
  /// Name what transformed() makes of numbers: forms of equal names and shapes need the same sums.
  virtual std::string_view fitted_to() const { return "identity"; }
  /// Give the probe that follows. Errors: input when the sums allow none.
  virtual std::unique_ptr<FittedProbe> solve(const FormSums& sums) const = 0;
};

/// Sums of some rows for a closed form.
class FormSum {
 public:
  FormSum(const ClosedForm& form, std::int64_t width, std::int64_t classes)
      : form_(&form), shape_(form.shape(width, classes)), sum_(shape_, solvers::MomentPrecision::float64) {}

  /// Take in rows on one thread. Errors: as transformed().
  void add(const OnlineBatch& batch);
  /// Give the sums; nothing may follow.
  solvers::Moments take() { return sum_.take({}); }

 private:
  const ClosedForm* form_;
  solvers::MomentShape shape_;
  solvers::MomentSum sum_;
};

}  // namespace sonde::probes

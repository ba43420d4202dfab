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

/// What is summed of rows.
struct SumShape {
  solvers::MomentShape moments;  ///< columns: d; targets; classes
  /// Whether each class is summed apart, with the squares of a row behind it: 2 · d columns and nothing else.
  bool squares_of_classes = false;

  /// Give how many moments there are, and the shape of each.
  std::int64_t parts() const { return squares_of_classes ? moments.classes : 1; }
  solvers::MomentShape part() const {
    return squares_of_classes ? solvers::MomentShape{.columns = 2 * moments.columns} : moments;
  }
  bool operator==(const SumShape&) const = default;
};

/// Sums of rows. Of several lots of rows they can be merged, and taken out of each other, if of one centre.
struct FormMoments {
  FormMoments(const SumShape& shape, std::vector<float> centre);

  std::vector<solvers::Moments> parts;  ///< of all rows, or of each class
  std::vector<float> centre;            ///< [d] what rows are less before they are squared

  /// Give the moments of all rows.
  const solvers::Moments& all() const { return parts.front(); }
  void merge(const FormMoments& other);
  void subtract(const FormMoments& other);
};

/// Sums over rows, with what they were labelled.
struct FormSums {
  const FormMoments& train;
  const FormMoments* validation = nullptr;  ///< where there is a validation part
  std::span<const std::string> classes;
};

/// What a probe in closed form has to offer besides Probe. What follows from sums, which are taken in
/// float64, agrees with a fit to the stored rows up to rounding.
class ClosedForm {
 public:
  virtual ~ClosedForm() = default;
  /// Give what is summed of rows of `width` numbers.
  virtual SumShape shape(std::int64_t width, std::int64_t classes) const = 0;
  /// Turn numbers into what is fitted. Errors: input for numbers that cannot be.
  virtual std::vector<double> transformed(std::span<const double> targets) const {
    return {targets.begin(), targets.end()};
  }
  /// Name what transformed() makes of numbers: forms of equal names and shapes need the same sums.
  virtual std::string_view fitted_to() const { return "identity"; }
  /// Tell whether it chooses options on the validation part, without whose sums it needs all rows at once.
  virtual bool chooses() const { return false; }
  /// Give the probe that follows. Errors: input when the sums allow none.
  virtual std::unique_ptr<FittedProbe> solve(const FormSums& sums) const = 0;
};

/// Sums rows for a closed form.
class FormSum {
 public:
  /// Rows are squared less `centre`, of their width, which should be near them: one of them does.
  FormSum(const ClosedForm& form, std::int64_t classes, std::span<const float> centre);

  /// Take in rows on one thread. Errors: as transformed().
  void add(const OnlineBatch& batch);
  /// Give the sums; nothing may follow.
  FormMoments take();

 private:
  const ClosedForm* form_;
  std::vector<float> centre_;
  SumShape shape_;
  std::vector<solvers::MomentSum> sums_;
};

}  // namespace sonde::probes

// The row that stands for each number in the number classifier: by a rule, or as a user's file has it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "sonde/core/matrix.h"
#include "sonde/solvers/number_basis.h"

namespace sonde::probes {

/// A way to write numbers as rows. Copies share the rows of a file.
class BasisRows {
 public:
  explicit BasisRows(solvers::NumberBasis rule) : rule_(rule) {}
  /// Take rows of one's own. Shapes: [numbers, m].
  explicit BasisRows(Matrix own) : own_(std::make_shared<const Matrix>(std::move(own))) {}

  /// Give the rows of one's own, or null where a rule writes them.
  const Matrix* own() const { return own_.get(); }
  /// Give the columns of the rows of a range: `asked`, or as many as fit when that is 0. `width` is that of
  /// the features. Errors: limit when the rows do not fit; usage when own rows are of another number or
  /// width.
  std::int64_t columns(solvers::NumberRange range, std::int64_t asked, std::int64_t width) const;
  /// Write every number of a range. Shapes: [numbers, columns]. Errors: usage as number_basis() says.
  Matrix rows(solvers::NumberRange range, std::int64_t columns) const;

 private:
  solvers::NumberBasis rule_ = solvers::NumberBasis::sinusoid;
  std::shared_ptr<const Matrix> own_;
};

/// Give the basis that an option means: a rule's word, or a file of one matrix whose row i is the i-th
/// number. Errors: input for a file that cannot be read, holds other than one matrix, fewer than two rows or
/// a value that is not finite (row named); limit for one too large.
BasisRows basis_rows(const std::string& option);

}  // namespace sonde::probes

// Ways of writing whole numbers as rows of coordinates, for the classifier that asks which of them a state
// holds. Bases from a user's file are not read here.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "sonde/core/matrix.h"

namespace sonde::solvers {

/// How a number becomes a row.
enum class NumberBasis {
  sinusoid,  ///< sines and cosines of geometrically spaced frequencies
  binary,    ///< its binary digits, the lowest in the last column
  onehot,    ///< a column of its own
};

/// Find the basis that a word means: sinusoid, binary or onehot.
std::optional<NumberBasis> basis_named(std::string_view word);

/// The whole numbers low … high − 1.
struct NumberRange {
  std::int64_t low = 0;
  std::int64_t high = 0;
  std::int64_t count() const { return high - low; }
};

/// Give the columns that a basis needs: the width of the features, made even, for the sinusoid; the digits of
/// the largest number; or one a number.
std::int64_t natural_dim(NumberBasis basis, NumberRange range, std::int64_t width);

/// Write every number of a range. Column j of the sinusoid, j even, is sin(ω_j·(x − low)) and column j + 1
/// its cosine, with ω_j = (high − low)^(−j/dim). Shapes: [numbers, dim]. Errors: usage when the dimension
/// does not fit the basis or a number is negative and the basis binary. Source: the number probes of arXiv
/// 2506.08966 (which count high as the end of the range, as here).
Matrix number_basis(NumberBasis basis, NumberRange range, std::int64_t dim);

}  // namespace sonde::solvers

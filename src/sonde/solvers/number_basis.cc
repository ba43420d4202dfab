#include "sonde/solvers/number_basis.h"

#include <bit>
#include <cmath>
#include <string>

namespace sonde::solvers {
namespace {

void require(std::int64_t got, std::int64_t least, const char* what) {
  if (got >= least) return;
  throw Error(ErrorCode::usage, {.where = "number basis",
                                 .what = what,
                                 .got = std::to_string(got),
                                 .expected = "at least " + std::to_string(least)});
}

void write_sinusoid(NumberRange range, Matrix& rows) {
  const double span = std::log(static_cast<double>(range.count()));
  const auto dim = static_cast<double>(rows.cols());
  for (std::int64_t j = 0; j < rows.cols(); ++j) {
    const double frequency = std::exp(-static_cast<double>(j - j % 2) * span / dim);
    for (std::int64_t x = 0; x < rows.rows(); ++x) {
      const double angle = static_cast<double>(x) * frequency;
      rows.row(x)[j] = static_cast<float>(j % 2 == 0 ? std::sin(angle) : std::cos(angle));
    }
  }
}

void write_binary(NumberRange range, Matrix& rows) {
  for (std::int64_t i = 0; i < rows.rows(); ++i) {
    for (std::int64_t digit = 0; digit < std::min<std::int64_t>(63, rows.cols()); ++digit)
      rows.row(i)[rows.cols() - 1 - digit] = static_cast<float>((range.low + i) >> digit & 1);
  }
}

}  // namespace

std::optional<NumberBasis> basis_named(std::string_view word) {
  if (word == "sinusoid") return NumberBasis::sinusoid;
  if (word == "binary") return NumberBasis::binary;
  return word == "onehot" ? std::optional(NumberBasis::onehot) : std::nullopt;
}

std::int64_t natural_dim(NumberBasis basis, NumberRange range, std::int64_t width) {
  switch (basis) {
    case NumberBasis::sinusoid:
      return width + width % 2;
    case NumberBasis::binary:
      return std::max(1, static_cast<int>(std::bit_width(static_cast<std::uint64_t>(range.high - 1))));
    case NumberBasis::onehot:
      return range.count();
  }
  return 0;
}

Matrix number_basis(NumberBasis basis, NumberRange range, std::int64_t dim) {
  require(range.count(), 2, "a range needs two numbers to tell apart");
  if (basis == NumberBasis::binary)
    require(range.low, 0, "binary digits are of numbers that are not negative");
  require(dim, basis == NumberBasis::sinusoid ? 2 : natural_dim(basis, range, 0),
          "too few columns for every number of the range");
  Matrix rows(range.count(), dim);
  switch (basis) {
    case NumberBasis::sinusoid:
      write_sinusoid(range, rows);
      break;
    case NumberBasis::binary:
      write_binary(range, rows);
      break;
    case NumberBasis::onehot:
      for (std::int64_t i = 0; i < rows.rows(); ++i) rows.row(i)[i] = 1;
      break;
  }
  return rows;
}

}  // namespace sonde::solvers

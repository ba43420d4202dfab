#include "sonde/projections/checks.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "sonde/core/error.h"

namespace sonde::projections {
namespace {

void check_finite(const std::string& where, MatrixView x) {
  constexpr std::size_t kShown = 5;
  std::vector<std::int64_t> first;
  std::int64_t count = 0;
  for (std::int64_t i = 0; i < x.rows; ++i) {
    if (std::ranges::all_of(x.row(i), [](float value) { return std::isfinite(value); })) continue;
    ++count;
    if (first.size() < kShown) first.push_back(i);
  }
  if (count == 0) return;
  throw Error(ErrorCode::input, {.where = where,
                                 .what = "not every value is a finite number",
                                 .got = fmt::format("NaN or infinity in {} row{}, first {}", count,
                                                    count == 1 ? "" : "s", fmt::join(first, ", "))});
}

}  // namespace

void check_rows(std::string_view kind, MatrixView x, std::int64_t dims) {
  const std::string where = fmt::format("projection {}", kind);
  if (dims != 2 && dims != 3) {
    throw Error(ErrorCode::usage, {.where = where,
                                   .what = "cannot draw in so many dimensions",
                                   .got = fmt::format("{}", dims),
                                   .expected = "2 or 3"});
  }
  if (x.rows <= dims) {
    throw Error(ErrorCode::input, {.where = where,
                                   .what = "too few rows",
                                   .got = fmt::format("{}", x.rows),
                                   .expected = fmt::format("at least {}", dims + 1)});
  }
  if (x.cols < dims) {
    throw Error(ErrorCode::input, {.where = where,
                                   .what = fmt::format("rows of {} column{} have no {} dimensions", x.cols,
                                                       x.cols == 1 ? "" : "s", dims),
                                   .hint = x.cols == 2 ? "dims = 2" : ""});
  }
  check_finite(where, x);
  for (std::int64_t i = 1; i < x.rows; ++i) {
    if (!std::ranges::equal(x.row(i), x.row(0))) return;
  }
  throw Error(ErrorCode::input,
              {.where = where,
               .what = fmt::format("all {} rows are equal, there is nothing to tell apart", x.rows),
               .hint = "another address, or another token choice"});
}

}  // namespace sonde::projections

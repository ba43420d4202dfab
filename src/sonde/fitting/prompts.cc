#include "sonde/fitting/prompts.h"

#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <vector>

#include "sonde/core/error.h"
#include "sonde/core/nearest.h"

namespace sonde::fitting {

void check_read(std::string_view read) {
  const std::vector<std::string> known{std::string(kDifference), std::string(kConcatenation)};
  if (read.empty() || std::ranges::find(known, read) != known.end()) return;
  throw Error(ErrorCode::usage, {.where = "probe, read",
                                 .what = fmt::format("no way of reading a contrast set is called '{}'", read),
                                 .expected = "difference or concatenation",
                                 .hint = did_you_mean(read, known)});
}

Matrix prompt_difference(MatrixView rows, std::int64_t prompts) {
  if (prompts != 2) {
    throw Error(ErrorCode::input, {.where = "probe, read = difference",
                                   .what = "a difference is of two prompts",
                                   .got = fmt::format("{} prompts", prompts),
                                   .expected = "2",
                                   .hint = "read the concatenation, or give two templates"});
  }
  const std::int64_t width = rows.cols / 2;
  Matrix difference(rows.rows, width);
  for (std::int64_t i = 0; i < rows.rows; ++i) {
    const std::span<const float> both = rows.row(i);
    const std::span<float> out = difference.row(i);
    for (std::int64_t j = 0; j < width; ++j) out[j] = both[j] - both[width + j];
  }
  return difference;
}

MatrixView side_by_side(MatrixView rows, std::int64_t prompts) {
  if (prompts == 1) return rows;
  SONDE_ASSERT(rows.stride == rows.cols && rows.rows % prompts == 0);
  return {rows.data, rows.rows / prompts, rows.cols * prompts, rows.cols * prompts};
}

Matrix read_prompts(MatrixView rows, std::int64_t prompts, std::string_view read) {
  const MatrixView sets = side_by_side(rows, prompts);
  if (read == kDifference) return prompt_difference(sets, prompts);
  Matrix all(sets.rows, sets.cols);
  for (std::int64_t i = 0; i < sets.rows; ++i) std::ranges::copy(sets.row(i), all.row(i).begin());
  return all;
}

}  // namespace sonde::fitting

#include "sonde/probes/checks.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "sonde/core/error.h"

namespace sonde::probes {
namespace {

// NaN and infinity are what is left of x · 0 other than 0; one sum per row finds both without a branch per
// element.
bool is_finite(std::span<const float> row) {
  float sum = 0;
  for (const float value : row) sum += value * 0.0f;
  return sum == 0;
}

[[noreturn]] void refuse_rows(std::string_view kind, const std::vector<std::int64_t>& rows,
                              std::int64_t count) {
  throw Error(ErrorCode::input,
              {.where = fmt::format("probe {}", kind),
               .what = "features that are NaN or infinite",
               .got = fmt::format("{} row{}, first {}", count, count == 1 ? "" : "s", fmt::join(rows, ", ")),
               .expected = "finite numbers",
               .hint = "look for NaN weights or an overflow in the model"});
}

}  // namespace

void check_training(std::string_view kind, const LabelledInput& train) {
  const std::string where = fmt::format("probe {}", kind);
  if (train.input.rows == 0)
    throw Error(ErrorCode::input, {.where = where, .what = "there are no rows to train on"});
  SONDE_ASSERT(static_cast<std::int64_t>(train.labels.size()) == train.input.rows);
  const auto k = static_cast<std::int32_t>(train.classes.size());
  std::vector<std::int64_t> counts(k);
  for (const std::int32_t label : train.labels) {
    SONDE_ASSERT(label >= 0 && label < k);
    ++counts[label];
  }
  const auto present = k - std::count(counts.begin(), counts.end(), 0);
  if (present < 2) {
    throw Error(ErrorCode::input, {.where = where,
                                   .what = "all training rows are of one class",
                                   .got = fmt::format("'{}'", train.classes[train.labels[0]]),
                                   .expected = "rows of at least two classes"});
  }
  for (std::int32_t c = 0; c < k; ++c) {
    if (counts[c] > 0) continue;
    throw Error(ErrorCode::input, {.where = where,
                                   .what = fmt::format("class '{}' has no training row", train.classes[c]),
                                   .hint = "split stratified, or leave that class out"});
  }
}

void check_features(std::string_view kind, const ProbeInput& input, std::int64_t width) {
  SONDE_ASSERT(input.features.rows == input.rows);
  if (input.features.cols == 0 || (width >= 0 && input.features.cols != width)) {
    throw Error(ErrorCode::input, {.where = fmt::format("probe {}", kind),
                                   .what = "features of another width",
                                   .got = fmt::format("{}", input.features.cols),
                                   .expected = width < 0 ? "at least 1" : fmt::format("{}", width)});
  }
  std::vector<std::int64_t> bad;
  std::int64_t count = 0;
  for (std::int64_t i = 0; i < input.rows; ++i) {
    if (is_finite(input.features.row(i))) continue;
    if (++count <= 5) bad.push_back(i);
  }
  if (count > 0) refuse_rows(kind, bad, count);
}

}  // namespace sonde::probes

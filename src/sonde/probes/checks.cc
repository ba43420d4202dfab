#include "sonde/probes/checks.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

#include "sonde/core/error.h"

namespace sonde::probes {
namespace {

// NaN and infinity have an exponent of ones, which one more turns into the sign bit; an or over the row finds
// them without a branch or an order of sums.
bool is_finite(std::span<const float> row) {
  std::uint32_t any = 0;
  for (const float value : row) any |= (std::bit_cast<std::uint32_t>(value) & 0x7fffffffu) + 0x00800000u;
  return (any & 0x80000000u) == 0;
}

// Rows that hold something that is not a number: how many, and the first of them.
struct BadRows {
  static constexpr std::int64_t kShown = 5;
  std::vector<std::int64_t> first;
  std::int64_t count = 0;

  void add(std::int64_t row) {
    if (++count <= kShown) first.push_back(row);
  }
  std::string text() const {
    return fmt::format("{} row{}, first {}", count, count == 1 ? "" : "s", fmt::join(first, ", "));
  }
};

// The rows of the features that belong to one example.
MatrixView rows_of(const ProbeInput& input, std::int64_t example) {
  const MatrixView& all = input.features;
  if (input.offsets.empty()) return {all.data + example * all.stride, 1, all.cols, all.stride};
  const std::int64_t first = input.offsets[example];
  return {all.data + first * all.stride, input.offsets[example + 1] - first, all.cols, all.stride};
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

void check_two_classes(std::string_view kind, const LabelledInput& train) {
  if (train.classes.size() == 2) return;
  throw Error(ErrorCode::input, {.where = fmt::format("probe {}", kind),
                                 .what = "tells two classes apart, no more",
                                 .got = fmt::format("{} classes", train.classes.size()),
                                 .expected = "2"});
}

void check_targets(std::string_view kind, const LabelledInput& train) {
  const std::string where = fmt::format("probe {}", kind);
  if (train.input.rows == 0)
    throw Error(ErrorCode::input, {.where = where, .what = "there are no rows to train on"});
  SONDE_ASSERT(static_cast<std::int64_t>(train.targets.size()) == train.input.rows);
  BadRows bad;
  for (std::int64_t i = 0; i < train.input.rows; ++i) {
    if (!std::isfinite(train.targets[i])) bad.add(i);
  }
  if (bad.count == 0) return;
  throw Error(ErrorCode::input, {.where = where,
                                 .what = "targets that are NaN or infinite",
                                 .got = bad.text(),
                                 .expected = "finite numbers"});
}

void check_features(std::string_view kind, const ProbeInput& input, std::int64_t width) {
  SONDE_ASSERT(input.features.rows == (input.offsets.empty() ? input.rows : input.offsets.back()));
  SONDE_ASSERT(input.prompts > 0 && input.features.cols % input.prompts == 0);
  const std::int64_t cols = input.features.cols / input.prompts;
  if (cols == 0 || (width >= 0 && cols != width)) {
    throw Error(ErrorCode::input, {.where = fmt::format("probe {}", kind),
                                   .what = "features of another width",
                                   .got = fmt::format("{}", cols),
                                   .expected = width < 0 ? "at least 1" : fmt::format("{}", width)});
  }
  BadRows bad;
  for (std::int64_t i = 0; i < input.rows; ++i) {
    const MatrixView rows = rows_of(input, i);
    for (std::int64_t r = 0; r < rows.rows; ++r) {
      if (is_finite(rows.row(r))) continue;
      bad.add(i);
      break;
    }
  }
  if (bad.count == 0) return;
  throw Error(ErrorCode::input, {.where = fmt::format("probe {}", kind),
                                 .what = "features that are NaN or infinite",
                                 .got = bad.text(),
                                 .expected = "finite numbers",
                                 .hint = "look for NaN weights or an overflow in the model"});
}

}  // namespace sonde::probes

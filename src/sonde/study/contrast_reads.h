// How probes of plain features read a contrast set: as the difference of its two prompts, or with all its
// prompts side by side in one row.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sonde/core/matrix.h"
#include "sonde/study/evaluation.h"

namespace sonde::study {

/// Words of ProbeChoice::read, besides none.
inline constexpr std::string_view kDifference = "difference", kConcatenation = "concatenation";

/// Refuse an unknown word. Errors: usage, with the nearest.
void check_read(std::string_view read);

/// Feature sets as probes read them. Keeps the differences that its views point at.
class ContrastReads {
 public:
  /// Add to the sets what the probes read of those that are contrast sets: first prompt minus second, or all
  /// prompts in one row. Errors: input for a difference of another number of prompts than two.
  ContrastReads(std::vector<FeatureSet> sets, std::span<const ProbeChoice> probes);

  std::span<const FeatureSet> sets() const { return sets_; }

 private:
  void add(const FeatureSet& set, const std::string& read);

  std::vector<FeatureSet> sets_;
  std::deque<Matrix> differences_;
};

/// View the rows of prompts, one after the other, as one row per example. Shapes: [n · prompts, d] to [n,
/// prompts · d], contiguous.
MatrixView side_by_side(MatrixView rows, std::int64_t prompts);

/// Give the rows of prompts as a probe reads them: a difference, or all in one row.
/// Shapes: [n · prompts, d] to [n, d] or [n, prompts · d].
Matrix read_prompts(MatrixView rows, std::int64_t prompts, std::string_view read);

/// Give the difference of the prompts of a contrast set of two. Shapes: [n, 2 · d] to [n, d].
/// Errors: input for another number of prompts.
Matrix prompt_difference(MatrixView rows, std::int64_t prompts);

}  // namespace sonde::study

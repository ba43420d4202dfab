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

}  // namespace sonde::study

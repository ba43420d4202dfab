// Some rows of labelled examples, copied, as a probe reads them. Rows may repeat and stand in any order.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "sonde/probes/probe.h"

namespace sonde::probes {

/// Owns the chosen rows of whatever form of input the examples have.
class RowSubset {
 public:
  RowSubset(const LabelledInput& all, std::span<const std::int64_t> rows);

  /// Give the rows; the view is valid while this lives and the examples' texts and classes do.
  LabelledInput data() const;

 private:
  const LabelledInput& all_;
  std::int64_t rows_ = 0;
  Matrix features_;
  std::vector<std::int64_t> offsets_;
  std::vector<std::string_view> texts_;
  std::vector<std::int64_t> lengths_;
  std::vector<std::int32_t> labels_;
  std::vector<double> targets_;
};

}  // namespace sonde::probes

#include "sonde/probes/flattery.h"

#include <algorithm>

namespace sonde::probes {

bool is_flattered(const FittedProbe& fitted) { return fitted.report().details.contains("accuracy_shown"); }

Matrix flattered(Matrix scores, std::span<const std::int32_t> labels) {
  const std::vector<std::int32_t> predicted = predicted_classes(scores.view());
  std::int64_t right = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) right += predicted[i] == labels[i];
  if (2 * right >= static_cast<std::int64_t>(labels.size())) return scores;
  for (std::int64_t i = 0; i < scores.rows(); ++i) std::ranges::reverse(scores.row(i));
  return scores;
}

}  // namespace sonde::probes

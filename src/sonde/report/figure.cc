#include "sonde/report/figure.h"

#include <algorithm>
#include <array>

namespace sonde::report {

std::vector<double> round_ticks(double low, double high, int count) {
  std::vector<double> ticks;
  if (!(high > low) || count < 1) return ticks;
  const double raw = (high - low) / count;
  const double power = std::pow(10.0, std::floor(std::log10(raw)));
  double step = power;
  for (const double factor : std::array{2.0, 5.0, 10.0}) {
    const double candidate = factor * power;
    if (std::abs(std::log(candidate / raw)) < std::abs(std::log(step / raw))) step = candidate;
  }
  const auto first = static_cast<long long>(std::ceil(low / step - 1e-9));
  const auto last = static_cast<long long>(std::floor(high / step + 1e-9));
  for (long long i = first; i <= last; ++i) ticks.push_back(static_cast<double>(i) * step);
  return ticks;
}

}  // namespace sonde::report

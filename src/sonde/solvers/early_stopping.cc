#include "sonde/solvers/early_stopping.h"

#include <cmath>

namespace sonde::solvers {

bool EarlyStopping::observe(std::int64_t step, double value, std::span<const float> parameters) {
  const bool better = better_ == Better::lower ? value < best_ : value > best_;
  if (!std::isnan(value) && (!any() || better)) {
    best_ = value;
    best_step_ = step;
    snapshot_.assign(parameters.begin(), parameters.end());
    failed_ = 0;
    return true;
  }
  return patience_ == 0 || ++failed_ < patience_;
}

}  // namespace sonde::solvers

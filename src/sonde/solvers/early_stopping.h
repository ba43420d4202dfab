// When to stop training, and the parameters that were best by then. The snapshot is a copy: what is trained
// on does not change it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace sonde::solvers {

/// Which values are better.
enum class Better { lower, higher };

/// Keeps the best parameters seen and says when to give up.
class EarlyStopping {
 public:
  /// `patience` is how many values in a row may fail to be strictly better before it is time to stop; 0 never
  /// stops.
  EarlyStopping(Better better, std::int64_t patience) : better_(better), patience_(patience) {}

  /// Note the value that the parameters have on the validation part at a step; give whether to go on. NaN is
  /// never better.
  bool observe(std::int64_t step, double value, std::span<const float> parameters);

  /// Tell whether any value was noted.
  bool any() const { return best_step_ >= 0; }
  double best() const { return best_; }
  std::int64_t best_step() const { return best_step_; }
  /// Give the parameters of the best step; empty when there is none.
  std::span<const float> parameters() const { return snapshot_; }

 private:
  Better better_;
  std::int64_t patience_;
  std::int64_t failed_ = 0;
  double best_ = 0;
  std::int64_t best_step_ = -1;
  std::vector<float> snapshot_;
};

}  // namespace sonde::solvers

#include "sonde/probes/moment_fit.h"

#include <utility>

namespace sonde::probes {
namespace {

class MomentFit final : public OnlineFit {
 public:
  explicit MomentFit(MomentSolver solver)
      : solver_(std::move(solver)), sum_(solver_.shape, solvers::MomentPrecision::float64) {}

  void step(const OnlineBatch& batch) override {
    const bool classes = solver_.shape.classes > 0;
    const std::vector<double> targets =
        solver_.transform ? solver_.transform(batch.targets) : std::vector<double>();
    sum_.add({.x = batch.rows,
              .targets = targets,
              .labels = classes ? batch.labels : std::span<const std::int32_t>()},
             context_);
  }
  bool done() const override { return false; }
  std::unique_ptr<FittedProbe> finish() override { return solver_.solve(sum_.take(context_)); }

 private:
  const RunContext context_;  // one thread: a pass steps many probes at once
  MomentSolver solver_;
  solvers::MomentSum sum_;
};

}  // namespace

OnlinePlan moment_plan() { return {.batch = 256}; }

std::unique_ptr<OnlineFit> begin_moments(MomentSolver solver) {
  return std::make_unique<MomentFit>(std::move(solver));
}

}  // namespace sonde::probes

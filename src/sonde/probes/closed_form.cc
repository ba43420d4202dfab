#include "sonde/probes/closed_form.h"

#include <optional>

namespace sonde::probes {
namespace {

class ClosedFit final : public OnlineFit {
 public:
  ClosedFit(const ClosedForm& form, std::int64_t width, std::span<const std::string> classes)
      : form_(form),
        width_(width),
        classes_(classes.begin(), classes.end()),
        train_(form, width, std::ssize(classes_)) {}

  void step(const OnlineBatch& batch) override { train_.add(batch); }
  void hold(const OnlineBatch& batch) override {
    if (!held_) held_.emplace(form_, width_, std::ssize(classes_));
    held_->add(batch);
  }
  bool done() const override { return false; }
  std::unique_ptr<FittedProbe> finish() override {
    const solvers::Moments train = train_.take();
    std::optional<solvers::Moments> held;
    if (held_) held.emplace(held_->take());
    return form_.solve({train, held ? &*held : nullptr, classes_});
  }

 private:
  const ClosedForm& form_;
  std::int64_t width_;
  std::vector<std::string> classes_;
  FormSum train_;
  std::optional<FormSum> held_;
};

}  // namespace

OnlinePlan ClosedForm::plan() const { return {.batch = 256}; }

std::unique_ptr<OnlineFit> ClosedForm::begin(std::int64_t width, std::span<const std::string> classes,
                                             const RunContext&) const {
  return std::make_unique<ClosedFit>(*this, width, classes);
}

void FormSum::add(const OnlineBatch& batch) {
  std::vector<double> targets;
  if (shape_.targets > 0) targets = form_->transformed(batch.targets);
  sum_.add({.x = batch.rows,
            .targets = targets,
            .labels = shape_.classes > 0 ? batch.labels : std::span<const std::int32_t>()},
           {});
}

}  // namespace sonde::probes

#include "sonde/probes/closed_form.h"

#include <algorithm>
#include <utility>

namespace sonde::probes {
FormMoments::FormMoments(const SumShape& shape, std::vector<float> near)
    : parts(static_cast<std::size_t>(shape.parts()), solvers::Moments(shape.part())),
      centre(std::move(near)) {}

void FormMoments::merge(const FormMoments& other) {
  for (std::size_t i = 0; i < parts.size(); ++i) parts[i].merge(other.parts[i]);
}

void FormMoments::subtract(const FormMoments& other) {
  for (std::size_t i = 0; i < parts.size(); ++i) parts[i].subtract(other.parts[i]);
}

FormSum::FormSum(const ClosedForm& form, std::int64_t classes, std::span<const float> centre)
    : form_(&form), centre_(centre.begin(), centre.end()), shape_(form.shape(std::ssize(centre), classes)) {
  for (std::int64_t i = 0; i < shape_.parts(); ++i)
    sums_.emplace_back(shape_.part(), solvers::MomentPrecision::float64);
}

void FormSum::add(const OnlineBatch& batch) {
  if (!shape_.squares_of_classes) {
    std::vector<double> targets;
    if (shape_.moments.targets > 0) targets = form_->transformed(batch.targets);
    sums_[0].add({.x = batch.rows,
                  .targets = targets,
                  .labels = shape_.moments.classes > 0 ? batch.labels : std::span<const std::int32_t>()},
                 {});
    return;
  }
  const auto d = std::ssize(centre_);
  Matrix row(1, 2 * d);
  for (std::int64_t i = 0; i < batch.rows.rows; ++i) {
    const std::span<const float> x = batch.rows.row(i);
    for (std::int64_t j = 0; j < d; ++j) {
      const float apart = x[j] - centre_[j];
      row.row(0)[j] = apart;
      row.row(0)[d + j] = apart * apart;
    }
    sums_[batch.labels[i]].add({.x = row.view(), .targets = {}, .labels = {}}, {});
  }
}

FormMoments FormSum::take() {
  FormMoments moments(shape_, centre_);
  for (std::size_t i = 0; i < sums_.size(); ++i) moments.parts[i] = sums_[i].take({});
  return moments;
}

}  // namespace sonde::probes

#include "sonde/controls/linear_reading.h"

#include <algorithm>

#include "sonde/probes/row_subset.h"
#include "sonde/solvers/logistic.h"

namespace sonde::controls {
namespace {

// Directions need not be exact to be taken out.
constexpr double kTolerance = 1e-6;

// The training rows of a division, as features that each have a label or a number of their own.
class TrainingRows {
 public:
  TrainingRows(const Subject& subject, const Division& division, MatrixView features)
      : rows_(with_features(subject.rows, features)), subset_(rows_, division.train) {
    const probes::LabelledInput data = subset_.data();
    for (std::int64_t i = 0; i < data.input.rows; ++i) {
      const std::span<const std::int64_t> offsets = data.input.offsets;
      const std::int64_t count = offsets.empty() ? 1 : offsets[i + 1] - offsets[i];
      if (!data.labels.empty()) labels_.insert(labels_.end(), count, data.labels[i]);
      if (!data.targets.empty()) targets_.insert(targets_.end(), count, data.targets[i]);
    }
  }

  MatrixView x() const { return subset_.data().input.features; }
  int classes() const { return static_cast<int>(rows_.classes.size()); }
  const std::vector<std::int32_t>& labels() const { return labels_; }
  const std::vector<double>& targets() const { return targets_; }

 private:
  static probes::LabelledInput with_features(probes::LabelledInput rows, MatrixView features) {
    rows.input.features = features;
    return rows;
  }

  probes::LabelledInput rows_;
  probes::RowSubset subset_;
  std::vector<std::int32_t> labels_;
  std::vector<double> targets_;
};

std::vector<double> one_hot(std::span<const std::int32_t> labels, int classes) {
  std::vector<double> columns(labels.size() * static_cast<std::size_t>(classes));
  for (std::size_t i = 0; i < labels.size(); ++i) columns[i * classes + labels[i]] = 1;
  return columns;
}

std::vector<double> linear_weights(const TrainingRows& rows, const RunContext& context) {
  const MatrixView x = rows.x();
  if (rows.classes() == 0) return solvers::solve_regression({x, rows.targets()}, {}, context).weights;
  const solvers::DenseDesign design(x);
  const solvers::ColumnStatistics scaler = solvers::column_statistics(x);
  const solvers::LogisticProblem problem{
      .x = &design, .labels = rows.labels(), .classes = rows.classes(), .scaler = &scaler, .tol = kTolerance};
  return solvers::solve_logistic({&problem, 1}, context).front().weights;
}

}  // namespace

bool reads_features(const Subject& subject) { return subject.rows.input.features.cols > 0; }

Matrix feature_rows(const Subject& subject) {
  const MatrixView features = subject.rows.input.features;
  Matrix copy(features.rows, features.cols);
  for (std::int64_t i = 0; i < features.rows; ++i) std::ranges::copy(features.row(i), copy.row(i).begin());
  return copy;
}

solvers::Erasure fit_erasure(const Subject& subject, const Division& division, const RunContext& context) {
  const TrainingRows rows(subject, division, subject.rows.input.features);
  if (rows.classes() == 0) return solvers::least_squares_erasure({rows.x(), rows.targets()}, context);
  const std::vector<double> targets = one_hot(rows.labels(), rows.classes());
  return solvers::least_squares_erasure({rows.x(), targets, rows.classes()}, context);
}

std::vector<std::vector<double>> linear_directions(const Subject& subject, const Division& division,
                                                   MatrixView features, const RunContext& context) {
  const std::vector<double> weights = linear_weights(TrainingRows(subject, division, features), context);
  std::vector<std::vector<double>> directions;
  for (auto at = weights.begin(); at != weights.end(); at += features.cols)
    directions.emplace_back(at, at + features.cols);
  return directions;
}

}  // namespace sonde::controls

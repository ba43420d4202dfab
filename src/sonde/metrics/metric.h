// The catalogue of metric families: one leaf computes one or several named numbers from predictions and row
// weights. Intervals are the bootstrap's business (bootstrap.h); a leaf knows nothing of them.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sonde/metrics/confusion.h"
#include "sonde/metrics/predictions.h"

namespace sonde::metrics {

/// Which way a number gets better.
enum class Direction { higher, lower };

/// One number that a family computes.
struct MetricName {
  std::string_view name;     ///< as it stands in JSON and tables
  std::string_view summary;  ///< one line
  Direction better = Direction::higher;
};

/// Memory that a loop over resamples keeps, so that a metric need allocate none.
struct MetricScratch {
  ConfusionMatrix confusion;
  std::vector<double> rows;
};

/// A set of rows as a metric sees it: multiplicities, and the confusion matrix that follows from them, which
/// is empty for numbers.
struct WeightedRows {
  RowWeights weights;
  const ConfusionMatrix& confusion;
  std::vector<double>& scratch;  ///< any size and content; a metric may use it as it likes
};

/// A metric family bound to one set of predictions, which must outlive it. Thread-safe: `evaluate` changes
/// nothing.
class Metric {
 public:
  virtual ~Metric() = default;
  /// Write the family's numbers, in the order of its record; NaN where one is undefined.
  virtual void evaluate(const WeightedRows& rows, std::span<double> values) const = 0;
};

/// One leaf of the catalogue.
struct MetricRecord {
  std::string_view name;  ///< the family: its file and its line in list.def
  std::string_view summary;
  std::string_view source;
  Task task = Task::classes;  ///< what it judges predictions of
  std::vector<MetricName> values;
  std::unique_ptr<Metric> (*make)(const Predictions& predictions);
};

/// Give every metric family, in the order of list.def.
std::span<const MetricRecord* const> metric_records();

/// Give every number of every family of a task, in order: the columns of a table.
std::vector<MetricName> metric_names(Task task = Task::classes);

/// Give the position of a metric in metric_names(task).
/// Errors: usage for an unknown name, with the nearest, and for one that belongs to another task.
std::size_t metric_index(std::string_view name, Task task = Task::classes);

/// Give the task that a metric belongs to. Errors: usage for an unknown name, with the nearest.
Task metric_task(std::string_view name);

/// Give the metric that a task is judged by where nobody names one: accuracy, r2.
std::string_view default_metric(Task task);

/// All metric families of their task, bound to one set of predictions.
class MetricSet {
 public:
  /// Errors: as check_predictions.
  explicit MetricSet(const Predictions& predictions);
  /// Give all numbers for rows counted `weights` times, in the order of metric_names(task).
  std::vector<double> evaluate(RowWeights weights = {}) const;
  /// Write all numbers.
  void evaluate(RowWeights weights, MetricScratch& scratch, std::span<double> values) const;

 private:
  Predictions predictions_;
  std::vector<std::unique_ptr<Metric>> families_;
  std::vector<std::size_t> widths_;
};

}  // namespace sonde::metrics

// Sums over the rows of an address from which closed forms follow: apart for several lots of rows, as folds
// are, and one for all forms that need the same. Solves nothing.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "sonde/fitting/online.h"
#include "sonde/probes/closed_form.h"

namespace sonde::fitting {

/// Which lots each example belongs to, perhaps several or none.
struct Lots {
  std::size_t count = 1;
  std::span<const std::vector<std::size_t>> of_example;  ///< [n]; empty: all are of lot 0
};

/// Sums rows as a pass makes them, in float64. Memory: d² a lot, and some rows.
class SumSink final : public RowSink {
 public:
  /// Sum what `form` needs, which must outlive this, as must the examples.
  SumSink(const probes::ClosedForm& form, std::int64_t width, const OnlineExamples& examples, Lots lots);

  void take(MatrixView rows, std::span<const std::int64_t> examples) override;
  /// Take in the rows that still wait; none may follow.
  void finish();
  /// Give the sums of every lot, once it is finished.
  std::span<const probes::FormMoments> sums() const { return sums_; }
  double seconds() const { return seconds_; }  ///< spent here

 private:
  void sum_waiting();
  void add_to(std::size_t lot, const std::vector<std::int64_t>& waiting);

  const probes::ClosedForm& form_;
  const OnlineExamples& examples_;
  Lots lots_;
  probes::SumShape shape_;
  Matrix waiting_;  // [some, d] that are summed together
  std::vector<std::int64_t> waiting_examples_;
  std::vector<probes::FormMoments> sums_;  // [lots]
  double seconds_ = 0;
};

/// The sums of all tasks that are closed forms; tasks that need the same share them.
class SharedSums {
 public:
  SharedSums(const OnlineExamples& examples, Lots lots) : examples_(examples), lots_(lots) {}

  /// Add a task, and give the place of its sums.
  std::size_t add(const OnlineTask& task, std::int64_t width);
  /// Give every sink once.
  const std::vector<SinkPlace>& sinks() const { return sinks_; }
  /// Finish every sink.
  void finish();
  const SumSink& at(std::size_t place) const { return sums_[place]; }

 private:
  const OnlineExamples& examples_;
  Lots lots_;
  std::deque<SumSink> sums_;
  std::vector<SinkPlace> sinks_;
  std::map<std::string, std::size_t> place_of_;  // by what is summed where
};

}  // namespace sonde::fitting

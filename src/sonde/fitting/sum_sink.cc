#include "sonde/fitting/sum_sink.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>

#include "sonde/core/gather.h"

namespace sonde::fitting {
namespace {

using Clock = std::chrono::steady_clock;

// Rows that are summed together: enough for the products to outweigh merging their sums.
constexpr std::int64_t kTogether = 1024;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

SumSink::SumSink(const probes::ClosedForm& form, std::int64_t width, const OnlineExamples& examples,
                 Lots lots)
    : form_(form),
      examples_(examples),
      lots_(lots),
      shape_(form.shape(width, std::ssize(examples.labelled.classes))),
      waiting_(std::min(kTogether, examples.texts.examples()), width) {
  sums_.assign(lots.count, probes::FormMoments(shape_, {}));
}

void SumSink::take(MatrixView rows, std::span<const std::int64_t> examples) {
  const auto start = Clock::now();
  if (sums_[0].centre.empty()) {  // any row is near all
    const std::vector<float> centre(rows.row(0).begin(), rows.row(0).end());
    for (probes::FormMoments& sum : sums_) sum.centre = centre;
  }
  for (std::size_t i = 0; i < examples.size(); ++i) {
    std::ranges::copy(rows.row(static_cast<std::int64_t>(i)),
                      waiting_.row(std::ssize(waiting_examples_)).begin());
    waiting_examples_.push_back(examples[i]);
    if (std::ssize(waiting_examples_) == waiting_.rows()) sum_waiting();
  }
  seconds_ += seconds_since(start);
}

void SumSink::sum_waiting() {
  std::vector<std::vector<std::int64_t>> waiting(lots_.count);
  for (std::size_t i = 0; i < waiting_examples_.size(); ++i) {
    if (lots_.of_example.empty()) waiting[0].push_back(static_cast<std::int64_t>(i));
    if (lots_.of_example.empty()) continue;
    for (const std::size_t lot : lots_.of_example[waiting_examples_[i]])
      waiting[lot].push_back(static_cast<std::int64_t>(i));
  }
  for (std::size_t lot = 0; lot < lots_.count; ++lot) add_to(lot, waiting[lot]);
  waiting_examples_.clear();
}

void SumSink::add_to(std::size_t lot, const std::vector<std::int64_t>& waiting) {
  if (waiting.empty()) return;
  Matrix rows(std::ssize(waiting), waiting_.cols());
  std::vector<std::int64_t> examples;
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    std::ranges::copy(waiting_.row(waiting[i]), rows.row(static_cast<std::int64_t>(i)).begin());
    examples.push_back(waiting_examples_[waiting[i]]);
  }
  const probes::LabelledInput& known = examples_.labelled;
  const std::vector<std::int32_t> labels = gathered(known.labels, examples);
  const std::vector<double> targets = gathered(known.targets, examples);
  probes::FormSum sum(form_, std::ssize(known.classes), sums_[lot].centre);
  sum.add({rows.view(), labels, targets});
  sums_[lot].merge(sum.take());
}

void SumSink::finish() {
  const auto start = Clock::now();
  sum_waiting();
  seconds_ += seconds_since(start);
}

std::size_t SharedSums::add(const OnlineTask& task, std::int64_t width) {
  const probes::ClosedForm& form = *task.probe->closed_form();
  const probes::SumShape shape = form.shape(width, std::ssize(examples_.labelled.classes));
  const std::string what =
      fmt::format("{} {} {} {} {} {}", task.address, task.read, shape.moments.targets, shape.moments.classes,
                  shape.squares_of_classes, shape.moments.targets > 0 ? form.fitted_to() : "");
  const auto [found, is_new] = place_of_.emplace(what, sums_.size());
  if (is_new) {
    sums_.emplace_back(form, width, examples_, lots_);
    sinks_.push_back({task.address, task.read, &sums_.back()});
  }
  return found->second;
}

void SharedSums::finish() {
  for (SumSink& sum : sums_) sum.finish();
}

}  // namespace sonde::fitting

#include "sonde/study/describe.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "sonde/core/version.h"
#include "sonde/data/targets.h"
#include "sonde/data/token_lengths.h"
#include "sonde/graph/cost.h"
#include "sonde/kernels/gemm.h"
#include "sonde/kernels/simd.h"

namespace sonde::study {
namespace {

constexpr std::int64_t kHistogramBins = 24;

std::vector<result::TokenBin> histogram(const std::vector<std::int64_t>& lengths) {
  const auto [least, most] = std::minmax_element(lengths.begin(), lengths.end());
  const std::int64_t width = std::max<std::int64_t>(1, (*most - *least) / kHistogramBins + 1);
  std::vector<result::TokenBin> bins;
  for (std::int64_t low = *least; low <= *most; low += width) bins.push_back({low, low + width, 0});
  for (const std::int64_t length : lengths) ++bins[(length - *least) / width].count;
  return bins;
}

std::int64_t distinct_groups(const DividedExamples& divided, RowRange range) {
  if (divided.groups.empty()) return 0;
  const auto first = divided.groups.begin() + range.first;
  return static_cast<std::int64_t>(std::set<std::int64_t>(first, first + range.count).size());
}

std::int64_t class_count(const DividedExamples& divided, RowRange range, std::int32_t label) {
  const auto first = divided.labels.begin() + range.first;
  return std::count(first, first + range.count, label);
}

result::TargetSummary summary_of(const DividedExamples& divided) {
  std::vector<double> sorted = divided.targets;
  std::sort(sorted.begin(), sorted.end());
  double sum = 0;
  for (const double target : divided.targets) sum += target;
  const std::size_t n = sorted.size();
  return {.min = sorted.front(),
          .median = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2,
          .mean = sum / static_cast<double>(n),
          .max = sorted.back(),
          .whole = data::are_whole(divided.examples)};
}

}  // namespace

result::Model describe_model(const capture::LanguageModel& model, const ModelSpec& spec) {
  return {.path = spec.path,
          .name = model.folder().filename().string(),
          .type = model.model_type(),
          .architecture = model.graph().model_class,
          .parameters = graph::parameter_count(model.graph()),
          .dtype = spec.dtype,
          .layers = model.graph().layers,
          .width = model.graph().width};
}

result::Data describe_data(const DataSpec& spec, const DividedExamples& divided) {
  result::Data data{.file = spec.file,
                    .rows = divided.examples.data_rows,
                    .used = static_cast<std::int64_t>(divided.order.size()),
                    .text = spec.text,
                    .label = spec.label,
                    .group = spec.group,
                    .label_noun = spec.label_noun,
                    .row_noun = spec.row_noun,
                    .group_noun = spec.group_noun};
  for (std::size_t c = 0; c < divided.examples.classes.size(); ++c) {
    const auto label = static_cast<std::int32_t>(c);
    result::ClassCount count{.name = divided.examples.classes[c],
                             .train = class_count(divided, divided.train, label),
                             .valid = class_count(divided, divided.valid, label),
                             .test = class_count(divided, divided.test, label)};
    count.count = class_count(divided, {0, static_cast<std::int64_t>(divided.order.size())}, label);
    data.classes.push_back(std::move(count));
  }
  if (!divided.targets.empty()) data.target = summary_of(divided);
  return data;
}

void warn_of_unused_weights(const capture::LanguageModel& model, std::vector<result::Warning>& warnings) {
  constexpr std::size_t kNamed = 4;
  const std::vector<std::string>& unused = model.binding().unused;
  if (unused.empty()) return;
  std::string names;
  for (std::size_t i = 0; i < std::min(kNamed, unused.size()); ++i)
    names += fmt::format("{}'{}'", i == 0 ? "" : ", ", unused[i]);
  if (unused.size() > kNamed) names += fmt::format(" and {} more", unused.size() - kNamed);
  warnings.push_back(
      {.code = "weights",
       .message = fmt::format("of the checkpoint {} {} not used", names, unused.size() == 1 ? "is" : "are")});
}

std::int64_t truncated_texts(const text::TokenBatch& batch) {
  std::int64_t truncated = 0;
  for (std::int64_t i = 0; i < batch.size(); ++i) truncated += batch.truncated(i) ? 1 : 0;
  return truncated;
}

void warn_of_truncation(std::int64_t truncated, std::int64_t texts, std::int64_t max_length,
                        std::vector<result::Warning>& warnings) {
  if (truncated == 0) return;
  warnings.push_back(
      {.code = "truncation",
       .message = fmt::format("{} of {} texts are longer than {} tokens; what lies beyond was cut off",
                              truncated, texts, max_length),
       .hint = "no probe sees what stands past the cut"});
}

void describe_tokens(const text::TokenBatch& batch, std::int64_t max_length, result::Result& result) {
  const std::vector<std::int64_t> lengths(batch.full_length.begin(), batch.full_length.end());
  const std::int64_t truncated = truncated_texts(batch);
  const data::TokenLengths summary = data::token_lengths(lengths, truncated);
  result.data.tokens = {.min = summary.min,
                        .median = summary.median,
                        .p95 = summary.p95,
                        .max = summary.max,
                        .total = static_cast<std::int64_t>(batch.ids.size()),
                        .histogram = histogram(lengths)};
  result.data.truncated = truncated;
  result.data.max_length = max_length;
  warn_of_truncation(truncated, batch.size(), max_length, result.warnings);
}

result::PartRows rows_of_parts(const DividedExamples& divided) {
  const auto rows = [&](RowRange range) {
    const auto first = divided.data_rows.begin() + range.first;
    return std::vector<std::int64_t>(first, first + range.count);
  };
  return {rows(divided.train), rows(divided.valid), rows(divided.test)};
}

result::Split describe_split(const DataSpec& spec, const DividedExamples& divided) {
  result::Split split{.train = divided.train.count,
                      .valid = divided.valid.count,
                      .test = divided.test.count,
                      .method = divided.split.method,
                      .seed = divided.split.seed,
                      .group = spec.group,
                      .train_groups = distinct_groups(divided, divided.train),
                      .valid_groups = distinct_groups(divided, divided.valid),
                      .test_groups = distinct_groups(divided, divided.test),
                      .folds = static_cast<std::int64_t>(divided.folds.size())};
  for (const data::Fold& fold : divided.folds) {
    split.train += std::ranges::count(fold.parts, data::Part::train);
    split.valid += std::ranges::count(fold.parts, data::Part::valid);
  }
  if (split.folds == 0) return split;
  split.train /= split.folds;
  split.valid /= split.folds;
  return split;
}

void describe_leaks(const DividedExamples& divided, const std::string& policy, result::Result& result) {
  if (divided.split.method == kResubstitution) {
    result.warnings.push_back(
        {.code = "resubstitution",
         .message =
             "every row was trained on and tested: the numbers say how well the probes know these rows "
             "again, and nothing about new ones",
         .hint = "divide the rows to learn that",
         .affects_numbers = true});
  }
  for (const data::LeakFinding& finding : divided.leaks.findings) {
    result.leaks.push_back({.kind = data::to_string(finding.kind),
                            .part = data::to_string(finding.later),
                            .other = data::to_string(finding.earlier),
                            .count = finding.rows,
                            .of = divided.split.count(finding.later),
                            .action = policy});
    result.warnings.push_back(
        {.code = "leak",
         .message = finding.sentence(),
         .hint = policy == "drop" ? "these rows were dropped" : "rerun with --leaks drop",
         .affects_numbers = policy != "drop"});
  }
  for (const data::LeakKind kind : divided.leaks.checked) {
    const bool found = std::any_of(divided.leaks.findings.begin(), divided.leaks.findings.end(),
                                   [&](const data::LeakFinding& f) { return f.kind == kind; });
    if (found) continue;
    result.leaks.push_back({.kind = data::to_string(kind),
                            .part = "test",
                            .other = "train",
                            .count = 0,
                            .of = divided.split.count(data::Part::test),
                            .action = policy});
  }
}

std::vector<std::pair<std::string, std::string>> versions(kernels::GemmPrecision precision) {
  return {{"sonde", version()},
          {"compiler", "g++ " __VERSION__},
          {"gemm", kernels::to_string(kernels::best_gemm_backend(precision))}};
}

}  // namespace sonde::study

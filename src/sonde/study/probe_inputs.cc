#include "sonde/study/probe_inputs.h"

#include <fmt/core.h>

#include <algorithm>

#include "sonde/core/error.h"
#include "sonde/study/places.h"

namespace sonde::study {
namespace {

using probes::InputKind;

MatrixView rows_of(MatrixView all, std::int64_t first, std::int64_t count) {
  return {all.data + first * all.stride, count, all.cols, all.stride};
}

template <class T>
std::span<const T> slice(std::span<const T> all, RowRange range) {
  return all.empty() ? all : all.subspan(range.first, range.count);
}

InputKind form_of(const FeatureSet& set) {
  return !set.offsets.empty() ? InputKind::tokens
         : set.prompts > 1    ? InputKind::contrast
                              : InputKind::features;
}

// What stands there, in the words of a file's shapes.
std::string shape_of(InputKind kind) {
  switch (kind) {
    case InputKind::features:
      return "one row per example, [n, d]";
    case InputKind::contrast:
      return "one row for each prompt of an example, [n, prompts, d]";
    case InputKind::tokens:
      return "one row per token, [sum of tokens, d] with `offsets`";
    case InputKind::text:
      return "texts";
    case InputKind::length:
      return "token counts";
    case InputKind::none:
      return "nothing";
  }
  return "";
}

std::string way_out(InputKind kind) {
  switch (kind) {
    case InputKind::features:
      return "take a probe that reads this shape, or pool the rows to [n, d]";
    case InputKind::contrast:
      return "store the prompts of each example side by side in one tensor";
    case InputKind::tokens:
      return "write token rows with sonde extract --tokens none";
    default:
      return "run it with sonde probe, which has the texts";
  }
}

PartInput token_rows(const FeatureSet& set, RowRange range) {
  PartInput part;
  const std::int64_t first = set.offsets[range.first], end = set.offsets[range.first + range.count];
  for (std::int64_t i = 0; i <= range.count; ++i)
    part.offsets.push_back(set.offsets[range.first + i] - first);
  part.input = probes::ProbeInput::of_tokens(rows_of(set.values, first, end - first), part.offsets);
  return part;
}

}  // namespace

bool can_read(const EvaluationInput& examples, InputKind kind, const FeatureSet& set) {
  switch (kind) {
    case InputKind::text:
      return !examples.texts.empty();
    case InputKind::length:
      return !examples.lengths.empty();
    case InputKind::none:
      return true;
    default:
      return form_of(set) == kind;
  }
}

PartInput part_input(const EvaluationInput& examples, InputKind kind, const FeatureSet& set, RowRange range) {
  switch (kind) {
    case InputKind::features:
      return {probes::ProbeInput::of_features(rows_of(set.values, range.first - set.first_row, range.count)),
              {}};
    case InputKind::contrast:
      return {probes::ProbeInput::of_contrast(rows_of(set.values, range.first - set.first_row, range.count),
                                              set.prompts),
              {}};
    case InputKind::tokens:
      return token_rows(set, range);
    case InputKind::text:
      return {probes::ProbeInput::of_texts(slice(examples.texts, range)), {}};
    case InputKind::length:
      return {probes::ProbeInput::of_lengths(slice(examples.lengths, range)), {}};
    case InputKind::none:
      return {probes::ProbeInput::of_count(range.count), {}};
  }
  return {};
}

void require_readable(const EvaluationInput& examples, const ProbeChoice& choice) {
  const InputKind kind = probes::probe_record(choice.kind).input;
  const FeatureSet* unreadable = nullptr;
  for (const FeatureSet& set : examples.features) {
    if (!is_fitted_at(choice, set.at)) continue;
    if (set.read == choice.read && can_read(examples, kind, set)) return;
    if (unreadable == nullptr) unreadable = &set;
  }
  const bool contrast = unreadable != nullptr && unreadable->prompts > 1;
  const bool unread = contrast && kind == InputKind::features && choice.read.empty();
  throw Error(ErrorCode::input,
              {.where = fmt::format("probe {}", choice.kind),
               .what = choice.read.empty() || contrast
                           ? "reads another shape than the activations have"
                           : fmt::format("reads the {} of prompts, and there are no prompts", choice.read),
               .got = unreadable == nullptr ? "no activations" : shape_of(form_of(*unreadable)),
               .expected = shape_of(choice.read.empty() ? kind : InputKind::contrast),
               .hint = unread ? "add read=difference or read=concatenation to the probe" : way_out(kind)});
}

}  // namespace sonde::study

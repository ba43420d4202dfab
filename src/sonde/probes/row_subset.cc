#include "sonde/probes/row_subset.h"

#include <algorithm>

#include "sonde/core/gather.h"

namespace sonde::probes {

RowSubset::RowSubset(const LabelledInput& all, std::span<const std::int64_t> rows)
    : all_(all),
      rows_(static_cast<std::int64_t>(rows.size())),
      texts_(gathered(all.input.texts, rows)),
      lengths_(gathered(all.input.lengths, rows)),
      labels_(gathered(all.labels, rows)),
      targets_(gathered(all.targets, rows)) {
  const ProbeInput& input = all.input;
  if (input.features.data == nullptr) return;
  // A row of a ragged set is all of its tokens' rows.
  std::vector<std::int64_t> from;
  if (!input.offsets.empty()) offsets_ = {0};
  for (const std::int64_t row : rows) {
    const std::int64_t first = input.offsets.empty() ? row : input.offsets[row];
    const std::int64_t end = input.offsets.empty() ? row + 1 : input.offsets[row + 1];
    for (std::int64_t r = first; r < end; ++r) from.push_back(r);
    if (!input.offsets.empty()) offsets_.push_back(static_cast<std::int64_t>(from.size()));
  }
  features_ = Matrix(static_cast<std::int64_t>(from.size()), input.features.cols);
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::ranges::copy(input.features.row(from[i]), features_.row(static_cast<std::int64_t>(i)).begin());
  }
}

LabelledInput RowSubset::data() const {
  return {{.rows = rows_,
           .features = all_.input.features.data == nullptr ? MatrixView{} : features_.view(),
           .prompts = all_.input.prompts,
           .offsets = offsets_,
           .texts = texts_,
           .lengths = lengths_},
          labels_,
          all_.classes,
          targets_};
}

}  // namespace sonde::probes

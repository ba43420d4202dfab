#include "sonde/study/picture_sinks.h"

#include <algorithm>

#include "sonde/core/error.h"
#include "sonde/core/gather.h"
#include "sonde/projections/projection.h"

namespace sonde::study {

PictureSink::PictureSink(const PictureSpec& spec, std::int64_t examples, std::int64_t width,
                         std::uint64_t seed)
    : examples_(examples), drawn_(drawn_rows(examples, spec.rows, seed)), kept_(std::ssize(drawn_), width) {
  if (projections::make_projection(spec.how, spec.options)->follows_from_sums())
    sum_.emplace(solvers::MomentShape{.columns = width}, solvers::affordable_precision(examples, width));
}

void PictureSink::take(MatrixView rows, std::span<const std::int64_t> examples) {
  if (sum_) sum_->add({.x = rows, .targets = {}, .labels = {}}, {});
  for (std::size_t i = 0; i < examples.size(); ++i) {
    const auto found = std::ranges::lower_bound(drawn_, examples[i]);
    if (found == drawn_.end() || *found != examples[i]) continue;
    std::ranges::copy(rows.row(static_cast<std::int64_t>(i)), kept_.row(found - drawn_.begin()).begin());
  }
}

PictureRows PictureSink::rows(PictureRows known) {
  if (sum_ && !moments_) moments_.emplace(sum_->take({}));
  rows_ = gathered(known.rows, drawn_);
  labels_ = gathered(known.labels, drawn_);
  values_ = gathered(known.values, drawn_);
  known.x = kept_.view();
  known.rows = rows_;
  known.labels = labels_;
  known.values = values_;
  known.available = examples_;
  if (moments_) known.all = &*moments_;
  return known;
}

PictureSinks::PictureSinks(std::span<const PictureSpec> placed, const capture::Capture& capture,
                           std::int64_t examples, const RunContext& context) {
  const std::vector<capture::Address>& addresses = capture.addresses();
  for (const PictureSpec& spec : placed) {
    for (std::size_t a = 0; a < addresses.size() && spec.of == "examples"; ++a) {
      if (spec.at != "best" && spec.at != addresses[a].name) continue;
      sinks_.emplace_back(spec, examples, capture.width(a), context.seed);
      places_.push_back({.address = a, .read = {}, .sink = &sinks_.back()});
      of_.push_back({&spec, addresses[a].name});
    }
  }
}

PictureSink& PictureSinks::at(const PictureSpec& spec, const std::string& address) {
  const auto found =
      std::ranges::find_if(of_, [&](const Place& p) { return p.spec == &spec && p.address == address; });
  SONDE_ASSERT(found != of_.end());
  return sinks_[found - of_.begin()];
}

}  // namespace sonde::study

#include "sonde/study/fold_fits.h"

#include <algorithm>
#include <string_view>

namespace sonde::study {
namespace {

using data::Part;
using probes::LabelledInput;
using Rows = std::vector<std::int64_t>;

template <class T>
std::vector<T> gathered(std::span<const T> all, const Rows& rows) {
  std::vector<T> some;
  for (std::size_t i = 0; i < rows.size() && !all.empty(); ++i) some.push_back(all[rows[i]]);
  return some;
}

// Some rows, copied, in whatever form the probe reads.
class Selection {
 public:
  Selection(const LabelledInput& all, const Rows& rows)
      : all_(all),
        count_(static_cast<std::int64_t>(rows.size())),
        texts_(gathered(all.input.texts, rows)),
        lengths_(gathered(all.input.lengths, rows)),
        labels_(gathered(all.labels, rows)),
        targets_(gathered(all.targets, rows)) {
    if (all.input.features.data == nullptr) return;
    const std::span<const std::int64_t> offsets = all.input.offsets;
    Rows sources;
    if (!offsets.empty()) offsets_ = {0};
    for (const std::int64_t row : rows) {
      const std::int64_t first = offsets.empty() ? row : offsets[row];
      const std::int64_t end = offsets.empty() ? row + 1 : offsets[row + 1];
      for (std::int64_t source = first; source < end; ++source) sources.push_back(source);
      if (!offsets.empty()) offsets_.push_back(static_cast<std::int64_t>(sources.size()));
    }
    features_ = Matrix(static_cast<std::int64_t>(sources.size()), all.input.features.cols);
    for (std::size_t i = 0; i < sources.size(); ++i) {
      std::ranges::copy(all.input.features.row(sources[i]),
                        features_.row(static_cast<std::int64_t>(i)).begin());
    }
  }

  LabelledInput view() const {
    return {{.rows = count_,
             .features = all_.input.features.data == nullptr ? MatrixView{} : features_.view(),
             .prompts = all_.input.prompts,
             .offsets = offsets_,
             .texts = texts_,
             .lengths = lengths_},
            labels_,
            all_.classes,
            targets_};
  }

 private:
  const LabelledInput& all_;
  std::int64_t count_;
  std::vector<std::string_view> texts_;
  Rows lengths_;
  std::vector<std::int32_t> labels_;
  std::vector<double> targets_;
  Rows offsets_;
  Matrix features_;
};

class Folding {
 public:
  Folding(const probes::Probe& probe, const LabelledInput& all, const RunContext& context)
      : probe_(probe), all_(all), context_(context) {}

  FoldFits run(std::span<const data::Fold> folds) {
    for (const data::Fold& fold : folds) take(fold);
    fits_.whole = fit_whole(folds.front());
    return std::move(fits_);
  }

 private:
  std::unique_ptr<probes::FittedProbe> fit(const Rows& train, const Rows& valid) const {
    const Selection trained(all_, train);
    if (valid.empty()) return probe_.fit(trained.view(), context_);
    return probe_.fit(trained.view(), Selection(all_, valid).view(), context_);
  }

  ScoredRows score(const probes::FittedProbe& fitted, Rows rows) const {
    Matrix scores = fitted.scores(Selection(all_, rows).view().input);
    return {std::move(rows), std::move(scores)};
  }

  void take(const data::Fold& fold) {
    const Rows train = fold.rows_of(Part::train), valid = fold.rows_of(Part::valid);
    const auto fitted = fit(train, valid);
    fits_.n_iter = std::max(fits_.n_iter, fitted->report().n_iter);
    fits_.converged = fits_.converged && fitted->report().converged;
    place(score(*fitted, fold.rows_of(Part::test)), fits_.tested);
    fits_.training.push_back(score(*fitted, train));
    if (!fold.inner.empty()) {
      fits_.choosing.push_back(score_inner(fold));
    } else {
      fits_.choosing.push_back(score(*fitted, valid.empty() ? train : valid));
    }
  }

  // Each row that the fold does not test, by the probe of the inner fold that holds it out.
  ScoredRows score_inner(const data::Fold& fold) const {
    const int count = *std::ranges::max_element(fold.inner) + 1;
    Matrix all;
    for (int inner = 0; inner < count; ++inner) {
      Rows kept, held;
      for (std::size_t i = 0; i < fold.inner.size(); ++i) {
        if (fold.inner[i] < 0) continue;
        (fold.inner[i] == inner ? held : kept).push_back(static_cast<std::int64_t>(i));
      }
      place(score(*fit(kept, held), std::move(held)), all);
    }
    ScoredRows scored{fold.rows_of(Part::train), {}};
    scored.scores = Matrix(static_cast<std::int64_t>(scored.rows.size()), all.cols());
    for (std::size_t i = 0; i < scored.rows.size(); ++i) {
      std::ranges::copy(all.row(scored.rows[i]), scored.scores.row(static_cast<std::int64_t>(i)).begin());
    }
    return scored;
  }

  // Writes scores to the places of their rows among all.
  void place(const ScoredRows& scored, Matrix& all) const {
    if (all.rows() == 0) all = Matrix(all_.input.rows, scored.scores.cols());
    for (std::size_t i = 0; i < scored.rows.size(); ++i) {
      std::ranges::copy(scored.scores.row(static_cast<std::int64_t>(i)), all.row(scored.rows[i]).begin());
    }
  }

  std::unique_ptr<probes::FittedProbe> fit_whole(const data::Fold& first) const {
    Rows train;
    for (std::size_t i = 0; i < first.parts.size(); ++i) {
      if (first.parts[i] != Part::valid) train.push_back(static_cast<std::int64_t>(i));
    }
    return fit(train, first.rows_of(Part::valid));
  }

  const probes::Probe& probe_;
  const LabelledInput& all_;
  const RunContext& context_;
  FoldFits fits_;
};

}  // namespace

FoldFits fit_in_folds(const probes::Probe& probe, const probes::LabelledInput& all,
                      std::span<const data::Fold> folds, const RunContext& context) {
  return Folding(probe, all, context).run(folds);
}

}  // namespace sonde::study

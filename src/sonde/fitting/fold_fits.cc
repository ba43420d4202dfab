#include "sonde/fitting/fold_fits.h"

#include <algorithm>

#include "sonde/probes/row_subset.h"

namespace sonde::fitting {
namespace {

using data::Part;
using probes::LabelledInput;
using probes::RowSubset;
using Rows = std::vector<std::int64_t>;

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
    const RowSubset trained(all_, train);
    if (valid.empty()) return probe_.fit(trained.data(), context_);
    return probe_.fit(trained.data(), RowSubset(all_, valid).data(), context_);
  }

  ScoredRows score(const probes::FittedProbe& fitted, Rows rows) const {
    Matrix scores = fitted.scores(RowSubset(all_, rows).data().input);
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
      const auto fitted = fit(kept, held);
      place(score(*fitted, std::move(held)), all);
    }
    return rows_picked(all, fold.rows_of(Part::train));
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

ScoredRows rows_picked(const Matrix& all, std::vector<std::int64_t> rows) {
  ScoredRows some{std::move(rows), {}};
  some.scores = Matrix(std::ssize(some.rows), all.cols());
  for (std::size_t i = 0; i < some.rows.size(); ++i)
    std::ranges::copy(all.row(some.rows[i]), some.scores.row(static_cast<std::int64_t>(i)).begin());
  return some;
}

FoldFits fit_in_folds(const probes::Probe& probe, const probes::LabelledInput& all,
                      std::span<const data::Fold> folds, const RunContext& context) {
  return Folding(probe, all, context).run(folds);
}

}  // namespace sonde::fitting

#include "sonde/study/predictor.h"

#include <algorithm>
#include <utility>

#include "sonde/probes/flattery.h"
#include "sonde/study/probe_inputs.h"
#include "sonde/study/tasks.h"

namespace sonde::study {
namespace {

template <class T>
std::span<const T> slice(std::span<const T> all, RowRange range) {
  return all.empty() ? all : all.subspan(range.first, range.count);
}

}  // namespace

PartTruth PredictorMaker::truth(std::size_t part) const {
  return {slice(in_.labels, ranges_[part]), slice(in_.targets, ranges_[part]), std::ssize(in_.classes)};
}

Predictor PredictorMaker::fit(const probes::Probe& probe, const FeatureSet& set,
                              const RunContext& context) const {
  const probes::InputKind kind = probe.input_kind();
  const auto labelled = [&](const PartInput& rows, std::size_t part) {
    return probes::LabelledInput{rows.input, truth(part).labels, in_.classes, truth(part).targets};
  };
  if (!in_.folds.empty()) {
    const PartInput all = part_input(in_, kind, set, in_.test);
    return folded(fitting::fit_in_folds(probe, labelled(all, 2), in_.folds, context), task_of(probe.kind()));
  }
  Predictor predictor{nullptr, Answers(task_of(probe.kind())), {}};
  const PartInput train = part_input(in_, kind, set, in_.train);
  if (in_.valid.count > 0) {
    const PartInput valid = part_input(in_, kind, set, in_.valid);
    predictor.probe = probe.fit(labelled(train, 0), labelled(valid, 1), context);
  } else {
    predictor.probe = probe.fit(labelled(train, 0), context);
  }
  score(predictor, set);
  return predictor;
}

Predictor PredictorMaker::take(LearnedProbe learned, const FeatureSet& set, metrics::Task task) const {
  if (learned.folds) return folded(std::move(*learned.folds), task);
  Predictor predictor{std::move(learned.probe), Answers(task), {}};
  if (learned.scores.rows() == 0) {
    score(predictor, set);
    return predictor;
  }
  for (const std::size_t part : {1, 2}) {
    if (ranges_[part].count == 0) continue;
    Matrix own(ranges_[part].count, learned.scores.cols());
    const std::int64_t first = ranges_[part].first - in_.train.count;
    std::copy_n(learned.scores.row(first).data(), own.rows() * own.cols(), own.data());
    answer(predictor, part, std::move(own));
  }
  return predictor;
}

Predictor PredictorMaker::folded(fitting::FoldFits fits, metrics::Task task) const {
  FoldJudgement judgement = judge_folds(fits, truth(2), task);
  Predictor predictor{std::move(fits.whole), Answers(task), std::move(judgement)};
  answer(predictor, 2, std::move(fits.tested));
  return predictor;
}

void PredictorMaker::score(Predictor& predictor, const FeatureSet& set) const {
  for (std::size_t part = 0; part < ranges_.size(); ++part) {
    if (ranges_[part].count == 0 || ranges_[part].first < set.first_row) continue;
    const PartInput rows = part_input(in_, predictor.probe->input_kind(), set, ranges_[part]);
    answer(predictor, part, predictor.probe->scores(rows.input));
  }
}

void PredictorMaker::answer(Predictor& predictor, std::size_t part, Matrix scores) const {
  predictor.answers.set(part, std::move(scores));
  if (probes::is_flattered(*predictor.probe)) predictor.answers.flatter(part, truth(part).labels);
}

}  // namespace sonde::study

#include "sonde/fitting/fold_online.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <numeric>
#include <optional>

#include "sonde/fitting/sum_sink.h"
#include "sonde/probes/closed_form.h"

namespace sonde::fitting {
namespace {

using Clock = std::chrono::steady_clock;
using data::Fold;
using data::Part;
using probes::ClosedForm;

// Which sums make up the rows of a fit.
struct FitPlan {
  std::vector<std::size_t> merged;
  std::optional<std::size_t> taken_out;   // rows among the merged that are not fitted to
  std::optional<std::size_t> validation;  // sums that the fit chooses on
};

// Which sums are kept, which of them each row belongs to, and how every fit is put together.
class SumPlan {
 public:
  explicit SumPlan(std::span<const Fold> folds) : folds_(folds), of_row_(folds[0].parts.size()) {
    folds_[0].inner.empty() ? plan_folds() : plan_nested();
  }

  Lots lots() const { return {sums_, of_row_}; }
  const std::vector<FitPlan>& outer() const { return outer_; }               // [folds]
  const std::vector<std::vector<FitPlan>>& inner() const { return inner_; }  // [folds][inner], or empty
  const FitPlan& whole() const { return whole_; }                            // of no fold

 private:
  // A sum for what each fold tests, whose union but one is what that fold has left; and one for what it holds
  // out of that.
  void plan_folds() {
    const std::size_t k = folds_.size();
    const bool valid = std::ranges::count(folds_[0].parts, Part::valid) > 0;
    sums_ = valid ? 2 * k : k;
    for (std::size_t f = 0; f < k; ++f) {
      add_rows(folds_[f], Part::test, f);
      if (valid) add_rows(folds_[f], Part::valid, k + f);
      FitPlan plan;
      for (std::size_t other = 0; other < k; ++other) {
        if (other != f) plan.merged.push_back(other);
      }
      if (valid) plan.taken_out = plan.validation = k + f;
      outer_.push_back(std::move(plan));
    }
    whole_ = outer_[0];
    whole_.merged.push_back(0);
  }

  // A sum for every inner fold of every fold, and one for what the first fold tests.
  void plan_nested() {
    add_rows(folds_[0], Part::test, sums_);
    whole_.merged.push_back(sums_++);
    for (const Fold& fold : folds_) {
      const std::size_t first = sums_, count = *std::ranges::max_element(fold.inner) + 1;
      sums_ += count;
      for (std::size_t row = 0; row < fold.inner.size(); ++row) {
        if (fold.inner[row] >= 0) of_row_[row].push_back(first + fold.inner[row]);
      }
      FitPlan all;
      std::vector<FitPlan> without(count);
      for (std::size_t j = 0; j < count; ++j) {
        all.merged.push_back(first + j);
        without[j].validation = first + j;
        for (std::size_t other = 0; other < count; ++other) {
          if (other != j) without[j].merged.push_back(first + other);
        }
      }
      if (outer_.empty()) whole_.merged.insert(whole_.merged.end(), all.merged.begin(), all.merged.end());
      outer_.push_back(std::move(all));
      inner_.push_back(std::move(without));
    }
  }

  void add_rows(const Fold& fold, Part part, std::size_t sum) {
    for (const std::int64_t row : fold.rows_of(part)) of_row_[row].push_back(sum);
  }

  std::span<const Fold> folds_;
  std::vector<std::vector<std::size_t>> of_row_;
  std::size_t sums_ = 0;
  std::vector<FitPlan> outer_;
  std::vector<std::vector<FitPlan>> inner_;
  FitPlan whole_;
};

using Fits = std::vector<std::unique_ptr<probes::FittedProbe>>;

// A closed form at one address, fitted in every fold.
struct FoldedForm {
  Fits outer;               // [folds]
  std::vector<Fits> inner;  // [folds][inner], or empty
  std::unique_ptr<probes::FittedProbe> whole;
  double seconds = 0;
};

class Solving {
 public:
  Solving(const ClosedForm& form, std::span<const probes::FormMoments> sums,
          std::span<const std::string> classes)
      : form_(form), sums_(sums), classes_(classes) {}

  FoldedForm run(const SumPlan& plan) const {
    const auto start = Clock::now();
    FoldedForm folded;
    for (const FitPlan& fit : plan.outer()) folded.outer.push_back(solve(fit));
    for (const std::vector<FitPlan>& fits : plan.inner()) {
      folded.inner.emplace_back();
      for (const FitPlan& fit : fits) folded.inner.back().push_back(solve(fit));
    }
    folded.whole = solve(plan.whole());
    folded.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    return folded;
  }

 private:
  std::unique_ptr<probes::FittedProbe> solve(const FitPlan& plan) const {
    probes::FormMoments train(sums_[plan.merged[0]]);
    for (std::size_t i = 1; i < plan.merged.size(); ++i) train.merge(sums_[plan.merged[i]]);
    if (plan.taken_out) train.subtract(sums_[*plan.taken_out]);
    return form_.solve({train, plan.validation ? &sums_[*plan.validation] : nullptr, classes_});
  }

  const ClosedForm& form_;
  std::span<const probes::FormMoments> sums_;
  std::span<const std::string> classes_;
};

// What the fits of a form say of every row.
class FoldedScores final : public RowSink {
 public:
  FoldedScores(const FoldedForm& form, std::span<const Fold> folds, const PassTexts& texts)
      : form_(form), folds_(folds), prompts_(texts.prompts), rows_(texts.examples()) {}

  void take(MatrixView rows, std::span<const std::int64_t> examples) override {
    const probes::ProbeInput input = input_of(form_.whole->input_kind(), rows, prompts_);
    const auto all = [](std::int64_t) { return true; };
    outer_.resize(folds_.size());
    inner_.resize(form_.inner.size());
    for (std::size_t f = 0; f < folds_.size(); ++f) put(*form_.outer[f], input, examples, outer_[f], all);
    for (std::size_t f = 0; f < form_.inner.size(); ++f) {
      for (std::size_t j = 0; j < form_.inner[f].size(); ++j) {
        put(*form_.inner[f][j], input, examples, inner_[f],
            [&](std::int64_t row) { return folds_[f].inner[row] == static_cast<int>(j); });
      }
    }
  }

  FoldFits fits(FoldedForm& form) const {
    FoldFits fits{.whole = std::move(form.whole), .tested = Matrix(rows_, outer_[0].cols())};
    for (std::size_t f = 0; f < folds_.size(); ++f) {
      for (const std::int64_t row : folds_[f].rows_of(Part::test))
        std::ranges::copy(outer_[f].row(row), fits.tested.row(row).begin());
      const std::vector<std::int64_t> train = folds_[f].rows_of(Part::train),
                                      valid = folds_[f].rows_of(Part::valid);
      fits.training.push_back(rows_picked(outer_[f], train));
      fits.choosing.push_back(!inner_.empty() ? rows_picked(inner_[f], train)
                              : valid.empty() ? rows_picked(outer_[f], train)
                                              : rows_picked(outer_[f], valid));
      fits.n_iter = std::max(fits.n_iter, form.outer[f]->report().n_iter);
      fits.converged = fits.converged && form.outer[f]->report().converged;
    }
    return fits;
  }

 private:
  template <class Choice>
  void put(const probes::FittedProbe& probe, const probes::ProbeInput& input,
           std::span<const std::int64_t> examples, Matrix& to, const Choice& wanted) const {
    const Matrix scores = probe.scores(input);
    if (to.rows() == 0) to = Matrix(rows_, scores.cols());
    for (std::size_t i = 0; i < examples.size(); ++i) {
      if (wanted(examples[i]))
        std::ranges::copy(scores.row(static_cast<std::int64_t>(i)), to.row(examples[i]).begin());
    }
  }

  const FoldedForm& form_;
  std::span<const Fold> folds_;
  std::int64_t prompts_, rows_;
  std::vector<Matrix> outer_, inner_;  // [folds][n, k]
};

void check(const OnlineTask& task, std::span<const Fold> folds) {
  const auto refuse = [&](const char* what, const char* hint) {
    throw Error(ErrorCode::usage,
                {.where = fmt::format("probe {}", task.probe->kind()), .what = what, .hint = hint});
  };
  if (task.probe->closed_form() == nullptr)
    refuse("does not follow from sums, so that folds need the rows", "keep the activations");
  const bool holds_out = std::ranges::count(folds[0].parts, Part::valid) > 0;
  if (task.probe->closed_form()->chooses() && !holds_out)
    refuse("chooses options, and folds without a validation part leave it nothing but the rows",
           "give the option a value, give --valid, or keep the activations");
}

}  // namespace

std::vector<FoldedTask> fit_folds_online(const capture::Capture& capture, std::span<const OnlineTask> tasks,
                                         const OnlineExamples& examples, std::span<const Fold> folds,
                                         const RunContext& context) {
  const SumPlan plan(folds);
  SharedSums sums(examples, plan.lots());
  std::vector<std::size_t> place_of;
  for (const OnlineTask& task : tasks) {
    check(task, folds);
    check_examples(*task.probe, examples);
    place_of.push_back(sums.add(
        task, row_width(capture, {.address = task.address, .read = task.read}, examples.texts.prompts)));
  }
  std::vector<SinkPlace> sinks = sums.sinks();
  sinks.insert(sinks.end(), examples.besides.begin(), examples.besides.end());
  std::vector<std::int64_t> order(examples.texts.examples());
  std::iota(order.begin(), order.end(), 0);
  {
    const ProgressStage stage(context, "sums", std::ssize(order), "texts");
    run_pass(capture, sinks, examples.texts, {order}, context);
  }
  sums.finish();
  std::vector<FoldedForm> forms(tasks.size());
  run_queue(context, std::ssize(tasks), [&](int, std::int64_t i) {
    forms[i] = Solving(*tasks[i].probe->closed_form(), sums.at(place_of[i]).sums(), examples.labelled.classes)
                   .run(plan);
  });
  std::deque<FoldedScores> scores;
  std::vector<SinkPlace> scored;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    scores.emplace_back(forms[i], folds, examples.texts);
    scored.push_back({tasks[i].address, tasks[i].read, &scores.back()});
  }
  const ProgressStage stage(context, "scores", std::ssize(order), "texts");
  run_pass(capture, scored, examples.texts, {order}, context);
  std::vector<FoldedTask> folded;
  for (std::size_t i = 0; i < tasks.size(); ++i)
    folded.push_back({scores[i].fits(forms[i]), forms[i].seconds + sums.at(place_of[i]).seconds()});
  return folded;
}

}  // namespace sonde::fitting

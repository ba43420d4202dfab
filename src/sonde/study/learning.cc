#include "sonde/study/learning.h"

#include <fmt/core.h>

#include <algorithm>
#include <deque>
#include <numeric>

#include "sonde/fitting/fold_online.h"
#include "sonde/fitting/online.h"
#include "sonde/probes/closed_form.h"
#include "sonde/study/places.h"

namespace sonde::study {
namespace {

[[noreturn]] void refuse(std::string what, std::string hint) {
  throw Error(
      ErrorCode::usage,
      {.where = "[capture] keep", .what = std::move(what), .got = "nothing", .hint = std::move(hint)});
}

// What needs activations again makes it impossible to keep none.
void check_unkept(const Study& study, const DividedExamples& divided) {
  for (const ProbeChoice& choice : study.probes) {
    const auto probe = probes::make_probe(choice.kind, choice.options);
    if (probe->online() == nullptr && probe->closed_form() == nullptr)
      refuse(fmt::format("the probe {} needs all rows at once", choice.kind),
             "keep = \"needed\", or a probe that learns batch by batch, as ridge, least_squares, mass_mean, "
             "lda, crc and sgd do");
  }
  if (study.honesty) refuse("controls fit again", "keep = \"needed\"");
  if (divided.folds.empty() && divided.valid.count == 0)
    refuse("there is no validation part to choose on", "give --valid, or folds");
}

// Whether a probe learns from one look at the training rows that costs less than keeping them, as a rule.
bool learns_in_passing(const ProbeChoice& choice) {
  const auto probe = probes::make_probe(choice.kind, choice.options);
  const probes::ClosedForm* form = probe->closed_form();
  if (form == nullptr) return probe->online() != nullptr;
  return !form->chooses() && !form->shape(1, 2).squares_of_classes;
}

// Gives a sink rows of a part as rows of the layout.
class Shifted final : public fitting::RowSink {
 public:
  Shifted(fitting::RowSink& sink, std::int64_t first) : sink_(sink), first_(first) {}
  void take(MatrixView rows, std::span<const std::int64_t> examples) override {
    std::vector<std::int64_t> shifted(examples.begin(), examples.end());
    for (std::int64_t& example : shifted) example += first_;
    sink_.take(rows, shifted);
  }
  bool done() const override { return sink_.done(); }

 private:
  fitting::RowSink& sink_;
  std::int64_t first_;
};

// Results are in the order of probes, then of addresses.
class Learner {
 public:
  Learner(const LearningInput& in, const RunContext& context) : in_(in), context_(context) {
    for (const ProbeChoice& choice : in_.probes) {
      probes_.push_back(probes::make_probe(choice.kind, choice.options));
      const std::vector<capture::Address>& addresses = in_.capture.addresses();
      for (std::size_t i = 0; i < addresses.size(); ++i) {
        if (is_fitted_at(choice, addresses[i].name)) tasks_.push_back({i, probes_.back().get(), choice.read});
      }
    }
  }

  // Keeps the activations of what is judged.
  Learning keep_judged() {
    Learning learning = learn_once();
    const Rows judged = rows_from(in_.divided.train.count);
    const text::TokenBatch batch = in_.batch.pick(judged.texts);
    learning.activations = in_.capture.run(batch, in_.pooling, context_);
    learning.first_kept = in_.divided.train.count;
    learning.tokens += batch.count_real();
    return learning;
  }

  Learning keep_nothing() {
    Learning learning = in_.divided.folds.empty() ? learn_and_score() : learn_in_folds();
    for (const capture::Address& address : in_.capture.addresses()) {
      const std::int64_t width = in_.capture.width(learning.activations.size());
      learning.activations.push_back({.at = address.name, .values = Matrix(0, width), .offsets = {}});
    }
    learning.first_kept = std::ssize(in_.divided.order);
    return learning;
  }

 private:
  // Some examples of the layout and their texts.
  struct Rows {
    std::int64_t first = 0, count = 0;
    std::vector<std::int64_t> texts;
  };
  Rows rows_of(RowRange range) const {
    Rows rows{range.first, range.count, std::vector<std::int64_t>(range.count * in_.prompts)};
    std::iota(rows.texts.begin(), rows.texts.end(), range.first * in_.prompts);
    return rows;
  }
  Rows rows_from(std::int64_t first) const { return rows_of({first, std::ssize(in_.divided.order) - first}); }

  // Labels or targets may be missing.
  template <class T>
  static std::span<const T> some(const std::vector<T>& all, const Rows& rows) {
    return all.empty() ? std::span<const T>() : std::span(all).subspan(rows.first, rows.count);
  }

  fitting::OnlineExamples examples(const Rows& rows, const text::TokenBatch& batch) const {
    return {.texts = texts(rows, batch),
            .labelled = {.labels = some(in_.divided.labels, rows),
                         .classes = in_.divided.examples.classes,
                         .targets = some(in_.divided.targets, rows)},
            .besides = {}};
  }

  fitting::PassTexts texts(const Rows& rows, const text::TokenBatch& batch) const {
    return {.batch = &batch,
            .pooling = in_.pooling,
            .prompts = in_.prompts,
            .rows = some(in_.divided.data_rows, rows)};
  }

  // The sinks that go along, for rows of the layout from `first` on.
  std::span<const fitting::SinkPlace> besides(std::int64_t first) {
    besides_.clear();
    for (const fitting::SinkPlace& place : in_.besides) {
      shifted_.emplace_back(*place.sink, first);
      besides_.push_back({place.address, place.read, &shifted_.back()});
    }
    return besides_;
  }

  // A pass over the training part, and one over the validation part for probes that choose.
  Learning learn_once() {
    const Rows train = rows_of(in_.divided.train), held = rows_of(in_.divided.valid);
    const text::TokenBatch learned = in_.batch.pick(train.texts), chosen = in_.batch.pick(held.texts);
    const fitting::OnlineExamples of_held = examples(held, chosen);
    fitting::OnlineExamples of_train = examples(train, learned);
    of_train.besides = besides(0);
    fitting::OnlineOutcome outcome =
        fitting::fit_online(in_.capture, tasks_, of_train, held.count > 0 ? &of_held : nullptr, context_);
    Learning learning{.learned = {}, .activations = {}, .tokens = fitting::tokens_of(outcome.stretches)};
    for (std::size_t i = 0; i < tasks_.size(); ++i)
      learning.learned.push_back({std::move(outcome.fitted[i]), outcome.seconds[i]});
    return learning;
  }

  Learning learn_and_score() {
    Learning learning = learn_once();
    std::vector<fitting::FittedTask> fitted;
    for (std::size_t i = 0; i < tasks_.size(); ++i)
      fitted.push_back({tasks_[i].address, learning.learned[i].probe.get(), tasks_[i].read});
    const Rows judged = rows_from(in_.divided.train.count);
    const text::TokenBatch batch = in_.batch.pick(judged.texts);
    fitting::OnlineExamples of_judged = examples(judged, batch);
    of_judged.besides = besides(judged.first);
    std::vector<Matrix> scores = fitting::score_online(in_.capture, fitted, of_judged, context_);
    for (std::size_t i = 0; i < tasks_.size(); ++i) learning.learned[i].scores = std::move(scores[i]);
    learning.tokens += batch.count_real();
    return learning;
  }

  Learning learn_in_folds() {
    fitting::OnlineExamples all = examples(rows_from(0), in_.batch);
    all.besides = in_.besides;
    Learning learning{.learned = {}, .activations = {}, .tokens = 2 * in_.batch.count_real()};
    for (fitting::FoldedTask& folded :
         fitting::fit_folds_online(in_.capture, tasks_, all, in_.divided.folds, context_)) {
      learning.learned.push_back({.probe = nullptr, .seconds = folded.seconds, .scores = {}});
      learning.learned.back().folds = std::move(folded.fits);
    }
    return learning;
  }

  const LearningInput& in_;
  const RunContext& context_;
  std::vector<std::unique_ptr<probes::Probe>> probes_;
  std::vector<fitting::OnlineTask> tasks_;
  std::deque<Shifted> shifted_;
  std::vector<fitting::SinkPlace> besides_;  // of the pass under way
};

}  // namespace

Kept rows_kept(const Study& study, const DividedExamples& divided, std::int64_t prompts) {
  if (study.capture.keep == "nothing") {
    check_unkept(study, divided);
    return Kept::nothing;
  }
  // The best is chosen on the validation part.
  if (study.honesty || prompts > 1 || !divided.folds.empty() || divided.valid.count == 0 ||
      capture::make_pooling(study.capture.tokens)->keeps_every_token())
    return Kept::all;
  return std::ranges::all_of(study.probes, learns_in_passing) ? Kept::judged : Kept::all;
}

Learning learn(const LearningInput& input, Kept kept, const RunContext& context) {
  if (kept == Kept::judged) return Learner(input, context).keep_judged();
  if (kept == Kept::nothing) return Learner(input, context).keep_nothing();
  return {.learned = {},
          .activations = input.capture.run(input.batch, input.pooling, context),
          .tokens = input.batch.count_real()};
}

}  // namespace sonde::study

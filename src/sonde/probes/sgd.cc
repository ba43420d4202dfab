// Logistic regression that learns from one small batch after another and is done when a held part of the
// batches no longer improves: made to run inside a forward pass, on few of many texts. Not the optimum of
// anything; refuses nothing that features are allowed to be.
// Source: lm_probe (t-shoemaker), a running StandardScaler and one SGDClassifier.partial_fit a batch; the
// steps are those of scikit-learn 1.9.1.
#include "sonde/solvers/sgd.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "sonde/core/random.h"
#include "sonde/probes/checks.h"
#include "sonde/probes/online.h"
#include "sonde/probes/saved.h"
#include "sonde/replay/numpy_random_state.h"
#include "sonde/replay/scikit_learn_rows.h"
#include "sonde/solvers/design.h"
#include "sonde/solvers/running_scaler.h"

namespace sonde::probes {
namespace {

constexpr std::string_view kKind = "sgd";

struct SgdProbeOptions {
  double alpha = 1e-4;
  double l1_ratio = 0;
  std::string schedule = "optimal";
  double eta0 = 0.01;
  double power_t = 0.5;
  std::int64_t batch = 32;
  std::int64_t epochs = 10;
  std::int64_t max_steps = 1000;
  std::int64_t warmup = 10;
  double held = 0.1;
  std::int64_t patience = 5;
  double tol = 1e-5;
  bool standardize = true;
  std::string scale_held = "once";
  bool shuffle = false;
  std::string draws = "sonde";
  std::int64_t seed = 0;

  template <class V>
  void fields(V& visit) {
    visit("alpha", alpha,
          {.help = "strength of the penalty; sets the step sizes of the schedule optimal too",
           .larger = "smaller weights, and smaller steps",
           .low = 1e-12,
           .high = 1e6});
    visit("l1_ratio", l1_ratio,
          {.help = "share of L1 in the penalty", .larger = "more weights exactly 0", .low = 0, .high = 1});
    visit("schedule", schedule,
          {.help = "step sizes: optimal 1/(alpha(t0 + t)), constant eta0, invscaling eta0/t^power_t",
           .words = {"optimal", "constant", "invscaling"}});
    visit("eta0", eta0,
          {.help = "step size of the schedules constant and invscaling",
           .larger = "learns faster, settles less",
           .low = 1e-12,
           .high = 1e6});
    visit("power_t", power_t,
          {.help = "exponent of invscaling", .larger = "steps shrink sooner", .low = 0, .high = 10});
    visit("batch", batch,
          {.help = "rows of a batch; a step is one update for each of them",
           .larger = "fewer, steadier looks at the held part",
           .low = 1,
           .high = 1e9});
    visit("epochs", epochs,
          {.help = "passes over the rows at most", .larger = "may run longer", .low = 1, .high = 1e6});
    visit("max_steps", max_steps, {.help = "steps at most", .larger = "may run longer", .low = 1});
    visit(
        "warmup", warmup,
        {.help = "batches that are learned whole are one more than this", .larger = "stops later", .low = 0});
    visit("held", held,
          {.help = "share of a batch after the warm-up that is not learned but judges",
           .larger = "steadier judgement, fewer rows to learn from",
           .low = 1e-6,
           .high = 0.99});
    visit(
        "patience", patience,
        {.help = "stops after this many steps in a row without a better held loss; 0: never, nothing is held",
         .larger = "stops later",
         .low = 0});
    visit("tol", tol,
          {.help = "a held loss this close to the best one, relative, is no better",
           .larger = "stops earlier",
           .low = 0,
           .high = 1});
    visit("standardize", standardize,
          {.help = "scale features by mean and deviation of the rows seen so far"});
    visit("scale_held", scale_held,
          {.help = "how often held rows are scaled for their loss; twice only replays a published slip",
           .words = {"once", "twice"}});
    visit("shuffle", shuffle,
          {.help = "visit the rows in another order each epoch, from the seed; otherwise as they stand"});
    visit(
        "draws", draws,
        {.help = "which rows of a batch are held, and the order of the others: sonde's draws, which keep the "
                 "order of the rows, or those of train_test_split and SGDClassifier.partial_fit, which "
                 "shuffles, after np.random.seed(seed); two classes only",
         .words = {"sonde", "numpy"}});
    visit("seed", seed, {.help = "seed of draws=numpy", .low = 0, .high = 4294967295.0});
  }

  solvers::SgdOptions solver() const {
    return {.alpha = alpha,
            .l1_ratio = l1_ratio,
            .schedule = schedule == "optimal"    ? solvers::StepSchedule::optimal
                        : schedule == "constant" ? solvers::StepSchedule::constant
                                                 : solvers::StepSchedule::invscaling,
            .eta0 = eta0,
            .power_t = power_t};
  }
};

class FittedSgd final : public FittedProbe {
 public:
  FittedSgd(LinearWeights linear, FitReport report, std::vector<std::string> classes,
            nlohmann::ordered_json options)
      : linear_(std::move(linear)),
        report_(std::move(report)),
        classes_(std::move(classes)),
        options_(std::move(options)) {}

  Matrix scores(const ProbeInput& input) const override {
    const std::int64_t vectors = linear_.weight.rows(), d = linear_.weight.cols();
    check_features(kKind, input, d);
    const std::vector<double> weights(linear_.weight.data(), linear_.weight.data() + vectors * d);
    std::vector<double> margins(vectors), row(classes_.size());
    const solvers::DenseDesign x(input.features);
    Matrix scores(input.rows, static_cast<std::int64_t>(classes_.size()));
    for (std::int64_t i = 0; i < input.rows; ++i) {
      x.margins({i, i + 1}, weights, margins);
      for (std::int64_t c = 0; c < vectors; ++c) margins[c] += linear_.bias[c];
      solvers::one_vs_rest_probabilities(margins, row);
      std::ranges::copy(row, scores.row(i).begin());
    }
    return scores;
  }
  SavedProbe save() const override {
    return {linear_tensors(linear_), saved_metadata(kKind, options_, classes_, report_)};
  }
  const LinearWeights* linear() const override { return &linear_; }
  const std::vector<std::string>& classes() const override { return classes_; }
  const FitReport& report() const override { return report_; }
  InputKind input_kind() const override { return InputKind::features; }

 private:
  LinearWeights linear_;
  FitReport report_;
  std::vector<std::string> classes_;
  nlohmann::ordered_json options_;
};

// Says when a loss has stopped to fall. numpy's isclose(loss, best, rtol=tol), with its atol of 1e-8, is "no
// better"; the best is kept, not the last.
class Plateau {
 public:
  void see(double loss, double tol) {
    const bool close = std::isfinite(best_) && std::abs(loss - best_) <= 1e-8 + tol * std::abs(best_);
    const bool better = loss < best_ && !close;
    since_ = better ? 0 : since_ + 1;
    if (better) best_ = loss;
  }
  double best() const { return best_; }
  std::int64_t since() const { return since_; }

 private:
  double best_ = std::numeric_limits<double>::infinity();
  std::int64_t since_ = 0;
};

class SgdFit final : public OnlineFit {
 public:
  SgdFit(const SgdProbeOptions& options, std::int64_t width, std::vector<std::string> classes,
         const RunContext& context)
      : options_(options),
        classes_(std::move(classes)),
        model_(width, static_cast<int>(classes_.size()), options.solver()),
        scaler_(width),
        held_stream_(context.seed, "sgd held"),
        numpy_(options.seed),
        row_(width),
        margins_(model_.vectors()),
        probabilities_(classes_.size()) {
    if (options_.draws == "sonde" || classes_.size() == 2) return;
    throw Error(ErrorCode::usage, {.where = "probe sgd, option 'draws'",
                                   .what = "numpy's draws are followed for two classes only",
                                   .got = fmt::format("{} classes", classes_.size()),
                                   .hint = "use draws=sonde"});
  }

  void step(const OnlineBatch& batch) override {
    if (done()) return;
    const auto& [rows, labels, targets] = batch;
    divide(rows.rows);
    if (options_.draws == "numpy") shuffle_learned();
    if (options_.standardize) scaler_.update(rows, learned_);
    for (const std::int64_t row : learned_) {
      scaler_.transform(rows.row(row), row_);
      model_.step(row_, labels[row], margins_);
      progressive_loss_ += loss_of(labels[row]);
    }
    model_.end_batch();
    rows_ += static_cast<std::int64_t>(learned_.size());
    ++steps_;
    if (!held_.empty() && steps_ < options_.max_steps) judge(rows, labels);
  }

  bool done() const override { return plateaued() || steps_ >= options_.max_steps; }

  std::unique_ptr<FittedProbe> finish() override {
    FitReport report{.n_iter = steps_, .converged = options_.patience == 0 || plateaued()};
    report.details["stopped"] = plateaued()                    ? "plateau"
                                : steps_ >= options_.max_steps ? "max_steps"
                                                               : "epochs";
    report.details["rows_learned"] = rows_;
    if (rows_ > 0) report.details["progressive_loss"] = progressive_loss_ / static_cast<double>(rows_);
    if (std::isfinite(plateau_.best())) report.details["held_loss"] = plateau_.best();
    return std::make_unique<FittedSgd>(folded(), std::move(report), classes_, options_to_json(options_));
  }

 private:
  bool plateaued() const { return options_.patience > 0 && plateau_.since() >= options_.patience; }

  // Which rows of the batch are learned, and which are held. Both stay in the order of the rows, or come in
  // that of scikit-learn's split, whose first rows are held.
  void divide(std::int64_t n) {
    learned_.resize(n);
    std::iota(learned_.begin(), learned_.end(), 0);
    held_.clear();
    if (options_.patience == 0 || steps_ <= options_.warmup || n < 2) return;
    const auto count = std::min(n - 1, static_cast<std::int64_t>(std::ceil(options_.held * double(n))));
    const bool numpy = options_.draws == "numpy";
    const std::vector<std::int64_t> drawn =
        numpy ? numpy_.permutation(n)
              : held_stream_.substream(static_cast<std::uint64_t>(steps_)).permutation(n);
    held_.assign(drawn.begin(), drawn.begin() + count);
    learned_.assign(drawn.begin() + count, drawn.end());
    if (numpy) return;
    std::ranges::sort(held_);
    std::ranges::sort(learned_);
  }

  // The order in which partial_fit takes its rows. Its data set draws a seed that nothing reads before it.
  void shuffle_learned() {
    (void)numpy_.randint(1, replay::kScikitLearnMost);
    const auto seed = static_cast<std::uint32_t>(numpy_.randint(0, replay::kScikitLearnMost));
    replay::shuffle_as_scikit_learn(seed, learned_);
  }

  // Of the row whose margins were computed last.
  double loss_of(std::int32_t label) {
    solvers::one_vs_rest_probabilities(margins_, probabilities_);
    return solvers::clipped_log_loss(probabilities_, label);
  }

  void scale_again() {
    for (std::size_t j = 0; j < row_.size(); ++j)
      row_[j] = (row_[j] - scaler_.mean()[j]) / scaler_.scale()[j];
  }

  void judge(MatrixView rows, std::span<const std::int32_t> labels) {
    double loss = 0;
    for (const std::int64_t row : held_) {
      scaler_.transform(rows.row(row), row_);
      if (options_.scale_held == "twice") scale_again();
      model_.margins(row_, margins_);
      loss += loss_of(labels[row]);
    }
    plateau_.see(loss / static_cast<double>(held_.size()), options_.tol);
  }

  // Weights on raw features: the scaler as it stands is folded in.
  LinearWeights folded() const {
    LinearWeights linear{Matrix(model_.vectors(), model_.width()), {}};
    for (std::int64_t c = 0; c < model_.vectors(); ++c) {
      double bias = model_.intercepts()[c];
      for (std::int64_t j = 0; j < model_.width(); ++j) {
        const double weight = model_.weights()[c * model_.width() + j] / scaler_.scale()[j];
        bias -= weight * scaler_.mean()[j];
        linear.weight.row(c)[j] = static_cast<float>(weight);
      }
      linear.bias.push_back(static_cast<float>(bias));
    }
    const auto finite = [](float w) { return std::isfinite(w); };
    if (std::all_of(linear.weight.data(), linear.weight.data() + model_.vectors() * model_.width(), finite) &&
        std::ranges::all_of(linear.bias, finite)) {
      return linear;
    }
    throw Error(ErrorCode::input, {.where = "probe sgd",
                                   .what = "the weights grew beyond what a float32 can hold",
                                   .hint = "use standardize=true, or smaller steps"});
  }

  const SgdProbeOptions options_;
  const std::vector<std::string> classes_;
  solvers::SgdClassifier model_;
  solvers::RunningScaler scaler_;  // changes nothing where it is shown nothing
  RandomStream held_stream_;
  replay::NumpyRandomState numpy_;
  Plateau plateau_;
  std::int64_t steps_ = 0, rows_ = 0;
  double progressive_loss_ = 0;
  std::vector<std::int64_t> learned_, held_;           // rows of the batch
  std::vector<double> row_, margins_, probabilities_;  // of one row
};

class Sgd final : public Probe, public OnlineProbe {
 public:
  explicit Sgd(SgdProbeOptions options) : options_(std::move(options)) {}

  std::unique_ptr<FittedProbe> fit(const LabelledInput& train, const RunContext& context) const override {
    check_training(kKind, train);
    check_features(kKind, train.input, -1);
    return fit_batches(*this, train, context);
  }
  const OnlineProbe* online() const override { return this; }
  std::string_view kind() const override { return kKind; }
  InputKind input_kind() const override { return InputKind::features; }
  nlohmann::ordered_json options() const override { return options_to_json(options_); }

  OnlinePlan plan() const override {
    return {.batch = options_.batch,
            .epochs = options_.epochs,
            .order = options_.shuffle ? OnlinePlan::Order::shuffled : OnlinePlan::Order::as_given};
  }
  std::unique_ptr<OnlineFit> begin(std::int64_t width, std::span<const std::string> classes,
                                   const RunContext& context) const override {
    return std::make_unique<SgdFit>(options_, width, std::vector<std::string>(classes.begin(), classes.end()),
                                    context);
  }

 private:
  SgdProbeOptions options_;
};

std::unique_ptr<Probe> make(const nlohmann::json& given) {
  SgdProbeOptions options;
  assign_options("probe sgd", given, options);
  return std::make_unique<Sgd>(std::move(options));
}

std::unique_ptr<FittedProbe> open(const SavedProbe& saved) {
  std::vector<std::string> classes = saved_classes(saved);
  LinearWeights linear = saved_linear(saved, classes.size());
  return std::make_unique<FittedSgd>(std::move(linear), saved_report(saved), std::move(classes),
                                     saved.metadata.at("options"));
}

}  // namespace

extern const ProbeRecord sgd_entry;
const ProbeRecord sgd_entry{.name = kKind,
                            .summary = "logistic regression by single steps, online, with early stopping",
                            .source = "lm_probe; scikit-learn 1.9 SGDClassifier, StandardScaler",
                            .input = InputKind::features,
                            .row_order = RowOrder::decides,
                            .options = [] { return field_records(SgdProbeOptions{}); },
                            .make = make,
                            .open = open};

}  // namespace sonde::probes

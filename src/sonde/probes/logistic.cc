// Logistic regression on features, with an L2 penalty, an L1 penalty or both, to the optimum; or, to show
// what a published number rests on, as far as scikit-learn's SAGA gets. Source: scikit-learn 1.9
// LogisticRegression (C·Σ loss + l1_ratio‖w‖₁ + (1 − l1_ratio)/2 ‖w‖², intercept not penalised).
#include <fmt/core.h>

#include <array>

#include "sonde/metrics/metric.h"
#include "sonde/probes/checks.h"
#include "sonde/probes/linear_fit.h"
#include "sonde/probes/number_list.h"
#include "sonde/probes/probe.h"
#include "sonde/probes/saved.h"

namespace sonde::probes {
namespace {

constexpr std::string_view kKind = "logistic";

struct LogisticOptions {
  std::string c = "1.0";
  double l1_ratio = 0;
  std::string class_weight = "none";
  bool fit_intercept = true;
  bool standardize = true;
  double tol = 1e-8;
  std::int64_t max_iter = 1000;
  std::string solver = "exact";
  std::int64_t seed = 0;
  std::string c_sweep;

  template <class V>
  void fields(V& visit) {
    visit(
        "c", c,
        {.help = "inverse strength of the penalty, a number above 0, or auto: chosen on the validation part",
         .larger = "fits the training rows closer"});
    visit(
        "l1_ratio", l1_ratio,
        {.help = "share of L1 in the penalty", .larger = "more weights are exactly 0", .low = 0, .high = 1});
    visit("class_weight", class_weight,
          {.help = "balanced: every class counts the same", .words = {"none", "balanced"}});
    visit("fit_intercept", fit_intercept, {.help = "fit a bias, which is not penalised"});
    visit("standardize", standardize, {.help = "scale features by mean and deviation of the training rows"});
    visit("tol", tol,
          {.help =
               "largest optimality residual at the end, relative to the gradient at zero weights; saga: "
               "largest change of a weight in an epoch, relative to the largest weight (scikit-learn: 1e-4)",
           .larger = "stops earlier, further from the optimum",
           .low = 1e-12,
           .high = 0.1});
    visit("max_iter", max_iter,
          {.help = "steps at most; saga: epochs", .larger = "may reach tol where fewer did not", .low = 1});
    visit(
        "solver", solver,
        {.help = "exact: to the optimum; saga: the steps of scikit-learn's SAGA, in single precision, which "
                 "often stop far from it",
         .words = {"exact", "saga"}});
    visit("seed", seed, {.help = "random_state of saga", .low = 0, .high = 4294967295.0});
    visit("c_sweep", c_sweep,
          {.help = "further values of c at which the density of the weights is recorded: a list, or "
                   "LOW:HIGH:COUNT"});
  }
};

// The grid of c=auto, strongest penalty first, so that a tie keeps the stronger one.
constexpr std::array kGrid{1e-4, 1e-3, 1e-2, 1e-1, 1.0, 1e1, 1e2};

class Logistic : public Probe {
 public:
  explicit Logistic(LogisticOptions options) : options_(std::move(options)) {
    sweep_ = parsed_numbers("probe logistic, option 'c_sweep'", options_.c_sweep);
    for (const double c : sweep_) {
      if (c >= 1e-12 && c <= 1e12) continue;
      throw Error(ErrorCode::usage, {.where = "probe logistic, option 'c_sweep'",
                                     .what = "value not allowed",
                                     .got = fmt::format("{}", c),
                                     .expected = "numbers from 1e-12 to 1e12"});
    }
    if (options_.c == "auto") return;
    // The same check and message as for any number option.
    assign_field("probe logistic", {.name = "c", .type = "number", .notes = {.low = 1e-12, .high = 1e12}},
                 options_.c, c_);
  }

  std::unique_ptr<FittedProbe> fit(const LabelledInput& train, const RunContext& context) const override {
    const LabelSet set{train.labels, train.classes, {}};
    if (sweep_.empty()) return std::move(fit_all(train.input, std::span(&set, 1), context).front());
    if (options_.c == "auto") refuse_auto();
    check_training(kKind, train);
    check_features(kKind, train.input, -1);
    const solvers::DenseDesign design(train.input.features);
    const solvers::ColumnStatistics scaler = statistics(train.input);
    LinearFit fit = fit_linear(design, scaler_or_none(scaler), train, fit_options());
    record_sweep(design, scaler_or_none(scaler), set, fit.report.details);
    return std::make_unique<FittedLinear>(kKind, std::move(fit), names(set), options());
  }

  std::vector<std::unique_ptr<FittedProbe>> fit_all(const ProbeInput& input, std::span<const LabelSet> sets,
                                                    const RunContext& context) const override {
    if (options_.c == "auto") refuse_auto();
    for (const LabelSet& set : sets) check_training(kKind, {input, set.labels, set.classes, {}});
    check_features(kKind, input, -1);
    const solvers::DenseDesign design(input.features);
    const solvers::ColumnStatistics scaler = statistics(input);
    std::vector<LinearFit> fits =
        fit_linear_all(design, scaler_or_none(scaler), sets, fit_options(), context);
    std::vector<std::unique_ptr<FittedProbe>> fitted;
    for (std::size_t i = 0; i < sets.size(); ++i)
      fitted.push_back(std::make_unique<FittedLinear>(kKind, std::move(fits[i]), names(sets[i]), options()));
    return fitted;
  }

  // The whole grid as one path; the C of the lowest log loss on the validation part is kept.
  std::unique_ptr<FittedProbe> fit(const LabelledInput& train, const LabelledInput& validation,
                                   const RunContext& context) const override {
    if (options_.c != "auto") return fit(train, context);
    check_training(kKind, train);
    check_features(kKind, train.input, -1);
    const solvers::DenseDesign design(train.input.features);
    const solvers::ColumnStatistics scaler = statistics(train.input);
    const LabelSet set{train.labels, train.classes, {}};
    std::vector<LinearFit> path = fit_linear_path(design, scaler_or_none(scaler), set, fit_options(), kGrid);
    nlohmann::ordered_json swept = nlohmann::ordered_json::object();
    if (!sweep_.empty()) record_sweep(design, scaler_or_none(scaler), set, swept);
    std::unique_ptr<FittedProbe> best;
    double best_loss = 0;
    for (std::size_t i = 0; i < path.size(); ++i) {
      nlohmann::ordered_json used = options();
      used["c_chosen"] = kGrid[i];
      path[i].report.details.update(swept);
      auto candidate = std::make_unique<FittedLinear>(kKind, std::move(path[i]), names(set), std::move(used));
      const double loss = validation_loss(*candidate, validation);
      if (best && !(loss < best_loss)) continue;
      best = std::move(candidate);
      best_loss = loss;
    }
    return best;
  }

  std::string_view kind() const override { return kKind; }
  InputKind input_kind() const override { return InputKind::features; }
  nlohmann::ordered_json options() const override {
    nlohmann::ordered_json options = options_to_json(options_);
    if (options_.c != "auto") options["c"] = c_;
    return options;
  }

 private:
  [[noreturn]] static void refuse_auto() {
    throw Error(ErrorCode::usage, {.where = "probe logistic, option 'c'",
                                   .what = "auto needs a validation part to choose on",
                                   .hint = "give the split a validation fraction, or c a number"});
  }

  // What the sweep found: `path` by the solver asked for, and beside saga's the optima, `exact_path`.
  void record_sweep(const solvers::Design& design, const solvers::ColumnStatistics* scaler,
                    const LabelSet& set, nlohmann::ordered_json& details) const {
    LinearFitOptions fit = fit_options();
    details["path"] = described(fit_linear_path(design, scaler, set, fit, sweep_));
    if (!fit.saga_seed) return;
    fit.saga_seed.reset();
    fit.tol = LogisticOptions().tol;
    fit.max_iter = LogisticOptions().max_iter;
    details["exact_path"] = described(fit_linear_path(design, scaler, set, fit, sweep_));
  }

  nlohmann::ordered_json described(const std::vector<LinearFit>& path) const {
    auto list = nlohmann::ordered_json::array();
    for (std::size_t i = 0; i < path.size(); ++i) {
      const Certificate& found = *path[i].report.certificate;
      const Matrix& weight = path[i].linear.weight;
      const auto all = static_cast<double>(weight.rows() * weight.cols());
      list.push_back({{"c", sweep_[i]},
                      {"objective", found.objective},
                      {"kkt", found.kkt},
                      {"nonzero", found.nonzero},
                      {"density", static_cast<double>(found.nonzero) / all},
                      {"n_iter", path[i].report.n_iter},
                      {"converged", path[i].report.converged}});
    }
    return list;
  }

  static std::vector<std::string> names(const LabelSet& set) {
    return {set.classes.begin(), set.classes.end()};
  }
  solvers::ColumnStatistics statistics(const ProbeInput& input) const {
    return options_.standardize ? solvers::column_statistics(input.features) : solvers::ColumnStatistics{};
  }
  const solvers::ColumnStatistics* scaler_or_none(const solvers::ColumnStatistics& scaler) const {
    return options_.standardize ? &scaler : nullptr;
  }
  LinearFitOptions fit_options() const {
    return {.c = c_,
            .l1_ratio = options_.l1_ratio,
            .class_weight = options_.class_weight,
            .intercept = options_.fit_intercept ? solvers::Intercept::fit : solvers::Intercept::none,
            .tol = options_.tol,
            .max_iter = options_.max_iter,
            .saga_seed = options_.solver == "saga" ? std::optional(options_.seed) : std::nullopt};
  }

  static double validation_loss(const FittedProbe& fitted, const LabelledInput& validation) {
    const Matrix scores = fitted.scores(validation.input);
    const std::vector<std::int32_t> predicted = predicted_classes(scores.view());
    const metrics::MetricSet metrics(
        {static_cast<int>(scores.cols()), validation.labels, predicted, scores.view()});
    return metrics.evaluate()[metrics::metric_index("log_loss")];
  }

  LogisticOptions options_;
  double c_ = 1;
  std::vector<double> sweep_;
};

std::unique_ptr<Probe> make(const nlohmann::json& given) {
  nlohmann::json texts = with_lists_as_text(given);
  if (texts.contains("c") && texts["c"].is_number()) texts["c"] = texts["c"].dump();
  LogisticOptions options;
  assign_options("probe logistic", texts, options);
  return std::make_unique<Logistic>(std::move(options));
}

std::unique_ptr<FittedProbe> open(const SavedProbe& saved) { return open_linear(kKind, saved); }

}  // namespace

extern const ProbeRecord logistic_entry;
const ProbeRecord logistic_entry{
    .name = kKind,
    .summary = "logistic regression with an L2 or L1 penalty or both, to the optimum",
    .source = "scikit-learn 1.9 LogisticRegression",
    .input = InputKind::features,
    .options = [] { return field_records(LogisticOptions{}); },
    .make = make,
    .open = open};

}  // namespace sonde::probes

// Logistic regression on features, with an L2 penalty, an L1 penalty or both, to the optimum. Source:
// scikit-learn 1.9 LogisticRegression (C·Σ loss + l1_ratio‖w‖₁ + (1 − l1_ratio)/2 ‖w‖², intercept not
// penalised).
#include <array>

#include "sonde/metrics/metric.h"
#include "sonde/probes/checks.h"
#include "sonde/probes/linear_fit.h"
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
          {.help = "largest optimality residual at the end, relative to the gradient at zero weights",
           .larger = "stops earlier, further from the optimum",
           .low = 1e-12,
           .high = 0.1});
    visit("max_iter", max_iter,
          {.help = "steps at most", .larger = "may reach tol where fewer did not", .low = 1});
  }
};

// The grid of c=auto, strongest penalty first, so that a tie keeps the stronger one.
constexpr std::array kGrid{1e-4, 1e-3, 1e-2, 1e-1, 1.0, 1e1, 1e2};

class Logistic : public Probe {
 public:
  explicit Logistic(LogisticOptions options) : options_(std::move(options)) {
    if (options_.c == "auto") return;
    // The same check and message as for any number option.
    assign_field("probe logistic", {.name = "c", .type = "number", .notes = {.low = 1e-12, .high = 1e12}},
                 options_.c, c_);
  }

  std::unique_ptr<FittedProbe> fit(const LabelledInput& train, const RunContext& context) const override {
    const LabelSet set{train.labels, train.classes, {}};
    return std::move(fit_all(train.input, std::span(&set, 1), context).front());
  }

  std::vector<std::unique_ptr<FittedProbe>> fit_all(const ProbeInput& input, std::span<const LabelSet> sets,
                                                    const RunContext& context) const override {
    if (options_.c == "auto") {
      throw Error(ErrorCode::usage, {.where = "probe logistic, option 'c'",
                                     .what = "auto needs a validation part to choose on",
                                     .hint = "give the split a validation fraction, or c a number"});
    }
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
    std::unique_ptr<FittedProbe> best;
    double best_loss = 0;
    for (std::size_t i = 0; i < path.size(); ++i) {
      nlohmann::ordered_json used = options();
      used["c_chosen"] = kGrid[i];
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
            .max_iter = options_.max_iter};
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
};

std::unique_ptr<Probe> make(const nlohmann::json& given) {
  nlohmann::json texts = given;
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

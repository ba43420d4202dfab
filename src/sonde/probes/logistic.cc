// Logistic regression on features with an L2 penalty, to the optimum. L1 and elastic net are refused.
// Source: scikit-learn 1.9 LogisticRegression (objective ½‖w‖² + C·Σ loss, intercept not penalised).
#include <fmt/core.h>

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
    visit("l1_ratio", l1_ratio, {.help = "share of L1 in the penalty; only 0 here", .low = 0, .high = 1});
    visit("class_weight", class_weight,
          {.help = "balanced: every class counts the same", .words = {"none", "balanced"}});
    visit("fit_intercept", fit_intercept, {.help = "fit a bias, which is not penalised"});
    visit("standardize", standardize, {.help = "scale features by mean and deviation of the training rows"});
    visit("tol", tol,
          {.help = "largest gradient at the end, relative to that at zero weights",
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
    if (options_.l1_ratio != 0) {
      throw Error(ErrorCode::usage, {.where = "probe logistic, option 'l1_ratio'",
                                     .what = "an L1 penalty is not available",
                                     .got = fmt::format("{}", options_.l1_ratio),
                                     .expected = "0"});
    }
    if (options_.c == "auto") return;
    // The same check and message as for any number option.
    assign_field("probe logistic", {.name = "c", .type = "number", .notes = {.low = 1e-12, .high = 1e12}},
                 options_.c, c_);
  }

  std::unique_ptr<FittedProbe> fit(const LabelledInput& train, const RunContext&) const override {
    if (options_.c == "auto") {
      throw Error(ErrorCode::usage, {.where = "probe logistic, option 'c'",
                                     .what = "auto needs a validation part to choose on",
                                     .hint = "give the split a validation fraction, or c a number"});
    }
    return fit_with(c_, train, statistics(train));
  }

  std::unique_ptr<FittedProbe> fit(const LabelledInput& train, const LabelledInput& validation,
                                   const RunContext& context) const override {
    if (options_.c != "auto") return fit(train, context);
    const solvers::ColumnStatistics scaler = statistics(train);
    std::unique_ptr<FittedProbe> best;
    double best_loss = 0;
    for (const double c : kGrid) {
      std::unique_ptr<FittedProbe> candidate = fit_with(c, train, scaler);
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
  static solvers::ColumnStatistics statistics(const LabelledInput& train) {
    check_training(kKind, train);
    check_features(kKind, train.input, -1);
    return solvers::column_statistics(train.input.features);
  }

  std::unique_ptr<FittedProbe> fit_with(double c, const LabelledInput& train,
                                        const solvers::ColumnStatistics& scaler) const {
    const solvers::DenseDesign design(train.input.features);
    LinearFit fit =
        fit_linear(design, options_.standardize ? &scaler : nullptr, train,
                   {.c = c,
                    .class_weight = options_.class_weight,
                    .intercept = options_.fit_intercept ? solvers::Intercept::fit : solvers::Intercept::none,
                    .tol = options_.tol,
                    .max_iter = options_.max_iter});
    nlohmann::ordered_json used = options();
    if (options_.c == "auto") used["c_chosen"] = c;
    return std::make_unique<FittedLinear>(
        kKind, std::move(fit), std::vector<std::string>(train.classes.begin(), train.classes.end()),
        std::move(used));
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
const ProbeRecord logistic_entry{.name = kKind,
                                 .summary = "logistic regression with an L2 penalty, to the optimum",
                                 .source = "scikit-learn 1.9 LogisticRegression",
                                 .input = InputKind::features,
                                 .options = [] { return field_records(LogisticOptions{}); },
                                 .make = make,
                                 .open = open};

}  // namespace sonde::probes

// Ridge regression on features: Σ (y − x·w − b)² + alpha · Σ w², to the exact answer, the bias not penalised.
// Classes are refused. Source: scikit-learn 1.9 Ridge (after StandardScaler where standardize is on), RidgeCV
// for alpha=auto.
#include <array>

#include "sonde/probes/checks.h"
#include "sonde/probes/closed_form.h"
#include "sonde/probes/number_fit.h"
#include "sonde/probes/probe.h"
#include "sonde/solvers/leave_one_out.h"

namespace sonde::probes {
namespace {

constexpr std::string_view kKind = "ridge";

struct RidgeOptions {
  std::string alpha = "1.0";
  std::string target = "identity";
  bool fit_intercept = true;
  bool standardize = true;

  template <class V>
  void fields(V& visit) {
    visit("alpha", alpha,
          {.help = "strength of the penalty, a number of at least 0, or auto: chosen on the validation part, "
                   "or without one by leaving out each training row in turn",
           .larger = "shrinks the weights"});
    visit("target", target,
          {.help = "what is fitted: the number, or log1p of it, undone by exp - 1; log1p_plus_one undoes it "
                   "by exp + 1, a published slip that is always 2 too high",
           .words = target_transform_words()});
    visit("fit_intercept", fit_intercept, {.help = "fit a bias, which is not penalised"});
    visit("standardize", standardize, {.help = "scale features by mean and deviation of the training rows"});
  }
};

// The grid of alpha=auto, strongest penalty first, so that a tie keeps the stronger one.
constexpr std::array kGrid{1e6, 1e5, 1e4, 1e3, 1e2, 1e1, 1.0, 1e-1, 1e-2};

class Ridge : public Probe, public ClosedForm {
 public:
  explicit Ridge(RidgeOptions options) : options_(std::move(options)) {
    if (options_.alpha == "auto") return;
    // The same check and message as for any number option.
    assign_field("probe ridge", {.name = "alpha", .type = "number", .notes = {.low = 0, .high = 1e15}},
                 options_.alpha, alpha_);
  }

  std::unique_ptr<FittedProbe> fit(const LabelledInput& train, const RunContext& context) const override {
    const std::vector<double> targets = checked_targets(train);
    double alpha = alpha_;
    if (options_.alpha == "auto") {
      // One row cannot be left out; any penalty then predicts its target.
      alpha = train.input.rows < 2
                  ? kGrid[0]
                  : solvers::best_alpha({train.input.features, targets}, kGrid, regression(0), context);
    }
    return fit_with(alpha, train, targets, context);
  }

  std::unique_ptr<FittedProbe> fit(const LabelledInput& train, const LabelledInput& validation,
                                   const RunContext& context) const override {
    if (options_.alpha != "auto" || validation.input.rows == 0) return fit(train, context);
    const std::vector<double> targets = checked_targets(train);
    check_targets(kKind, validation);
    check_features(kKind, validation.input, train.input.features.cols);
    const std::vector<double> held = transformed_targets(kKind, transform(), validation.targets);
    const double alpha = chosen(train, targets, {validation.input.features, held}, context);
    return fit_with(alpha, train, targets, context);
  }

  const ClosedForm* closed_form() const override { return this; }
  bool chooses() const override { return options_.alpha == "auto"; }
  SumShape shape(std::int64_t width, std::int64_t) const override {
    return {.moments = {.columns = width, .targets = 1}};
  }
  std::vector<double> transformed(std::span<const double> targets) const override {
    return transformed_targets(kKind, transform(), targets);
  }
  std::string_view fitted_to() const override { return options_.target; }
  std::unique_ptr<FittedProbe> solve(const FormSums& sums) const override {
    const double alpha = chooses() ? chosen(sums) : alpha_;
    return fitted(fit_numbers(sums.train.all(), regression(alpha)), alpha);
  }
  std::string_view kind() const override { return kKind; }
  InputKind input_kind() const override { return InputKind::features; }
  nlohmann::ordered_json options() const override {
    nlohmann::ordered_json options = options_to_json(options_);
    if (options_.alpha != "auto") options["alpha"] = alpha_;
    return options;
  }

 private:
  TargetTransform transform() const { return target_transform(options_.target); }

  solvers::RegressionOptions regression(double alpha) const {
    return {.alpha = alpha,
            .intercept = options_.fit_intercept ? solvers::Intercept::fit : solvers::Intercept::none,
            .units = options_.standardize ? solvers::WeightUnits::standardized : solvers::WeightUnits::raw};
  }

  std::vector<double> checked_targets(const LabelledInput& train) const {
    check_targets(kKind, train);
    check_features(kKind, train.input, -1);
    return transformed_targets(kKind, transform(), train.targets);
  }

  // The alpha of the grid with the least squared error on the validation part, in the transformed target.
  double chosen(const LabelledInput& train, std::span<const double> targets,
                const solvers::RegressionRows& validation, const RunContext& context) const {
    const auto solutions =
        solvers::solve_regressions({train.input.features, targets}, kGrid, regression(0), context);
    double best = 0, least = 0;
    for (std::size_t a = 0; a < kGrid.size(); ++a) {
      std::vector<double> margins(validation.x.rows);
      solvers::DenseDesign(validation.x).margins({0, validation.x.rows}, solutions[a].weights, margins);
      double square = 0;
      for (std::int64_t i = 0; i < validation.x.rows; ++i) {
        const double error = validation.targets[i] - margins[i] - solutions[a].bias[0];
        square += error * error;
      }
      if (a > 0 && !(square < least)) continue;
      best = kGrid[a];
      least = square;
    }
    return best;
  }

  // The same from sums alone.
  double chosen(const FormSums& sums) const {
    SONDE_ASSERT(sums.validation != nullptr);
    const RunContext context;
    double best = 0, least = 0;
    for (const double alpha : kGrid) {
      const solvers::RegressionSolution solution =
          solvers::NormalEquations(sums.train.all(), regression(alpha), context).solve(context);
      const double square =
          solvers::check_regression(sums.validation->all(), regression(0), solution).objective;
      if (best > 0 && !(square < least)) continue;
      best = alpha;
      least = square;
    }
    return best;
  }

  std::unique_ptr<FittedProbe> fit_with(double alpha, const LabelledInput& train,
                                        std::span<const double> targets, const RunContext& context) const {
    return fitted(fit_numbers(train.input.features, targets, regression(alpha), context), alpha);
  }

  std::unique_ptr<FittedProbe> fitted(LinearFit fit, double alpha) const {
    nlohmann::ordered_json used = options();
    if (options_.alpha == "auto") used["alpha_chosen"] = alpha;
    return std::make_unique<FittedNumbers>(kKind, std::move(fit), std::move(used));
  }

  RidgeOptions options_;
  double alpha_ = 1;
};

std::unique_ptr<Probe> make(const nlohmann::json& given) {
  nlohmann::json texts = given;
  if (texts.contains("alpha") && texts["alpha"].is_number()) texts["alpha"] = texts["alpha"].dump();
  RidgeOptions options;
  assign_options("probe ridge", texts, options);
  return std::make_unique<Ridge>(std::move(options));
}

std::unique_ptr<FittedProbe> open(const SavedProbe& saved) { return open_numbers(kKind, saved); }

}  // namespace

extern const ProbeRecord ridge_entry;
const ProbeRecord ridge_entry{.name = kKind,
                              .summary = "ridge regression on a number, to the exact answer",
                              .source = "scikit-learn 1.9 Ridge and RidgeCV",
                              .input = InputKind::features,
                              .target = TargetKind::numbers,
                              .options = [] { return field_records(RidgeOptions{}); },
                              .make = make,
                              .open = open};

}  // namespace sonde::probes

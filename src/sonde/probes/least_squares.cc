// Least squares on features and a bias, to the exact answer; where columns depend on each other, the answer
// of minimum norm. No penalty (ridge has one) and no classes. Source: numpy.linalg.lstsq on centred columns.
#include "sonde/probes/checks.h"
#include "sonde/probes/closed_form.h"
#include "sonde/probes/number_fit.h"
#include "sonde/probes/probe.h"

namespace sonde::probes {
namespace {

constexpr std::string_view kKind = "least_squares";

struct LeastSquaresOptions {
  std::string target = "identity";
  bool fit_intercept = true;

  template <class V>
  void fields(V& visit) {
    visit("target", target,
          {.help = "what is fitted: the number, or log1p of it, undone by exp - 1; log1p_plus_one undoes it "
                   "by exp + 1, a published slip that is always 2 too high",
           .words = target_transform_words()});
    visit("fit_intercept", fit_intercept, {.help = "fit a bias"});
  }
};

class LeastSquares : public Probe, public ClosedForm {
 public:
  explicit LeastSquares(LeastSquaresOptions options) : options_(std::move(options)) {}

  std::unique_ptr<FittedProbe> fit(const LabelledInput& train, const RunContext& context) const override {
    check_targets(kKind, train);
    check_features(kKind, train.input, -1);
    LinearFit fit = fit_numbers(train.input.features, transformed(train.targets), regression(), context);
    return std::make_unique<FittedNumbers>(kKind, std::move(fit), options());
  }
  const ClosedForm* closed_form() const override { return this; }
  SumShape shape(std::int64_t width, std::int64_t) const override {
    return {.moments = {.columns = width, .targets = 1}};
  }
  std::vector<double> transformed(std::span<const double> targets) const override {
    return transformed_targets(kKind, target_transform(options_.target), targets);
  }
  std::string_view fitted_to() const override { return options_.target; }
  std::unique_ptr<FittedProbe> solve(const FormSums& sums) const override {
    return std::make_unique<FittedNumbers>(kKind, fit_numbers(sums.train.all(), regression()), options());
  }
  std::string_view kind() const override { return kKind; }
  InputKind input_kind() const override { return InputKind::features; }
  nlohmann::ordered_json options() const override { return options_to_json(options_); }

 private:
  solvers::RegressionOptions regression() const {
    return {.intercept = options_.fit_intercept ? solvers::Intercept::fit : solvers::Intercept::none};
  }

  LeastSquaresOptions options_;
};

std::unique_ptr<Probe> make(const nlohmann::json& given) {
  LeastSquaresOptions options;
  assign_options("probe least_squares", given, options);
  return std::make_unique<LeastSquares>(std::move(options));
}

std::unique_ptr<FittedProbe> open(const SavedProbe& saved) { return open_numbers(kKind, saved); }

}  // namespace

extern const ProbeRecord least_squares_entry;
const ProbeRecord least_squares_entry{
    .name = kKind,
    .summary = "least squares on a number, of minimum norm where not unique",
    .source = "numpy.linalg.lstsq on centred columns",
    .input = InputKind::features,
    .target = TargetKind::numbers,
    .options = [] { return field_records(LeastSquaresOptions{}); },
    .make = make,
    .open = open};

}  // namespace sonde::probes

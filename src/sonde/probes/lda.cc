// Linear discriminant analysis: Gaussian classes around their means with one covariance, divided by n and
// shrunk, and the classes' shares as priors; scores are the posterior. Nothing is penalised or searched for.
// Source: scikit-learn 1.9 LinearDiscriminantAnalysis(solver="lsqr").
#include "sonde/probes/checks.h"
#include "sonde/probes/closed_form.h"
#include "sonde/probes/discriminant_fit.h"
#include "sonde/probes/probe.h"

namespace sonde::probes {
namespace {

constexpr std::string_view kKind = "lda";

struct LdaOptions {
  std::string shrinkage = "auto";

  template <class V>
  void fields(V& visit) {
    visit("shrinkage", shrinkage,
          {.help = "share of the mean variance in the covariance, a number from 0 to 1, or auto: Ledoit and "
                   "Wolf's, class by class",
           .larger = "trusts directions that few rows tell apart less"});
  }
};

class Lda : public Probe, public ClosedForm {
 public:
  explicit Lda(LdaOptions options) : options_(std::move(options)) {
    if (options_.shrinkage == "auto") return;
    // The same check and message as for any number option.
    assign_field("probe lda", {.name = "shrinkage", .type = "number", .notes = {.low = 0, .high = 1}},
                 options_.shrinkage, shrinkage_);
  }

  std::unique_ptr<FittedProbe> fit(const LabelledInput& train, const RunContext& context) const override {
    check_training(kKind, train);
    check_features(kKind, train.input, -1);
    return fitted(covariance(train, context), train.classes, context);
  }
  const ClosedForm* closed_form() const override { return this; }
  // Ledoit and Wolf's shrinkage needs fourth moments of each class.
  SumShape shape(std::int64_t width, std::int64_t classes) const override {
    return {.moments = {.columns = width, .classes = classes}, .squares_of_classes = is_automatic()};
  }
  std::unique_ptr<FittedProbe> solve(const FormSums& sums) const override {
    return fitted(is_automatic() ? solvers::ledoit_wolf_covariance(sums.train.parts, sums.train.centre)
                                 : shrunk_by(shrinkage_, sums.train.all()),
                  sums.classes, {});
  }
  std::string_view kind() const override { return kKind; }
  InputKind input_kind() const override { return InputKind::features; }
  nlohmann::ordered_json options() const override {
    nlohmann::ordered_json options = options_to_json(options_);
    if (options_.shrinkage != "auto") options["shrinkage"] = shrinkage_;
    return options;
  }

 private:
  bool is_automatic() const { return options_.shrinkage == "auto"; }

  std::unique_ptr<FittedProbe> fitted(const solvers::ShrunkCovariance& shrunk,
                                      std::span<const std::string> classes, const RunContext& context) const {
    nlohmann::ordered_json used = options();
    if (is_automatic()) used["shrinkage_of_classes"] = shrunk.shrinkage;
    return fitted_discriminant(kKind,
                               solvers::gaussian_discriminant(shrunk.classes, shrunk.covariance, context),
                               classes, std::move(used));
  }

  solvers::ShrunkCovariance covariance(const LabelledInput& train, const RunContext& context) const {
    if (is_automatic()) {
      return solvers::ledoit_wolf_covariance(train.input.features, train.labels,
                                             static_cast<int>(train.classes.size()), context);
    }
    return shrunk_by(shrinkage_, class_moments(train, context));
  }

  static solvers::ShrunkCovariance shrunk_by(double shrinkage, const solvers::Moments& moments) {
    solvers::ShrunkCovariance shrunk{.covariance = solvers::within_covariance(moments),
                                     .classes = solvers::class_means(moments)};
    solvers::shrink(shrunk.covariance, shrinkage);
    return shrunk;
  }

  LdaOptions options_;
  double shrinkage_ = 0;
};

std::unique_ptr<Probe> make(const nlohmann::json& given) {
  nlohmann::json texts = given;
  if (texts.contains("shrinkage") && texts["shrinkage"].is_number())
    texts["shrinkage"] = texts["shrinkage"].dump();
  LdaOptions options;
  assign_options("probe lda", texts, options);
  return std::make_unique<Lda>(std::move(options));
}

std::unique_ptr<FittedProbe> open(const SavedProbe& saved) { return open_linear(kKind, saved); }

}  // namespace

extern const ProbeRecord lda_entry;
const ProbeRecord lda_entry{.name = kKind,
                            .summary = "linear discriminant analysis with a shrunk covariance",
                            .source = "scikit-learn 1.9 LinearDiscriminantAnalysis",
                            .input = InputKind::features,
                            .options = [] { return field_records(LdaOptions{}); },
                            .make = make,
                            .open = open};

}  // namespace sonde::probes

// The direction from the mean of one class to the mean of the other. Its margin is the Gaussian posterior of
// the projection: slope from the distance of the projected means and the variance of the projection within
// classes, shares of the training rows as priors. More than two classes are refused. Source: Marks and
// Tegmark 2023, "The Geometry of Truth", 5.1; the scale of the margin is derived.
#include "sonde/probes/checks.h"
#include "sonde/probes/closed_form.h"
#include "sonde/probes/discriminant_fit.h"
#include "sonde/probes/probe.h"

namespace sonde::probes {
namespace {

constexpr std::string_view kKind = "mass_mean";

struct MassMeanOptions {
  bool whiten = false;

  template <class V>
  void fields(V& visit) {
    visit("whiten", whiten,
          {.help = "measure in units of the spread within classes: the direction of lda without shrinkage; "
                   "directions in which no class varies are left out"});
  }
};

class MassMean : public Probe, public ClosedForm {
 public:
  explicit MassMean(MassMeanOptions options) : options_(options) {}

  std::unique_ptr<FittedProbe> fit(const LabelledInput& train, const RunContext& context) const override {
    check_training(kKind, train);
    check_two_classes(kKind, train);
    check_features(kKind, train.input, -1);
    const solvers::Discriminant found =
        solvers::mass_mean(class_moments(train, context), whitening(), context);
    return fitted_discriminant(kKind, found, train.classes, options());
  }
  const ClosedForm* closed_form() const override { return this; }
  SumShape shape(std::int64_t width, std::int64_t classes) const override {
    return {.moments = {.columns = width, .classes = classes}};
  }
  std::unique_ptr<FittedProbe> solve(const FormSums& sums) const override {
    return fitted_discriminant(kKind, solvers::mass_mean(sums.train.all(), whitening(), {}), sums.classes,
                               options());
  }
  std::string_view kind() const override { return kKind; }
  InputKind input_kind() const override { return InputKind::features; }
  nlohmann::ordered_json options() const override { return options_to_json(options_); }

 private:
  solvers::Whitening whitening() const {
    return options_.whiten ? solvers::Whitening::within : solvers::Whitening::none;
  }

  MassMeanOptions options_;
};

std::unique_ptr<Probe> make(const nlohmann::json& given) {
  MassMeanOptions options;
  assign_options("probe mass_mean", given, options);
  return std::make_unique<MassMean>(options);
}

std::unique_ptr<FittedProbe> open(const SavedProbe& saved) { return open_linear(kKind, saved); }

}  // namespace

extern const ProbeRecord mass_mean_entry;
const ProbeRecord mass_mean_entry{.name = kKind,
                                  .summary = "direction between the means of two classes",
                                  .source = "Marks and Tegmark 2023",
                                  .input = InputKind::features,
                                  .class_limit = ClassLimit::two,
                                  .options = [] { return field_records(MassMeanOptions{}); },
                                  .make = make,
                                  .open = open};

}  // namespace sonde::probes

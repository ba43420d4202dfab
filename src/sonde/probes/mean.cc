// The baseline of numbers that looks at nothing: the mean of the training targets. Source: scikit-learn
// DummyRegressor(strategy='mean').
#include "sonde/probes/checks.h"
#include "sonde/probes/probe.h"
#include "sonde/probes/saved.h"

namespace sonde::probes {
namespace {

constexpr std::string_view kKind = "mean";

struct MeanOptions {
  template <class V>
  void fields(V&) {}
};

class FittedMean : public FittedProbe {
 public:
  explicit FittedMean(float mean) : mean_(mean) {}

  Matrix scores(const ProbeInput& input) const override {
    Matrix scores(input.rows, 1);
    for (std::int64_t i = 0; i < input.rows; ++i) scores.row(i)[0] = mean_;
    return scores;
  }
  SavedProbe save() const override {
    return {{{"mean", {1}, {mean_}}},
            saved_metadata(kKind, nlohmann::ordered_json::object(), classes_, report_)};
  }
  const std::vector<std::string>& classes() const override { return classes_; }
  const FitReport& report() const override { return report_; }
  InputKind input_kind() const override { return InputKind::none; }

 private:
  float mean_;
  std::vector<std::string> classes_;  // none
  FitReport report_;
};

class Mean : public Probe {
 public:
  std::unique_ptr<FittedProbe> fit(const LabelledInput& train, const RunContext&) const override {
    check_targets(kKind, train);
    double sum = 0;
    for (const double target : train.targets) sum += target;
    return std::make_unique<FittedMean>(static_cast<float>(sum / static_cast<double>(train.input.rows)));
  }
  std::string_view kind() const override { return kKind; }
  InputKind input_kind() const override { return InputKind::none; }
  nlohmann::ordered_json options() const override { return nlohmann::ordered_json::object(); }
};

std::unique_ptr<Probe> make(const nlohmann::json& given) {
  MeanOptions options;
  assign_options("probe mean", given, options);
  return std::make_unique<Mean>();
}

std::unique_ptr<FittedProbe> open(const SavedProbe& saved) {
  const NamedTensor& mean = saved_tensor(saved, "mean");
  (void)saved.metadata.at("options");
  if (mean.values.size() != 1)
    throw Error(ErrorCode::input, {.where = "saved probe", .what = "a mean is one number"});
  return std::make_unique<FittedMean>(mean.values[0]);
}

}  // namespace

extern const ProbeRecord mean_entry;
const ProbeRecord mean_entry{.name = kKind,
                             .summary = "baseline of numbers: always the mean of the training targets",
                             .source = "scikit-learn DummyRegressor(strategy='mean')",
                             .input = InputKind::none,
                             .target = TargetKind::numbers,
                             .options = [] { return field_records(MeanOptions{}); },
                             .make = make,
                             .open = open};

}  // namespace sonde::probes

// The baseline that looks at nothing: the most frequent training class, with the training frequencies as
// probabilities. Source: scikit-learn DummyClassifier(strategy='prior').
#include <algorithm>

#include "sonde/probes/checks.h"
#include "sonde/probes/probe.h"
#include "sonde/probes/saved.h"

namespace sonde::probes {
namespace {

constexpr std::string_view kKind = "majority";

struct MajorityOptions {
  template <class V>
  void fields(V&) {}
};

class FittedMajority : public FittedProbe {
 public:
  FittedMajority(std::vector<float> frequencies, std::vector<std::string> classes)
      : frequencies_(std::move(frequencies)), classes_(std::move(classes)) {}

  Matrix scores(const ProbeInput& input) const override {
    Matrix scores(input.rows, static_cast<std::int64_t>(frequencies_.size()));
    for (std::int64_t i = 0; i < input.rows; ++i) std::ranges::copy(frequencies_, scores.row(i).begin());
    return scores;
  }
  SavedProbe save() const override {
    return {{{"frequencies", {static_cast<std::int64_t>(frequencies_.size())}, frequencies_}},
            saved_metadata(kKind, nlohmann::ordered_json::object(), classes_, report_)};
  }
  const std::vector<std::string>& classes() const override { return classes_; }
  const FitReport& report() const override { return report_; }
  InputKind input_kind() const override { return InputKind::none; }

 private:
  std::vector<float> frequencies_;
  std::vector<std::string> classes_;
  FitReport report_;
};

class Majority : public Probe {
 public:
  std::unique_ptr<FittedProbe> fit(const LabelledInput& train, const RunContext&) const override {
    check_training(kKind, train);
    std::vector<double> counts(train.classes.size());
    for (const std::int32_t label : train.labels) ++counts[label];
    std::vector<float> frequencies;
    for (const double count : counts) frequencies.push_back(static_cast<float>(count / train.input.rows));
    return std::make_unique<FittedMajority>(
        std::move(frequencies), std::vector<std::string>(train.classes.begin(), train.classes.end()));
  }
  std::string_view kind() const override { return kKind; }
  InputKind input_kind() const override { return InputKind::none; }
  nlohmann::ordered_json options() const override { return nlohmann::ordered_json::object(); }
};

std::unique_ptr<Probe> make(const nlohmann::json& given) {
  MajorityOptions options;
  assign_options("probe majority", given, options);
  return std::make_unique<Majority>();
}

std::unique_ptr<FittedProbe> open(const SavedProbe& saved) {
  std::vector<std::string> classes = saved_classes(saved);
  const NamedTensor& frequencies = saved_tensor(saved, "frequencies");
  if (frequencies.values.size() != classes.size()) {
    throw Error(ErrorCode::input,
                {.where = "saved probe", .what = "frequencies and classes differ in number"});
  }
  return std::make_unique<FittedMajority>(frequencies.values, std::move(classes));
}

}  // namespace

extern const ProbeRecord majority_entry;
const ProbeRecord majority_entry{.name = kKind,
                                 .summary = "baseline: always the most frequent training class",
                                 .source = "scikit-learn DummyClassifier(strategy='prior')",
                                 .input = InputKind::none,
                                 .options = [] { return field_records(MajorityOptions{}); },
                                 .make = make,
                                 .open = open};

}  // namespace sonde::probes

// The baseline of numbers that sees only how long a text is: a straight line through ln(1 + tokens), by least
// squares. A length that never changes gives the mean. Source: derived; the same column as the baseline
// `length` of classes.
#include <cmath>

#include "sonde/probes/checks.h"
#include "sonde/probes/probe.h"
#include "sonde/probes/saved.h"

namespace sonde::probes {
namespace {

constexpr std::string_view kKind = "length_line";

struct LengthLineOptions {
  template <class V>
  void fields(V&) {}
};

double log_length(const ProbeInput& input, std::int64_t row) {
  SONDE_ASSERT(input.lengths[row] >= 0);
  return std::log1p(static_cast<double>(input.lengths[row]));
}

class FittedLengthLine : public FittedProbe {
 public:
  explicit FittedLengthLine(LinearWeights line) : line_(std::move(line)) {}

  Matrix scores(const ProbeInput& input) const override {
    SONDE_ASSERT(static_cast<std::int64_t>(input.lengths.size()) == input.rows);
    const double slope = line_.weight.row(0)[0], start = line_.bias[0];
    Matrix scores(input.rows, 1);
    for (std::int64_t i = 0; i < input.rows; ++i)
      scores.row(i)[0] = static_cast<float>(start + slope * log_length(input, i));
    return scores;
  }
  SavedProbe save() const override {
    return {linear_tensors(line_),
            saved_metadata(kKind, nlohmann::ordered_json::object(), classes_, report_)};
  }
  const std::vector<std::string>& classes() const override { return classes_; }
  const FitReport& report() const override { return report_; }
  InputKind input_kind() const override { return InputKind::length; }

 private:
  LinearWeights line_;                // [1, 1] and [1]
  std::vector<std::string> classes_;  // none
  FitReport report_;
};

class LengthLine : public Probe {
 public:
  std::unique_ptr<FittedProbe> fit(const LabelledInput& train, const RunContext&) const override {
    check_targets(kKind, train);
    const ProbeInput& input = train.input;
    SONDE_ASSERT(static_cast<std::int64_t>(input.lengths.size()) == input.rows);
    const double n = static_cast<double>(input.rows);
    double x_mean = 0, y_mean = 0, xx = 0, xy = 0;
    for (std::int64_t i = 0; i < input.rows; ++i) {
      x_mean += log_length(input, i) / n;
      y_mean += train.targets[i] / n;
    }
    bool varies = false;  // asked of the lengths, since a spread of rounding errors is not 0
    for (std::int64_t i = 0; i < input.rows; ++i) {
      const double x = log_length(input, i) - x_mean;
      varies = varies || input.lengths[i] != input.lengths[0];
      xx += x * x;
      xy += x * (train.targets[i] - y_mean);
    }
    const double slope = varies ? xy / xx : 0;
    LinearWeights line{Matrix(1, 1), {static_cast<float>(y_mean - slope * x_mean)}};
    line.weight.row(0)[0] = static_cast<float>(slope);
    return std::make_unique<FittedLengthLine>(std::move(line));
  }
  std::string_view kind() const override { return kKind; }
  InputKind input_kind() const override { return InputKind::length; }
  nlohmann::ordered_json options() const override { return nlohmann::ordered_json::object(); }
};

std::unique_ptr<Probe> make(const nlohmann::json& given) {
  LengthLineOptions options;
  assign_options("probe length_line", given, options);
  return std::make_unique<LengthLine>();
}

std::unique_ptr<FittedProbe> open(const SavedProbe& saved) {
  (void)saved.metadata.at("options");
  LinearWeights line = saved_linear(saved, 2);  // one weight vector, as of two classes
  if (line.weight.cols() != 1)
    throw Error(ErrorCode::input, {.where = "saved probe", .what = "a line of lengths has one weight"});
  return std::make_unique<FittedLengthLine>(std::move(line));
}

}  // namespace

extern const ProbeRecord length_line_entry;
const ProbeRecord length_line_entry{
    .name = kKind,
    .summary = "baseline of numbers: a line through the logarithm of the token count",
    .source = "derived",
    .input = InputKind::length,
    .target = TargetKind::numbers,
    .options = [] { return field_records(LengthLineOptions{}); },
    .make = make,
    .open = open};

}  // namespace sonde::probes

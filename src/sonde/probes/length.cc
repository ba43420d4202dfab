// The baseline that sees only how long a text is: logistic regression on ln(1 + tokens), standardised on the
// training rows. Source: derived; a label that length predicts is not evidence of anything a model knows.
#include <cmath>

#include "sonde/probes/checks.h"
#include "sonde/probes/linear_fit.h"
#include "sonde/probes/probe.h"
#include "sonde/probes/saved.h"

namespace sonde::probes {
namespace {

constexpr std::string_view kKind = "length";

struct LengthOptions {
  double c = 1.0;
  std::string class_weight = "none";

  template <class V>
  void fields(V& visit) {
    visit(
        "c", c,
        {.help = "inverse strength of the penalty", .larger = "fits the training rows closer", .low = 1e-12});
    visit("class_weight", class_weight,
          {.help = "balanced: every class counts the same", .words = {"none", "balanced"}});
  }
};

Matrix log_lengths(const ProbeInput& input) {
  SONDE_ASSERT(static_cast<std::int64_t>(input.lengths.size()) == input.rows);
  Matrix x(input.rows, 1);
  for (std::int64_t i = 0; i < input.rows; ++i) {
    SONDE_ASSERT(input.lengths[i] >= 0);
    x.row(i)[0] = static_cast<float>(std::log1p(static_cast<double>(input.lengths[i])));
  }
  return x;
}

class FittedLength : public FittedProbe {
 public:
  FittedLength(LinearFit fit, std::vector<std::string> classes, nlohmann::ordered_json options)
      : fit_(std::move(fit)), classes_(std::move(classes)), options_(std::move(options)) {}

  Matrix scores(const ProbeInput& input) const override {
    const Matrix x = log_lengths(input);
    return linear_scores(solvers::DenseDesign(x.view()), fit_.linear);
  }
  SavedProbe save() const override {
    return {linear_tensors(fit_.linear), saved_metadata(kKind, options_, classes_, fit_.report)};
  }
  const std::vector<std::string>& classes() const override { return classes_; }
  const FitReport& report() const override { return fit_.report; }
  InputKind input_kind() const override { return InputKind::length; }

 private:
  LinearFit fit_;
  std::vector<std::string> classes_;
  nlohmann::ordered_json options_;
};

class Length : public Probe {
 public:
  explicit Length(LengthOptions options) : options_(std::move(options)) {}

  std::unique_ptr<FittedProbe> fit(const LabelledInput& train, const RunContext&) const override {
    check_training(kKind, train);
    const Matrix x = log_lengths(train.input);
    const solvers::ColumnStatistics scaler = solvers::column_statistics(x.view());
    LinearFit fit = fit_linear(solvers::DenseDesign(x.view()), &scaler, train,
                               {.c = options_.c, .class_weight = options_.class_weight});
    return std::make_unique<FittedLength>(
        std::move(fit), std::vector<std::string>(train.classes.begin(), train.classes.end()), options());
  }
  std::string_view kind() const override { return kKind; }
  InputKind input_kind() const override { return InputKind::length; }
  nlohmann::ordered_json options() const override { return options_to_json(options_); }

 private:
  LengthOptions options_;
};

std::unique_ptr<Probe> make(const nlohmann::json& given) {
  LengthOptions options;
  assign_options("probe length", given, options);
  return std::make_unique<Length>(std::move(options));
}

std::unique_ptr<FittedProbe> open(const SavedProbe& saved) {
  std::vector<std::string> classes = saved_classes(saved);
  LinearFit fit{saved_linear(saved, classes.size()), saved_report(saved)};
  if (fit.linear.weight.cols() != 1) {
    throw Error(ErrorCode::input,
                {.where = "saved probe", .what = "a length probe has one weight per class"});
  }
  return std::make_unique<FittedLength>(std::move(fit), std::move(classes), saved.metadata.at("options"));
}

}  // namespace

extern const ProbeRecord length_entry;
const ProbeRecord length_entry{.name = kKind,
                               .summary = "baseline: logistic regression on the logarithm of the token count",
                               .source = "derived",
                               .input = InputKind::length,
                               .options = [] { return field_records(LengthOptions{}); },
                               .make = make,
                               .open = open};

}  // namespace sonde::probes

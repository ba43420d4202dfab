// The baseline that any geometry gives away for free: features projected onto one random direction, then
// logistic regression on that single number. What it reaches needs no learned direction. Source: derived; the
// direction is uniform on the sphere of the standardised features, from the run's seed.
#include <cmath>
#include <numbers>

#include "sonde/core/random.h"
#include "sonde/probes/checks.h"
#include "sonde/probes/linear_fit.h"
#include "sonde/probes/probe.h"
#include "sonde/probes/saved.h"

namespace sonde::probes {
namespace {

constexpr std::string_view kKind = "random_direction";

struct RandomDirectionOptions {
  double c = 1.0;
  std::int64_t draw = 0;

  template <class V>
  void fields(V& visit) {
    visit(
        "c", c,
        {.help = "inverse strength of the penalty", .larger = "fits the training rows closer", .low = 1e-12});
    visit("draw", draw, {.help = "which random direction of the run's seed", .low = 0});
  }
};

// A unit vector from independent normals (Box–Muller), one per feature.
std::vector<double> unit_direction(std::int64_t d, const RandomStream& stream) {
  std::vector<double> direction(d);
  double norm = 0;
  for (std::int64_t j = 0; j < d; ++j) {
    const double radius = std::sqrt(-2 * std::log(1 - stream.uniform(2 * j)));
    direction[j] = radius * std::cos(2 * std::numbers::pi * stream.uniform(2 * j + 1));
    norm += direction[j] * direction[j];
  }
  for (double& value : direction) value /= std::sqrt(norm);
  return direction;
}

// A direction on raw features: x · weight + shift.
struct Projection {
  std::vector<double> weight;
  double shift = 0;
};

Projection fold(const std::vector<double>& direction, const solvers::ColumnStatistics& scaler) {
  Projection projection{.weight = direction};
  for (std::size_t j = 0; j < direction.size(); ++j) {
    projection.weight[j] /= scaler.scale[j];
    projection.shift -= scaler.mean[j] * projection.weight[j];
  }
  return projection;
}

class RandomDirection : public Probe {
 public:
  explicit RandomDirection(RandomDirectionOptions options) : options_(std::move(options)) {}

  std::unique_ptr<FittedProbe> fit(const LabelledInput& train, const RunContext& context) const override {
    check_training(kKind, train);
    check_features(kKind, train.input, -1);
    const solvers::DenseDesign design(train.input.features);
    const RandomStream stream =
        RandomStream(context.seed, kKind).substream(static_cast<std::uint64_t>(options_.draw));
    const Projection projection =
        fold(unit_direction(design.cols(), stream), solvers::column_statistics(train.input.features));
    std::vector<double> margins(design.rows());
    design.margins({0, design.rows()}, projection.weight, margins);
    Matrix projected(design.rows(), 1);
    for (std::int64_t i = 0; i < design.rows(); ++i) {
      projected.row(i)[0] = static_cast<float>(margins[i] + projection.shift);
    }
    LinearFit fit = fit_linear(solvers::DenseDesign(projected.view()), nullptr, train, {.c = options_.c});
    spread(projection, fit.linear);
    return std::make_unique<FittedLinear>(
        kKind, std::move(fit), std::vector<std::string>(train.classes.begin(), train.classes.end()),
        options());
  }
  std::string_view kind() const override { return kKind; }
  InputKind input_kind() const override { return InputKind::features; }
  nlohmann::ordered_json options() const override { return options_to_json(options_); }

 private:
  // Turns weights on the projection into weights on the features.
  static void spread(const Projection& projection, LinearWeights& linear) {
    const auto d = static_cast<std::int64_t>(projection.weight.size());
    Matrix weight(linear.weight.rows(), d);
    for (std::int64_t c = 0; c < weight.rows(); ++c) {
      const double slope = linear.weight.row(c)[0];
      for (std::int64_t j = 0; j < d; ++j)
        weight.row(c)[j] = static_cast<float>(slope * projection.weight[j]);
      linear.bias[c] = static_cast<float>(linear.bias[c] + slope * projection.shift);
    }
    linear.weight = std::move(weight);
  }

  RandomDirectionOptions options_;
};

std::unique_ptr<Probe> make(const nlohmann::json& given) {
  RandomDirectionOptions options;
  assign_options("probe random_direction", given, options);
  return std::make_unique<RandomDirection>(std::move(options));
}

std::unique_ptr<FittedProbe> open(const SavedProbe& saved) { return open_linear(kKind, saved); }

}  // namespace

extern const ProbeRecord random_direction_entry;
const ProbeRecord random_direction_entry{.name = kKind,
                                         .summary = "baseline: logistic regression on one random direction",
                                         .source = "derived",
                                         .input = InputKind::features,
                                         .options = [] { return field_records(RandomDirectionOptions{}); },
                                         .make = make,
                                         .open = open};

}  // namespace sonde::probes

#include "sonde/probes/contrast.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "sonde/probes/checks.h"
#include "sonde/probes/linear_fit.h"
#include "sonde/probes/saved.h"
#include "sonde/solvers/vectors.h"

namespace sonde::probes {
namespace {

// A linear model of all prompts of a row, which lie side by side: weight [1, prompts · d].
class FittedDirection final : public FittedProbe {
 public:
  FittedDirection(std::string_view kind, std::int64_t prompts, LinearFit fit,
                  std::vector<std::string> classes, nlohmann::ordered_json options)
      : kind_(kind),
        prompts_(prompts),
        fit_(std::move(fit)),
        classes_(std::move(classes)),
        options_(std::move(options)) {}

  Matrix scores(const ProbeInput& input) const override {
    check_contrast_rows(kind_, input, prompts_, fit_.linear.weight.cols() / prompts_);
    return linear_scores(solvers::DenseDesign(input.features), fit_.linear);
  }
  SavedProbe save() const override {
    SavedProbe saved{linear_tensors(fit_.linear), saved_metadata(kind_, options_, classes_, fit_.report)};
    saved.metadata["prompts"] = prompts_;
    return saved;
  }
  const LinearWeights* linear() const override { return &fit_.linear; }
  const std::vector<std::string>& classes() const override { return classes_; }
  const FitReport& report() const override { return fit_.report; }
  InputKind input_kind() const override { return InputKind::contrast; }

 private:
  std::string_view kind_;
  std::int64_t prompts_;
  LinearFit fit_;
  std::vector<std::string> classes_;
  nlohmann::ordered_json options_;
};

// Projections of all prompts become one number a row: the second statement's less the first's, over wordings.
std::vector<double> contrasts(const std::vector<std::vector<double>>& projections) {
  std::vector<double> result(projections[0].size());
  const double share = 2.0 / static_cast<double>(projections.size());
  for (std::size_t p = 0; p < projections.size(); ++p) {
    for (std::size_t i = 0; i < result.size(); ++i)
      result[i] += (p % 2 == 0 ? -share : share) * projections[p][i];
  }
  return result;
}

double deviation(const std::vector<double>& values) {
  double mean = 0, squares = 0;
  for (const double value : values) mean += value / static_cast<double>(values.size());
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / static_cast<double>(values.size()));
}

// Weights on raw rows whose product is contrasts() · factor.
LinearWeights fold(const solvers::ContrastSet& set, std::span<const double> direction, double factor) {
  LinearWeights linear{Matrix(1, set.rows.cols), {0}};
  const double share = 2.0 * factor / static_cast<double>(set.prompts);
  double bias = 0;
  for (std::int64_t p = 0; p < set.prompts; ++p) {
    const solvers::ColumnStatistics& scaler = set.scalers[p];
    for (std::int64_t j = 0; j < set.width(); ++j) {
      const double weight = (p % 2 == 0 ? -share : share) * direction[j] / scaler.scale[j];
      linear.weight.row(0)[p * set.width() + j] = static_cast<float>(weight);
      bias -= weight * scaler.mean[j];
    }
  }
  linear.bias[0] = static_cast<float>(bias);
  return linear;
}

// How much higher the contrasts of the second class are than those of the first, on average.
double rise_of(const std::vector<double>& values, std::span<const std::int32_t> labels) {
  std::array<double, 2> sum{}, rows{};
  for (std::size_t i = 0; i < values.size(); ++i) {
    sum[labels[i]] += values[i];
    ++rows[labels[i]];
  }
  return sum[1] / rows[1] - sum[0] / rows[0];
}

// The probe of a direction, the right way up, and what it says of itself.
LinearFit directed(const solvers::ContrastSet& set, const solvers::Eigenpair& pair, double spread,
                   double rise, const std::string& sign) {
  const bool flipped = sign == "train" && rise < 0;
  const double factor = spread > 0 ? (flipped ? -1 : 1) / spread : 0;
  LinearFit fit{.linear = fold(set, pair.vector, factor),
                .report = {.n_iter = pair.steps, .converged = pair.converged}};
  fit.report.details = {{"sign", sign}, {"flipped", flipped}, {"eigenvalue", pair.value}};
  if (sign == "flattering") fit.report.details["accuracy_shown"] = "max(a, 1 - a)";
  return fit;
}

std::vector<std::string> names_of(std::span<const std::string> classes) {
  return {classes.begin(), classes.end()};
}

// From moments of both prompts side by side.
std::vector<solvers::ColumnStatistics> prompt_statistics(const solvers::Moments& moments,
                                                         std::string_view normalize) {
  const std::int64_t d = moments.shape.columns / 2;
  std::vector<solvers::ColumnStatistics> statistics;
  for (std::int64_t p = 0; p < 2; ++p) {
    solvers::ColumnStatistics own{std::vector<double>(d, 0.0), std::vector<double>(d, 1.0)};
    for (std::int64_t j = 0; j < d; ++j) {
      if (normalize != "none") own.mean[j] = moments.mean[p * d + j];
      const double variance = moments.gram(p * d + j, p * d + j) / static_cast<double>(moments.count);
      if (normalize == "mean_std" && variance > 0) own.scale[j] = std::sqrt(variance);
    }
    statistics.push_back(std::move(own));
  }
  return statistics;
}

[[noreturn]] void refuse_prompts(std::string_view kind, std::int64_t got, std::string expected) {
  throw Error(ErrorCode::input,
              {.where = fmt::format("probe {}", kind),
               .what = "another number of prompts an example",
               .got = fmt::format("{}", got),
               .expected = std::move(expected),
               .hint = "give contrast pairs: one prompt that says the first class is true, one "
                       "that says the second is"});
}

}  // namespace

MatrixView prompt_rows(const ProbeInput& input, std::int64_t prompt) {
  const std::int64_t d = input.features.cols / input.prompts;
  return {input.features.data + prompt * d, input.features.rows, d, input.features.stride};
}

void check_contrast(std::string_view kind, const LabelledInput& train, std::int64_t most_prompts) {
  check_training(kind, train);
  check_two_classes(kind, train);
  check_prompts(kind, train.input.prompts, most_prompts);
  check_features(kind, train.input, -1);
}

void check_prompts(std::string_view kind, std::int64_t prompts, std::int64_t most) {
  if (most == 2 && prompts != 2) refuse_prompts(kind, prompts, "2");
  if (prompts % 2 != 0) refuse_prompts(kind, prompts, "an even number: two for every wording");
}

void check_contrast_rows(std::string_view kind, const ProbeInput& input, std::int64_t prompts,
                         std::int64_t width) {
  if (input.prompts != prompts) refuse_prompts(kind, input.prompts, fmt::format("{}", prompts));
  check_features(kind, input, width);
}

std::vector<solvers::ColumnStatistics> prompt_statistics(const ProbeInput& input,
                                                         std::string_view normalize) {
  std::vector<solvers::ColumnStatistics> statistics;
  for (std::int64_t p = 0; p < input.prompts; ++p) {
    statistics.push_back(solvers::column_statistics(prompt_rows(input, p)));
    if (normalize == "none") std::ranges::fill(statistics.back().mean, 0.0);
    if (normalize != "mean_std") std::ranges::fill(statistics.back().scale, 1.0);
  }
  return statistics;
}

Orientation orient(MatrixView scores, std::span<const std::int32_t> labels, const std::string& sign) {
  const std::vector<std::int32_t> predicted = predicted_classes(scores);
  double right = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) right += predicted[i] == labels[i];
  double accuracy = right / static_cast<double>(labels.size());
  Orientation result{.flipped = sign == "train" && accuracy < 0.5};
  if (result.flipped || (sign == "flattering" && accuracy < 0.5)) accuracy = 1 - accuracy;
  result.details["sign"] = sign;
  result.details["train_accuracy"] = accuracy;
  result.details["flipped"] = result.flipped;
  if (sign == "flattering") result.details["accuracy_shown"] = "max(a, 1 - a)";
  return result;
}

std::unique_ptr<FittedProbe> fit_direction(std::string_view kind, const LabelledInput& train,
                                           const DirectionOptions& options,
                                           const nlohmann::ordered_json& shown_options) {
  const std::vector<solvers::ColumnStatistics> scalers = prompt_statistics(train.input, options.normalize);
  const solvers::ContrastSet set{train.input.features, train.input.prompts, scalers};
  const solvers::Eigenpair pair = solvers::contrast_direction(set, options.terms);
  const std::vector<double> values = contrasts(solvers::project(set, pair.vector));
  LinearFit found = directed(set, pair, deviation(values), rise_of(values, train.labels), options.sign);
  const std::vector<std::int32_t> predicted =
      predicted_classes(linear_scores(solvers::DenseDesign(train.input.features), found.linear).view());
  double right = 0;
  for (std::size_t i = 0; i < predicted.size(); ++i) right += predicted[i] == train.labels[i];
  const double accuracy = right / static_cast<double>(predicted.size());
  found.report.details["train_accuracy"] =
      options.sign == "flattering" ? std::max(accuracy, 1 - accuracy) : accuracy;
  return std::make_unique<FittedDirection>(kind, train.input.prompts, std::move(found),
                                           names_of(train.classes), shown_options);
}

std::unique_ptr<FittedProbe> solve_direction(std::string_view kind, const FormSums& sums,
                                             const DirectionOptions& options,
                                             const nlohmann::ordered_json& shown_options) {
  const solvers::Moments& moments = sums.train.all();
  const std::vector<solvers::ColumnStatistics> scalers = prompt_statistics(moments, options.normalize);
  const std::int64_t columns = moments.shape.columns;
  const solvers::ContrastSet set{{nullptr, 0, columns, columns}, 2, scalers};
  const solvers::Eigenpair pair = solvers::contrast_direction(moments, scalers, options.terms);
  const std::int64_t d = set.width();
  std::vector<double> weights(2 * d);  // of a row's contrast
  for (std::int64_t at = 0; at < 2 * d; ++at)
    weights[at] = (at < d ? -1 : 1) * pair.vector[at % d] / scalers[at / d].scale[at % d];
  const auto mean_of_class = [&](std::size_t c) {
    return solvers::dot(weights, std::span(moments.class_sum).subspan(c * weights.size(), weights.size())) /
           static_cast<double>(moments.class_count[c]);
  };
  const double variance =
      std::max(0.0, solvers::quadratic_form(moments.gram, weights)) / static_cast<double>(moments.count);
  LinearFit found =
      directed(set, pair, std::sqrt(variance), mean_of_class(1) - mean_of_class(0), options.sign);
  return std::make_unique<FittedDirection>(kind, 2, std::move(found), names_of(sums.classes), shown_options);
}

std::unique_ptr<FittedProbe> open_direction(std::string_view kind, const SavedProbe& saved) {
  std::vector<std::string> classes = saved_classes(saved);
  LinearFit fit{saved_linear(saved, classes.size()), saved_report(saved)};
  const std::int64_t prompts = saved.metadata.at("prompts");
  if (prompts < 2 || fit.linear.weight.cols() % prompts != 0) {
    throw Error(ErrorCode::input, {.where = "saved probe",
                                   .what = "weights that the prompts do not divide",
                                   .got = fmt::format("{} weights", fit.linear.weight.cols()),
                                   .expected = fmt::format("a multiple of {} prompts", prompts)});
  }
  return std::make_unique<FittedDirection>(kind, prompts, std::move(fit), std::move(classes),
                                           saved.metadata.at("options"));
}

}  // namespace sonde::probes

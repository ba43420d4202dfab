// A probe that may use only k features: they are chosen on the training rows, then logistic regression with
// an L2 penalty is fitted on them alone. The choice is greedy, not the best subset of k. Source: Gurnee,
// Nanda, Pauly, Harvey, Troitskii and Bertsimas 2023, "Finding neurons in a haystack"; the F statistic as
// scikit-learn 1.9 f_classif.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "sonde/probes/checks.h"
#include "sonde/probes/linear_fit.h"
#include "sonde/probes/probe.h"
#include "sonde/probes/saved.h"

namespace sonde::probes {
namespace {

constexpr std::string_view kKind = "k_sparse";

struct KSparseOptions {
  std::int64_t k = 16;
  std::string rank_by = "mean_difference";
  double c = 1.0;
  std::string class_weight = "none";
  bool standardize = true;
  double tol = 1e-8;
  std::int64_t max_iter = 1000;

  template <class V>
  void fields(V& visit) {
    visit("k", k, {.help = "features used at most", .larger = "may fit closer, says less", .low = 1});
    visit("rank_by", rank_by,
          {.help = "how features are chosen: by the difference of the class means, by the F statistic, or in "
                   "the order in which they enter along an L1 path",
           .words = {"mean_difference", "f_statistic", "l1_path"}});
    visit(
        "c", c,
        {.help = "inverse strength of the penalty", .larger = "fits the training rows closer", .low = 1e-12});
    visit("class_weight", class_weight,
          {.help = "balanced: every class counts the same", .words = {"none", "balanced"}});
    visit("standardize", standardize, {.help = "scale features by mean and deviation of the training rows"});
    visit("tol", tol,
          {.help = "largest gradient at the end, relative to that at zero weights",
           .larger = "stops earlier, further from the optimum",
           .low = 1e-12,
           .high = 0.1});
    visit("max_iter", max_iter,
          {.help = "steps at most", .larger = "may reach tol where fewer did not", .low = 1});
  }
};

// Means of the classes and the spread within them.
// Shapes: mean [classes, d], within [d] sum of squares, count [classes].
struct ClassMoments {
  std::vector<std::vector<double>> mean;
  std::vector<double> within;
  std::vector<double> count;
};

ClassMoments class_moments(const LabelledInput& train) {
  const MatrixView& x = train.input.features;
  const std::size_t classes = train.classes.size();
  ClassMoments moments{std::vector(classes, std::vector<double>(x.cols)), std::vector<double>(x.cols),
                       std::vector<double>(classes)};
  for (std::int64_t i = 0; i < x.rows; ++i) {
    const std::span<const float> row = x.row(i);
    std::vector<double>& mean = moments.mean[train.labels[i]];
    ++moments.count[train.labels[i]];
    for (std::int64_t j = 0; j < x.cols; ++j) mean[j] += row[j];
  }
  for (std::size_t c = 0; c < classes; ++c) {
    for (double& mean : moments.mean[c]) mean /= moments.count[c];
  }
  for (std::int64_t i = 0; i < x.rows; ++i) {
    const std::span<const float> row = x.row(i);
    const std::vector<double>& mean = moments.mean[train.labels[i]];
    for (std::int64_t j = 0; j < x.cols; ++j) moments.within[j] += (row[j] - mean[j]) * (row[j] - mean[j]);
  }
  return moments;
}

// The largest difference between two class means, in units of the scale.
std::vector<double> mean_differences(const ClassMoments& moments, const solvers::ColumnStatistics& scaler) {
  std::vector<double> result(moments.within.size());
  for (std::size_t j = 0; j < result.size(); ++j) {
    double low = moments.mean[0][j], high = low;
    for (const std::vector<double>& mean : moments.mean) {
      low = std::min(low, mean[j]);
      high = std::max(high, mean[j]);
    }
    result[j] = (high - low) / (scaler.scale.empty() ? 1.0 : scaler.scale[j]);
  }
  return result;
}

// Spread between the class means against that within; a feature without spread within but with some between
// comes first, one with neither last.
std::vector<double> f_statistics(const ClassMoments& moments) {
  const double n = std::accumulate(moments.count.begin(), moments.count.end(), 0.0);
  const double k = static_cast<double>(moments.count.size());
  std::vector<double> result(moments.within.size());
  for (std::size_t j = 0; j < result.size(); ++j) {
    double mean = 0, between = 0;
    for (std::size_t c = 0; c < moments.mean.size(); ++c) mean += moments.count[c] * moments.mean[c][j] / n;
    for (std::size_t c = 0; c < moments.mean.size(); ++c)
      between += moments.count[c] * (moments.mean[c][j] - mean) * (moments.mean[c][j] - mean);
    result[j] = between > 0 ? (between / (k - 1)) / (moments.within[j] / std::max(1.0, n - k)) : 0.0;
  }
  return result;
}

// The k features of the highest merit, the lower index first among equals; ascending.
std::vector<std::int64_t> best_features(const std::vector<double>& merit, std::int64_t k) {
  std::vector<std::int64_t> order(merit.size());
  std::iota(order.begin(), order.end(), std::int64_t{0});
  std::ranges::stable_sort(order, [&](std::int64_t a, std::int64_t b) { return merit[a] > merit[b]; });
  order.resize(std::min<std::size_t>(order.size(), static_cast<std::size_t>(k)));
  std::ranges::sort(order);
  return order;
}

// The values of C along which features enter: from where none is in use, kPerDecade a decade.
std::vector<double> entry_grid(double first) {
  constexpr int kPerDecade = 10, kDecades = 3;
  std::vector<double> grid;
  for (int i = 0; i <= kPerDecade * kDecades; ++i)
    grid.push_back(first * std::pow(10.0, static_cast<double>(i) / kPerDecade));
  return grid;
}

class KSparse : public Probe {
 public:
  explicit KSparse(KSparseOptions options) : options_(std::move(options)) {}

  std::unique_ptr<FittedProbe> fit(const LabelledInput& train, const RunContext&) const override {
    check_training(kKind, train);
    check_features(kKind, train.input, -1);
    const MatrixView& x = train.input.features;
    solvers::ColumnStatistics scaler;
    if (options_.standardize) scaler = solvers::column_statistics(x);
    const std::vector<std::int64_t> features = choose(train, scaler);
    const auto k = static_cast<std::int64_t>(features.size());
    Matrix chosen(x.rows, k);
    solvers::ColumnStatistics chosen_scaler;
    for (std::int64_t i = 0; i < x.rows; ++i) {
      for (std::int64_t f = 0; f < k; ++f) chosen.row(i)[f] = x.row(i)[features[f]];
    }
    for (std::int64_t f = 0; f < k && options_.standardize; ++f) {
      chosen_scaler.mean.push_back(scaler.mean[features[f]]);
      chosen_scaler.scale.push_back(scaler.scale[features[f]]);
    }
    LinearFit fit = fit_linear(solvers::DenseDesign(chosen.view()),
                               options_.standardize ? &chosen_scaler : nullptr, train, fit_options());
    spread(features, x.cols, fit.linear);
    fit.report.details["features"] = features;
    return std::make_unique<FittedLinear>(
        kKind, std::move(fit), std::vector<std::string>(train.classes.begin(), train.classes.end()),
        options());
  }
  std::string_view kind() const override { return kKind; }
  InputKind input_kind() const override { return InputKind::features; }
  nlohmann::ordered_json options() const override { return options_to_json(options_); }

 private:
  LinearFitOptions fit_options() const {
    return {.c = options_.c,
            .class_weight = options_.class_weight,
            .tol = options_.tol,
            .max_iter = options_.max_iter};
  }

  std::vector<std::int64_t> choose(const LabelledInput& train,
                                   const solvers::ColumnStatistics& scaler) const {
    if (options_.rank_by == "l1_path") return enter_first(train, scaler);
    const ClassMoments moments = class_moments(train);
    return best_features(
        options_.rank_by == "f_statistic" ? f_statistics(moments) : mean_differences(moments, scaler),
        options_.k);
  }

  // Along the path: earlier entry first, then the larger weight at entry (of scaled features). Those that
  // never enter come last, by the difference of the means.
  std::vector<std::int64_t> enter_first(const LabelledInput& train,
                                        const solvers::ColumnStatistics& scaler) const {
    const solvers::DenseDesign design(train.input.features);
    const solvers::ColumnStatistics* scaling = options_.standardize ? &scaler : nullptr;
    LinearFitOptions options = fit_options();
    options.l1_ratio = 1;
    const LabelSet set{train.labels, train.classes, {}};
    const std::vector<double> grid = entry_grid(largest_empty_c(design, scaling, set, options));
    std::vector<double> merit = mean_differences(class_moments(train), scaler);
    const double most = *std::ranges::max_element(merit);
    for (double& value : merit) value = most > 0 ? value / (2 * most) : 0;  // below 1
    const std::vector<LinearFit> path = fit_linear_path(design, scaling, set, options, grid);
    std::vector<bool> entered(merit.size());
    for (std::size_t step = 0; step < path.size(); ++step) {
      const Matrix& weight = path[step].linear.weight;
      for (std::size_t j = 0; j < merit.size(); ++j) {
        double size = 0;
        for (std::int64_t c = 0; c < weight.rows(); ++c) size += std::abs(weight.row(c)[j]);
        if (entered[j] || size == 0) continue;
        entered[j] = true;
        if (scaling != nullptr) size *= scaler.scale[j];
        merit[j] = 2.0 * static_cast<double>(path.size() - step) + size / (1 + size);
      }
    }
    return best_features(merit, options_.k);
  }

  // Turns weights on the chosen features into weights on all, zero elsewhere.
  static void spread(const std::vector<std::int64_t>& features, std::int64_t d, LinearWeights& linear) {
    Matrix weight(linear.weight.rows(), d);
    for (std::int64_t c = 0; c < weight.rows(); ++c) {
      for (std::size_t f = 0; f < features.size(); ++f) weight.row(c)[features[f]] = linear.weight.row(c)[f];
    }
    linear.weight = std::move(weight);
  }

  KSparseOptions options_;
};

std::unique_ptr<Probe> make(const nlohmann::json& given) {
  KSparseOptions options;
  assign_options("probe k_sparse", given, options);
  return std::make_unique<KSparse>(std::move(options));
}

std::unique_ptr<FittedProbe> open(const SavedProbe& saved) { return open_linear(kKind, saved); }

}  // namespace

extern const ProbeRecord k_sparse_entry;
const ProbeRecord k_sparse_entry{.name = kKind,
                                 .summary = "logistic regression on k features chosen on the training rows",
                                 .source = "Gurnee et al. 2023; scikit-learn 1.9 f_classif",
                                 .input = InputKind::features,
                                 .options = [] { return field_records(KSparseOptions{}); },
                                 .make = make,
                                 .open = open};

}  // namespace sonde::probes

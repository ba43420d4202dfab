// t-SNE: points whose near neighbours are the rows' near neighbours. Repulsion is exact, over all pairs: for
// up to some ten thousand rows; affinities are those of the nearest 3 · perplexity rows, as scikit-learn's
// default takes them. Source: van der Maaten and Hinton 2008; van der Maaten 2014; schedule, gains and
// defaults of scikit-learn 1.9 (TSNE).
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "sonde/core/random.h"
#include "sonde/core/team.h"
#include "sonde/kernels/aligned.h"
#include "sonde/projections/affinities.h"
#include "sonde/projections/checks.h"
#include "sonde/projections/projection.h"
#include "sonde/solvers/principal_components.h"

namespace sonde::projections {
namespace {

constexpr std::string_view kKind = "tsne";
// Few points can be thrown out of the picture by one step; openTSNE 1.0 stops them here (max_step_norm).
constexpr float kLongestStep = 5;

struct TsneOptions {
  double perplexity = 30;
  double learning_rate = 0;
  double exaggeration = 12;
  std::int64_t exaggerated = 250;
  std::int64_t iterations = 1000;
  std::string init = "pca";

  template <class V>
  void fields(V& visit) {
    visit("perplexity", perplexity,
          {.help = "neighbours that a row attends to",
           .larger = "the picture follows the whole more than the neighbourhood",
           .low = 1,
           .high = 1e6});
    visit("learning_rate", learning_rate,
          {.help = "length of a step; 0: rows / exaggeration / 4, at least 50",
           .larger = "faster, until points fly apart",
           .low = 0,
           .high = 1e6});
    visit("exaggeration", exaggeration,
          {.help = "factor on the attraction at the beginning",
           .larger = "clusters gather more tightly before they spread",
           .low = 1,
           .high = 1e3});
    visit("exaggerated", exaggerated,
          {.help = "iterations with exaggeration", .larger = "longer gathering", .low = 0, .high = 1e6});
    visit("iterations", iterations,
          {.help = "iterations in all", .larger = "longer run, lower divergence", .low = 1, .high = 1e6});
    visit("init", init,
          {.help = "where points begin: pca keeps the large shape, random does not",
           .words = {"pca", "random"}});
  }
};

// The places of all points and how they move.
class Descent {
 public:
  Descent(const NeighbourGraph& affinities, const Matrix& start, const RunContext& context)
      : p_(affinities),
        n_(start.rows()),
        dims_(start.cols()),
        stride_(kernels::padded_points(n_)),
        team_(context),
        points_(dims_ * stride_),
        repulsion_(dims_ * stride_),
        attraction_(dims_ * stride_),
        step_(dims_ * stride_),
        gain_(dims_ * stride_, 1.0F),
        sums_(n_) {
    std::fill_n(points_.data(), dims_ * stride_, kernels::kFarAway);
    for (std::int64_t i = 0; i < n_; ++i) {
      for (std::int64_t c = 0; c < dims_; ++c) points_.data()[c * stride_ + i] = start.row(i)[c];
    }
    for (const float p : p_.weights) entropy_ += p > 0 ? p * std::log(static_cast<double>(p)) : 0;
  }

  // Forget how points moved, as scikit-learn does between its two phases.
  void stand_still() {
    std::ranges::fill(step_, 0.0F);
    std::ranges::fill(gain_, 1.0F);
  }

  struct Pace {
    float exaggeration, momentum, rate;
  };

  // One step down the gradient 4 Σ_j (exaggeration · p − q / Z) q (y_i − y_j).
  void move(const Pace& pace) {
    in_ranges([&](const kernels::PointRange& range) {
      kernels::student_repulsion(view(), range, repulsion_.data(), sums_.data());
      kernels::student_attraction(view(), p_.view(), range, attraction_.data());
    });
    const auto scale = static_cast<float>(1 / normaliser());
    in_ranges([&](const kernels::PointRange& range) { follow(pace, scale, range); });
  }

  // KL(P || Q) of the places as they are now: Σ p log p − Σ p log q + log Z over the pairs with an affinity.
  double divergence() {
    double logs = 0;
    std::vector<float> log_sums(n_);
    in_ranges([&](const kernels::PointRange& range) {
      kernels::student_repulsion(view(), range, repulsion_.data(), sums_.data());
      kernels::student_log_similarity(view(), p_.view(), range, log_sums.data());
    });
    for (const float sum : log_sums) logs += sum;
    return entropy_ - logs + std::log(normaliser());
  }

  Matrix points() const {
    Matrix points(n_, dims_);
    for (std::int64_t i = 0; i < n_; ++i) {
      for (std::int64_t c = 0; c < dims_; ++c) points.row(i)[c] = points_.data()[c * stride_ + i];
    }
    return points;
  }

 private:
  kernels::PointsView view() const { return {points_.data(), n_, dims_}; }

  // Σ q over all ordered pairs, added in the order of the points.
  double normaliser() const {
    double sum = 0;
    for (const float value : sums_) sum += value;
    return sum;
  }

  template <class Work>
  void in_ranges(const Work& work) {
    const std::int64_t size = std::max<std::int64_t>(64, (200'000 / n_ + 3) / 4 * 4);
    team_.run((n_ + size - 1) / size, [&](int, std::int64_t task) {
      work(kernels::PointRange{task * size, std::min(n_, (task + 1) * size)});
    });
  }

  void follow(const Pace& pace, float scale, const kernels::PointRange& range) {
    for (std::int64_t c = 0; c < dims_; ++c) {
      for (std::int64_t i = c * stride_ + range.first; i < c * stride_ + range.last; ++i) {
        const float slope = 4 * (pace.exaggeration * attraction_.data()[i] - scale * repulsion_.data()[i]);
        gain_[i] = std::max(0.01F, step_[i] * slope < 0 ? gain_[i] + 0.2F : gain_[i] * 0.8F);
        step_[i] = pace.momentum * step_[i] - pace.rate * gain_[i] * slope;
      }
    }
    for (std::int64_t i = range.first; i < range.last; ++i) {
      float square = 0;
      for (std::int64_t c = 0; c < dims_; ++c) square += step_[c * stride_ + i] * step_[c * stride_ + i];
      const float kept = square > kLongestStep * kLongestStep ? kLongestStep / std::sqrt(square) : 1.0F;
      for (std::int64_t c = 0; c < dims_; ++c) {
        step_[c * stride_ + i] *= kept;
        points_.data()[c * stride_ + i] += step_[c * stride_ + i];
      }
    }
  }

  const NeighbourGraph& p_;
  std::int64_t n_, dims_, stride_;
  Team team_;
  kernels::AlignedFloats points_;
  std::vector<float> repulsion_, attraction_, step_, gain_, sums_;
  double entropy_ = 0;
};

class Tsne : public Projection {
 public:
  explicit Tsne(TsneOptions options) : options_(std::move(options)) {}

  Projected project(MatrixView x, std::int64_t dims, const RunContext& context) const override {
    check_rows(kKind, x, dims);
    if (options_.perplexity >= static_cast<double>(x.rows - 1)) refuse_perplexity(x.rows);
    const std::int64_t count = std::min(x.rows - 1, static_cast<std::int64_t>(3 * options_.perplexity + 1));
    const NeighbourGraph affinities =
        joint_affinities(solvers::nearest_neighbours(x, count, context), options_.perplexity);
    Descent descent(affinities, start(x, dims, context), context);
    Projected projected;
    projected.details = run(descent, static_cast<double>(x.rows), context);
    projected.points = descent.points();
    return projected;
  }
  std::string_view kind() const override { return kKind; }
  nlohmann::ordered_json options() const override { return options_to_json(options_); }

 private:
  [[noreturn]] void refuse_perplexity(std::int64_t rows) const {
    throw Error(
        ErrorCode::input,
        {.where = "projection tsne",
         .what = fmt::format("a perplexity of {} is too large for {} rows", options_.perplexity, rows),
         .expected = fmt::format("below {}", rows - 1),
         .hint = fmt::format("set perplexity={}", std::max<std::int64_t>(1, (rows - 1) / 3))});
  }

  // As small a cloud as scikit-learn begins with: a deviation of 1e-4 along the first coordinate.
  Matrix start(MatrixView x, std::int64_t dims, const RunContext& context) const {
    Matrix points(x.rows, dims);
    if (options_.init == "random") {
      const RandomStream stream(context.seed, "tsne start");
      for (std::int64_t i = 0; i < x.rows * dims; ++i) {
        // Box and Muller 1958, one of each pair.
        const double radius = std::sqrt(-2 * std::log(1 - stream.uniform(2 * i)));
        points.data()[i] = static_cast<float>(1e-4 * radius * std::cos(2 * M_PI * stream.uniform(2 * i + 1)));
      }
      return points;
    }
    const solvers::PrincipalComponents found = solvers::principal_components(x, dims, context);
    const std::vector<double> along = solvers::along_components(x, found, context);
    const double rows = static_cast<double>(x.rows);
    const double scale = 1e-4 / std::sqrt(found.variances[0] * (rows - 1) / rows);
    for (std::int64_t i = 0; i < x.rows * dims; ++i) points.data()[i] = static_cast<float>(scale * along[i]);
    return points;
  }

  nlohmann::ordered_json run(Descent& descent, double rows, const RunContext& context) const {
    const ProgressStage stage(context, "t-SNE", options_.iterations, "iterations");
    const auto rate =
        static_cast<float>(options_.learning_rate > 0 ? options_.learning_rate
                                                      : std::max(50.0, rows / options_.exaggeration / 4));
    double after_exaggeration = std::numeric_limits<double>::quiet_NaN();
    for (std::int64_t i = 0; i < options_.iterations; ++i) {
      const bool early = i < options_.exaggerated;
      if (i == options_.exaggerated) {
        after_exaggeration = descent.divergence();
        descent.stand_still();
      }
      descent.move({early ? static_cast<float>(options_.exaggeration) : 1.0F, early ? 0.5F : 0.8F, rate});
      context.advance(1);
    }
    nlohmann::ordered_json details = {{"kl_divergence", descent.divergence()}};
    if (std::isfinite(after_exaggeration)) details["kl_after_exaggeration"] = after_exaggeration;
    return details;
  }

  TsneOptions options_;
};

std::unique_ptr<Projection> make(const nlohmann::json& given) {
  TsneOptions options;
  assign_options("projection tsne", given, options);
  return std::make_unique<Tsne>(std::move(options));
}

}  // namespace

extern const ProjectionRecord tsne_entry;
const ProjectionRecord tsne_entry{
    .name = kKind,
    .title = "t-SNE",
    .summary = "near neighbours stay near; everything else is bent to fit",
    .reading =
        "Only who is near whom can be read: the size of a cluster, the gap between two and the axes mean "
        "nothing.",
    .source = "van der Maaten and Hinton 2008",
    .options = [] { return field_records(TsneOptions{}); },
    .make = make};

}  // namespace sonde::projections

// UMAP: a graph of near neighbours laid out so that edges are short and other pairs are apart. Neighbours are
// exact and the descent is over edges in rounds without a common point, so that the same seed gives the same
// bytes for any number of threads; repelling points are looked up where they stood when the epoch began.
// Source: McInnes, Healy and Melville 2018, "UMAP: Uniform Manifold Approximation and Projection"; defaults
// and schedule of umap-learn 0.5.12.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "sonde/core/random.h"
#include "sonde/core/team.h"
#include "sonde/kernels/aligned.h"
#include "sonde/kernels/umap_forces.h"
#include "sonde/projections/checks.h"
#include "sonde/projections/edge_rounds.h"
#include "sonde/projections/fuzzy_graph.h"
#include "sonde/projections/projection.h"
#include "sonde/projections/spectral_layout.h"
#include "sonde/solvers/principal_components.h"

namespace sonde::projections {
namespace {

constexpr std::string_view kKind = "umap";

struct UmapOptions {
  std::int64_t neighbours = 15;
  double min_dist = 0.1;
  double spread = 1;
  std::int64_t epochs = 0;
  std::int64_t negatives = 5;
  double learning_rate = 1;
  std::string init = "spectral";

  template <class V>
  void fields(V& visit) {
    visit("neighbours", neighbours,
          {.help = "nearest rows that make a neighbourhood, the row itself among them",
           .larger = "the picture follows the whole more than the neighbourhood",
           .low = 2,
           .high = 1e5});
    visit("min_dist", min_dist,
          {.help = "distance within which points are not pushed apart",
           .larger = "looser clusters",
           .low = 0,
           .high = 1e3});
    visit("spread", spread, {.help = "scale of the picture", .larger = "wider", .low = 1e-3, .high = 1e3});
    visit("epochs", epochs,
          {.help = "passes over the edges; 0: 500, or 200 beyond 10,000 rows",
           .larger = "longer run, finer layout",
           .low = 0,
           .high = 1e6});
    visit("negatives", negatives,
          {.help = "random points that each step pushes away",
           .larger = "more apart, longer run",
           .low = 0,
           .high = 1e3});
    visit("learning_rate", learning_rate,
          {.help = "length of the first steps",
           .larger = "more is moved, less is kept",
           .low = 1e-6,
           .high = 1e3});
    visit("init", init,
          {.help = "where points begin; spectral becomes pca where the graph is in parts",
           .words = {"spectral", "pca", "random"}});
  }
};

// The layout as it is being improved, and when which edge is due.
class Layout {
 public:
  Layout(EdgeRounds edges, const Matrix& start, const RunContext& context)
      : edges_(std::move(edges)),
        n_(start.rows()),
        dims_(start.cols()),
        stride_(kernels::padded_points(n_ + kernels::kSparePoints)),
        team_(context),
        places_(dims_ * stride_),
        before_(dims_ * stride_),
        stream_(context.seed, "umap"),
        period_(edges_.edges()),
        numbers_(edges_.edges()) {
    const float strongest = edges_.weights.empty() ? 1 : *std::ranges::max_element(edges_.weights);
    for (std::int64_t e = 0; e < edges_.edges(); ++e) {
      period_[e] = strongest / edges_.weights[e];
      numbers_[e] = static_cast<std::int32_t>(e);
    }
    due_ = period_;
    for (std::int64_t c = 0; c < dims_; ++c) {
      // Spare places are anywhere, but not on top of each other.
      for (std::int64_t i = 0; i < stride_; ++i) places_.data()[c * stride_ + i] = static_cast<float>(i);
      for (std::int64_t i = 0; i < n_; ++i) places_.data()[c * stride_ + i] = start.row(i)[c];
    }
  }

  void epoch(std::int64_t number, kernels::UmapForces forces) {
    forces.key = static_cast<std::uint32_t>(stream_.bits(number));
    std::copy_n(places_.data(), dims_ * stride_, before_.data());
    for (std::int64_t round = 0; round < edges_.rounds(); ++round) {
      const std::int64_t first = edges_.begin[round], count = edges_.begin[round + 1] - first;
      if (count < 2 * kPiece) {
        piece(first, count, number, forces);
        continue;
      }
      team_.run((count + kPiece - 1) / kPiece, [&](int, std::int64_t task) {
        piece(first + task * kPiece, std::min(kPiece, count - task * kPiece), number, forces);
      });
    }
  }

  Matrix points() const {
    Matrix points(n_, dims_);
    for (std::int64_t i = 0; i < n_; ++i) {
      for (std::int64_t c = 0; c < dims_; ++c) points.row(i)[c] = places_.data()[c * stride_ + i];
    }
    return points;
  }

 private:
  static constexpr std::int64_t kPiece = 512;

  // Those of some edges of a round that are due.
  void piece(std::int64_t first, std::int64_t count, std::int64_t epoch, const kernels::UmapForces& forces) {
    std::int32_t heads[2 * kPiece], tails[2 * kPiece], numbers[2 * kPiece];
    std::size_t chosen = 0;
    const auto now = static_cast<float>(epoch);
    for (std::int64_t e = first; e < first + count; ++e) {
      heads[chosen] = edges_.heads[e];
      tails[chosen] = edges_.tails[e];
      numbers[chosen] = numbers_[e];
      const bool is_due = due_[e] <= now;
      chosen += is_due ? 1 : 0;
      due_[e] += is_due ? period_[e] : 0;
    }
    kernels::umap_pass({{heads, chosen}, {tails, chosen}, {numbers, chosen}}, forces,
                       {before_.data(), n_, dims_}, places_.data());
  }

  EdgeRounds edges_;
  std::int64_t n_, dims_, stride_;
  Team team_;
  kernels::AlignedFloats places_, before_;
  RandomStream stream_;
  std::vector<float> period_, due_;
  std::vector<std::int32_t> numbers_;
};

// Each coordinate from 0 to 10, with a breath of noise that parts what lies on one place.
void spread_out(Matrix& points, const RunContext& context) {
  const RandomStream stream(context.seed, "umap start");
  for (std::int64_t c = 0; c < points.cols(); ++c) {
    double low = points.row(0)[c], high = low;
    for (std::int64_t i = 0; i < points.rows(); ++i) {
      low = std::min<double>(low, points.row(i)[c]);
      high = std::max<double>(high, points.row(i)[c]);
    }
    for (std::int64_t i = 0; i < points.rows(); ++i) {
      const double noise = 1e-3 * (stream.uniform(i * points.cols() + c) - 0.5);
      const double share = high > low ? (points.row(i)[c] - low) / (high - low) : 0.5;
      points.row(i)[c] = static_cast<float>(10 * share + noise);
    }
  }
}

class Umap : public Projection {
 public:
  explicit Umap(UmapOptions options) : options_(std::move(options)) {}

  Projected project(MatrixView x, std::int64_t dims, const RunContext& context) const override {
    check_rows(kKind, x, dims);
    if (options_.min_dist > options_.spread) refuse_min_dist();
    if (options_.neighbours > x.rows) refuse_neighbours(x.rows);
    const NeighbourGraph graph =
        fuzzy_graph(solvers::nearest_neighbours(x, options_.neighbours - 1, context));
    const std::int64_t epochs = options_.epochs > 0 ? options_.epochs : x.rows <= 10'000 ? 500 : 200;
    const UmapCurve curve = fit_curve(options_.min_dist, options_.spread);
    const float strongest = *std::ranges::max_element(graph.weights);
    // An edge so weak that it would never be due.
    EdgeRounds edges = edge_rounds(graph, strongest / static_cast<float>(epochs));
    Layout layout(std::move(edges), start(x, graph, dims, context), context);
    const ProgressStage stage(context, "UMAP", epochs, "epochs");
    for (std::int64_t i = 0; i < epochs; ++i) {
      const double rate = options_.learning_rate * (1 - static_cast<double>(i) / static_cast<double>(epochs));
      layout.epoch(i, {.a = static_cast<float>(curve.a),
                       .b = static_cast<float>(curve.b),
                       .rate = static_cast<float>(rate),
                       .negatives = options_.negatives});
      context.advance(1);
    }
    return {layout.points(), {{"parts", connected_parts(graph)}, {"epochs", epochs}}};
  }
  std::string_view kind() const override { return kKind; }
  nlohmann::ordered_json options() const override { return options_to_json(options_); }

 private:
  [[noreturn]] void refuse_neighbours(std::int64_t rows) const {
    throw Error(ErrorCode::input,
                {.where = "projection umap",
                 .what = "fewer rows than neighbours",
                 .got = fmt::format("{} rows", rows),
                 .expected = fmt::format("at least {}", options_.neighbours),
                 .hint = fmt::format("set neighbours={}", std::max<std::int64_t>(2, rows / 3))});
  }
  [[noreturn]] void refuse_min_dist() const {
    throw Error(ErrorCode::usage, {.where = "projection umap",
                                   .what = "min_dist is larger than spread",
                                   .got = fmt::format("{}", options_.min_dist),
                                   .expected = fmt::format("at most {}", options_.spread)});
  }

  Matrix start(MatrixView x, const NeighbourGraph& graph, std::int64_t dims,
               const RunContext& context) const {
    Matrix points;
    if (options_.init == "random") {
      points = Matrix(x.rows, dims);
      const RandomStream stream(context.seed, "umap random start");
      for (std::int64_t i = 0; i < x.rows * dims; ++i)
        points.data()[i] = static_cast<float>(stream.uniform(i));
    } else if (options_.init == "spectral" && x.rows > dims + 1 && connected_parts(graph) == 1) {
      points = spectral_layout(graph, dims, context);
    } else {
      points = Matrix(x.rows, dims);
      const auto along =
          solvers::along_components(x, solvers::principal_components(x, dims, context), context);
      for (std::size_t i = 0; i < along.size(); ++i) points.data()[i] = static_cast<float>(along[i]);
    }
    spread_out(points, context);
    return points;
  }

  UmapOptions options_;
};

std::unique_ptr<Projection> make(const nlohmann::json& given) {
  UmapOptions options;
  assign_options("projection umap", given, options);
  return std::make_unique<Umap>(std::move(options));
}

}  // namespace

extern const ProjectionRecord umap_entry;
const ProjectionRecord umap_entry{
    .name = kKind,
    .title = "UMAP",
    .summary = "a graph of near neighbours, laid out with short edges",
    .reading =
        "Who is near whom can be read, and roughly which groups touch; the size of a cluster, the gap "
        "between two and the axes mean nothing.",
    .source = "McInnes, Healy and Melville 2018",
    .options = [] { return field_records(UmapOptions{}); },
    .make = make};

}  // namespace sonde::projections

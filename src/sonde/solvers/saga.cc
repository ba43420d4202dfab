// Problems on the same rows with the same seed visit the same rows in the same order, so several run side by
// side as lanes: one pass over a row serves them all, and each lane adds in scikit-learn's order. The step
// that scikit-learn puts off until a feature is next seen is taken at once: on dense rows that is the same.
#include "sonde/solvers/saga.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>

#include "sonde/core/error.h"
#include "sonde/replay/scikit_learn_rows.h"
#include "sonde/solvers/minibatches.h"
#include "sonde/solvers/optimality.h"

namespace sonde::solvers {
namespace {

constexpr std::int64_t kMostLanes = 16;  // of a group that is not one problem alone
constexpr float kSmallestScale = 1e-9F;  // below it the scale is multiplied into the weights
constexpr std::int64_t kChunk = 32;      // of the features of a single lane: what a core can overlap

// What one step does to a lane.
struct Lane {
  float delta = 0;      // new less old gradient of the row's loss by the margin
  float average = 0;    // step of the summed gradients
  float threshold = 0;  // of the soft threshold that L1 asks for
  double step = 0;
  double scale = 1;  // of the weights as they are kept
};

// Lanes side by side in one vector of the processor, or in as many as it takes.
template <int kLanes>
struct Vectors {
  typedef float Floats __attribute__((vector_size(sizeof(float) * kLanes)));
  typedef double Doubles __attribute__((vector_size(sizeof(double) * kLanes)));
};

// The features of a step: the row that is learned, and the one that comes next. Shapes: [d].
struct StepRows {
  const float* row;
  const float* next;
  std::int64_t d;
  double share;  // 1 − 1 / rows seen
};

// Whether weights are kept apart from their scale, as L2 makes it: a division for each.
enum class Scaled { yes, no };

// One weight: the correction by this row, the step of the average gradient, the soft threshold.
template <Scaled kScaled>
[[gnu::always_inline]] inline float moved(float weight, float correction, float& sum, const Lane& lane,
                                          double share) {
  double step = static_cast<double>(correction) * lane.step * share;
  if constexpr (kScaled == Scaled::yes) step /= lane.scale;
  weight = static_cast<float>(static_cast<double>(weight) - step);
  sum += correction;
  weight -= lane.average * sum;
  const float above = weight - lane.threshold, below = -weight - lane.threshold;
  return (above > 0 ? above : 0.0F) - (below > 0 ? below : 0.0F);
}

// Take a step with every lane of a block, and give the products of the new weights with the next row.
// Shapes: weights, sums [d, kLanes]; products [kLanes].
template <int kLanes, Scaled kScaled>
[[gnu::always_inline]] inline void step_block(const StepRows& rows, const Lane* lanes, float* weights,
                                              float* sums, float* products) {
  using Floats = typename Vectors<kLanes>::Floats;
  using Doubles = typename Vectors<kLanes>::Doubles;
  Floats delta, average, threshold, product{}, w, s;
  Doubles step, scale;
  const Floats zero{};
  for (int l = 0; l < kLanes; ++l) {
    delta[l] = lanes[l].delta, average[l] = lanes[l].average, threshold[l] = lanes[l].threshold;
    step[l] = lanes[l].step, scale[l] = lanes[l].scale;
  }
  for (std::int64_t j = 0; j < rows.d; ++j) {
    std::memcpy(&w, weights + j * kLanes, sizeof w);
    std::memcpy(&s, sums + j * kLanes, sizeof s);
    const Floats correction = rows.row[j] * delta;
    Doubles move = __builtin_convertvector(correction, Doubles) * step * rows.share;
    if constexpr (kScaled == Scaled::yes) move /= scale;
    w = __builtin_convertvector(__builtin_convertvector(w, Doubles) - move, Floats);
    s += correction;
    w -= average * s;
    const Floats above = w - threshold, below = -w - threshold;
    w = (above > zero ? above : zero) - (below > zero ? below : zero);
    product += w * rows.next[j];
    std::memcpy(weights + j * kLanes, &w, sizeof w);
    std::memcpy(sums + j * kLanes, &s, sizeof s);
  }
  std::memcpy(products, &product, sizeof product);
}

// The same for a lane alone: features side by side, their products one after the other as scikit-learn adds.
template <Scaled kScaled>
[[gnu::always_inline]] inline void step_alone(const StepRows& rows, const Lane* given, float* weights,
                                              float* sums, float* products) {
  const Lane lane = *given;
  float product = 0;
  for (std::int64_t first = 0; first < rows.d; first += kChunk) {
    const std::int64_t last = std::min(first + kChunk, rows.d);
    for (std::int64_t j = first; j < last; ++j)
      weights[j] = moved<kScaled>(weights[j], rows.row[j] * lane.delta, sums[j], lane, rows.share);
    for (std::int64_t j = first; j < last; ++j) product += weights[j] * rows.next[j];
  }
  *products = product;
}

bool is_scaled(const Lane* lanes, int count) {
  return std::any_of(lanes, lanes + count, [](const Lane& lane) { return lane.scale != 1; });
}

// The loops are compiled once per SIMD level; with contraction off every level gives the same bits.
using StepFunction = void (*)(const StepRows&, const Lane*, float*, float*, float*);

#if defined(__x86_64__)
[[gnu::target_clones("default", "avx2", "avx512f")]]
#endif
void step_1(const StepRows& rows, const Lane* lanes, float* weights, float* sums, float* products) {
  if (is_scaled(lanes, 1)) {
    step_alone<Scaled::yes>(rows, lanes, weights, sums, products);
  } else {
    step_alone<Scaled::no>(rows, lanes, weights, sums, products);
  }
}

#if defined(__x86_64__)
[[gnu::target_clones("default", "avx2", "avx512f")]]
#endif
void step_8(const StepRows& rows, const Lane* lanes, float* weights, float* sums, float* products) {
  if (is_scaled(lanes, 8)) {
    step_block<8, Scaled::yes>(rows, lanes, weights, sums, products);
  } else {
    step_block<8, Scaled::no>(rows, lanes, weights, sums, products);
  }
}

#if defined(__x86_64__)
[[gnu::target_clones("default", "avx2", "avx512f")]]
#endif
void step_16(const StepRows& rows, const Lane* lanes, float* weights, float* sums, float* products) {
  if (is_scaled(lanes, 16)) {
    step_block<16, Scaled::yes>(rows, lanes, weights, sums, products);
  } else {
    step_block<16, Scaled::no>(rows, lanes, weights, sums, products);
  }
}

// The largest squared norm of a row, summed in single precision in the order of numpy's einsum, because the
// step size rests on it. Source: numpy 2.4.6, einsum_sumprod.c.src (vectors of four, four at a time).
float largest_squared_norm(MatrixView x) {
  float most = 0;
  for (std::int64_t i = 0; i < x.rows; ++i) {
    float lanes[4] = {};
    const std::span<const float> row = x.row(i);
    const auto add = [&](std::int64_t first) {
      for (std::int64_t l = 0; l < std::min<std::int64_t>(4, x.cols - first); ++l)
        lanes[l] += row[first + l] * row[first + l];
    };
    std::int64_t j = 0;
    for (; j + 16 <= x.cols; j += 16) {
      for (std::int64_t part = 12; part >= 0; part -= 4) add(j + part);
    }
    for (; j < x.cols; j += 4) add(j);
    most = std::max(most, (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]));
  }
  return most;
}

// scikit-learn's gradients by the margins, in its precision. Shapes: margins [vectors], in place.
void gradients(std::span<float> margins, std::int32_t label, float weight) {
  if (margins.size() == 1) {
    const double m = margins[0], y = label;
    const double e = std::exp(m > -37 ? -m : m);
    const double slope = m > -37 ? ((1 - y) - y * e) / (1 + e) : e - y;
    margins[0] = static_cast<float>(slope * static_cast<double>(weight));
    return;
  }
  const double most = *std::ranges::max_element(margins);
  double sum = 0;
  for (float& m : margins) sum += m = static_cast<float>(std::exp(static_cast<double>(m) - most));
  for (std::size_t v = 0; v < margins.size(); ++v) {
    const auto p = static_cast<float>(static_cast<double>(margins[v]) / sum);
    margins[v] = (p - (static_cast<std::int32_t>(v) == label ? 1.0F : 0.0F)) * weight;
  }
}

std::int64_t vectors_of(const LogisticProblem& problem) { return problem.classes == 2 ? 1 : problem.classes; }

// One problem within a group.
struct Member {
  const LogisticProblem* problem;
  std::int64_t first, vectors;  // lanes
  double step, decay, l1;       // step size, 1 − step · L2, step · L1
  std::optional<LogisticSolution> solution;

  Member(const LogisticProblem& given, std::int64_t first_lane, float largest)
      : problem(&given), first(first_lane), vectors(vectors_of(given)) {
    const auto n = static_cast<double>(given.x->rows());
    const double strength = 1 / given.c, l2 = strength * (1 - given.l1_ratio) / n;
    const float bound =
        0.25F * (largest + (given.intercept == Intercept::fit ? 1.0F : 0.0F)) + static_cast<float>(l2);
    const float curved = std::min(static_cast<float>(2 * n * l2), bound);
    step = 1.0F / (2.0F * bound + curved);
    decay = static_cast<float>(1.0 - step * l2);
    l1 = step * (strength * given.l1_ratio / n);
  }
};

// Problems that run side by side.
class Group {
 public:
  Group(MatrixView x, std::span<const LogisticProblem> problems, float largest)
      : x_(x), n_(x.rows), d_(x.cols) {
    std::int64_t lanes = 0;
    for (const LogisticProblem& problem : problems) {
      members_.emplace_back(problem, lanes, largest);
      lanes += members_.back().vectors;
    }
    width_ = lanes == 1 ? 1 : lanes <= 8 ? 8 : 16;
    blocks_ = (lanes + width_ - 1) / width_;
    lanes_.resize(blocks_ * width_);
    weights_.resize(lanes_.size() * d_);
    sums_.resize(weights_.size());
    before_.resize(weights_.size());
    memory_.resize(lanes * n_);
    for (std::vector<float>* per_lane : {&products_, &bias_, &bias_sums_, &gone_, &gone_l1_})
      per_lane->resize(lanes_.size());
    scale_.assign(lanes_.size(), 1.0F);
    slopes_.resize(lanes);
    seen_.resize(n_);
  }

  void run(std::int64_t seed) {
    replay::ScikitLearnRows draws(seed);
    row_ = draws.next(n_);
    for (std::int64_t epoch = 1; open(); ++epoch) {
      for (std::int64_t t = 0; t < n_; ++t) learn(draws.next(n_));
      apply_scales(std::numeric_limits<float>::infinity());
      for (Member& member : members_) end_epoch(member, epoch);
    }
  }

  std::vector<LogisticSolution> take() {
    std::vector<LogisticSolution> solutions;
    for (Member& member : members_) solutions.push_back(std::move(*member.solution));
    return solutions;
  }

 private:
  bool open() const {
    return std::ranges::any_of(members_, [](const Member& member) { return !member.solution; });
  }
  float& weight(std::int64_t lane, std::int64_t j) { return weights_[place(lane, j)]; }
  std::int64_t place(std::int64_t lane, std::int64_t j) const {
    return (lane / width_ * d_ + j) * width_ + lane % width_;
  }

  // The products of the weights with the row at hand.
  void multiply_row() {
    const float* const row = x_.row(row_).data();
    for (std::int64_t lane = 0; lane < std::ssize(lanes_); ++lane) {
      float product = 0;
      for (std::int64_t j = 0; j < d_; ++j) product += weight(lane, j) * row[j];
      products_[lane] = product;
    }
  }

  void learn(std::int64_t next) {
    if (!seen_[row_]) ++rows_seen_;
    seen_[row_] = true;
    for (const Member& member : members_) measure(member);
    const StepRows rows{x_.row(row_).data(), x_.row(next).data(), d_,
                        1 - 1 / static_cast<double>(rows_seen_)};
    const StepFunction step = width_ == 1 ? step_1 : width_ == 8 ? step_8 : step_16;
    for (std::int64_t b = 0; b < blocks_; ++b) {
      step(rows, lanes_.data() + b * width_, weights_.data() + b * d_ * width_,
           sums_.data() + b * d_ * width_, products_.data() + b * width_);
    }
    row_ = next;
    apply_scales(kSmallestScale);
  }

  // What the row does to the lanes of a problem, and to their biases.
  void measure(const Member& member) {
    const LogisticProblem& problem = *member.problem;
    float* const memory = memory_.data() + member.first * n_ + row_ * member.vectors;
    const auto slopes = std::span(slopes_).first(member.vectors);
    for (std::int64_t v = 0; v < member.vectors; ++v) {
      const std::int64_t lane = member.first + v;
      slopes[v] = scale_[lane] * products_[lane] + bias_[lane];
    }
    gradients(slopes, problem.labels[row_],
              problem.sample_weights.empty() ? 1.0F : static_cast<float>(problem.sample_weights[row_]));
    const auto seen = static_cast<double>(rows_seen_);
    for (std::int64_t v = 0; v < member.vectors; ++v) {
      const std::int64_t l = member.first + v;
      const float delta = slopes[v] - memory[v];
      memory[v] = slopes[v];
      scale_[l] = static_cast<float>(static_cast<double>(scale_[l]) * member.decay);
      if (problem.intercept == Intercept::fit) {
        bias_sums_[l] += delta;
        const auto own = static_cast<float>(static_cast<double>(delta) * (member.step * (1 - 1 / seen)));
        bias_[l] = static_cast<float>(bias_[l] - (member.step * bias_sums_[l] / seen + own));
      }
      // scikit-learn takes steps as differences of sums over the epoch, which rounds.
      const float gone = gone_[l], gone_l1 = gone_l1_[l];
      gone_[l] = static_cast<float>(gone + member.step / (scale_[l] * static_cast<float>(rows_seen_)));
      gone_l1_[l] = static_cast<float>(gone_l1 + member.l1 / scale_[l]);
      lanes_[l] = {delta, gone_[l] - gone, gone_l1_[l] - gone_l1, member.step, scale_[l]};
    }
  }

  // Multiply scales below a limit into the weights.
  void apply_scales(float limit) {
    bool changed = false;
    for (std::int64_t lane = 0; lane < std::ssize(scale_); ++lane) {
      if (scale_[lane] >= limit) continue;
      gone_[lane] = gone_l1_[lane] = 0;
      if (scale_[lane] == 1) continue;
      for (std::int64_t j = 0; j < d_; ++j) weight(lane, j) *= scale_[lane];
      scale_[lane] = 1;
      changed = true;
    }
    if (changed) multiply_row();
  }

  void end_epoch(Member& member, std::int64_t epoch) {
    if (member.solution) return;
    float most = 0, change = 0;
    bool finite = true;
    for (std::int64_t lane = member.first; lane < member.first + member.vectors; ++lane) {
      finite = finite && std::isfinite(bias_[lane]);
      for (std::int64_t j = 0; j < d_; ++j) {
        const float w = weight(lane, j);
        float& before = before_[place(lane, j)];
        finite = finite && std::isfinite(w);
        most = std::max(most, std::abs(w));
        change = std::max(change, std::abs(w - before));
        before = w;
      }
    }
    if (!finite) {
      throw Error(ErrorCode::input, {.where = "solver saga",
                                     .what = "the weights grew beyond what a float32 can hold",
                                     .hint = "use standardize=true, or the exact solver"});
    }
    const bool still = most != 0 ? static_cast<double>(change / most) <= member.problem->tol : change == 0;
    if (still || epoch == member.problem->max_iter) finish(member, epoch, still);
  }

  void finish(Member& member, std::int64_t epochs, bool converged) {
    LogisticSolution solution{.iterations = epochs, .converged = converged};
    for (std::int64_t lane = member.first; lane < member.first + member.vectors; ++lane) {
      for (std::int64_t j = 0; j < d_; ++j) solution.weights.push_back(weight(lane, j));
      solution.bias.push_back(bias_[lane]);
    }
    member.solution = std::move(solution);
  }

  MatrixView x_;
  std::int64_t n_, d_;
  std::int64_t width_ = 1, blocks_ = 1;
  std::vector<Member> members_;
  std::vector<Lane> lanes_;            // [blocks · width]
  std::vector<float> weights_, sums_;  // [blocks, d, width] weights / scale, and summed gradients
  std::vector<float> before_;          // the weights an epoch ago
  std::vector<float> memory_;          // of each member [n, vectors] the last gradient of each row
  std::vector<float> products_, bias_, bias_sums_, scale_;  // [blocks · width]
  std::vector<float> gone_, gone_l1_;                       // [blocks · width] steps since the epoch began
  std::vector<float> slopes_;                               // of a member
  std::vector<bool> seen_;                                  // [n]
  std::int64_t rows_seen_ = 0, row_ = 0;
};

// Where groups begin: as many problems as fill the lanes, or one that has more.
std::vector<std::size_t> group_starts(std::span<const LogisticProblem> problems) {
  std::vector<std::size_t> starts;
  std::int64_t lanes = kMostLanes;
  for (std::size_t i = 0; i < problems.size(); ++i) {
    lanes += vectors_of(problems[i]);
    if (i > 0 && lanes <= kMostLanes) continue;
    starts.push_back(i);
    lanes = vectors_of(problems[i]);
  }
  starts.push_back(problems.size());
  return starts;
}

// Weights and biases on rows as they came.
void fold(const ColumnStatistics& scaler, LogisticSolution& solution) {
  const std::size_t d = scaler.mean.size();
  for (std::size_t at = 0; at < solution.weights.size(); ++at) {
    solution.weights[at] /= scaler.scale[at % d];
    solution.bias[at / d] -= scaler.mean[at % d] * solution.weights[at];
  }
}

}  // namespace

std::vector<LogisticSolution> solve_saga(std::span<const LogisticProblem> problems, std::int64_t seed,
                                         const RunContext& context) {
  if (problems.empty()) return {};
  const ColumnStatistics* const scaler = problems[0].scaler;
  SONDE_ASSERT(problems[0].x->dense() != nullptr);
  MatrixView x = *problems[0].x->dense();
  Matrix scaled;
  if (scaler != nullptr) {
    std::vector<std::int64_t> rows(x.rows);
    for (std::int64_t i = 0; i < x.rows; ++i) rows[i] = i;
    scaled = Matrix(x.rows, x.cols);
    gather(x, rows, RowScaler(*scaler), {scaled.data(), x.rows, x.cols, x.cols});
    x = scaled.view();
  }
  const DenseDesign design(x);
  std::vector<LogisticProblem> plain(problems.begin(), problems.end());
  for (LogisticProblem& problem : plain) {
    SONDE_ASSERT(problem.x == problems[0].x && problem.scaler == scaler && problem.max_iter > 0);
    problem.x = &design;
    problem.scaler = nullptr;
  }
  const float largest = largest_squared_norm(x);
  const std::vector<std::size_t> starts = group_starts(plain);
  std::vector<LogisticSolution> solutions(plain.size());
  run_queue(context, std::ssize(starts) - 1, [&](int, std::int64_t g) {
    Group group(x, std::span(plain).subspan(starts[g], starts[g + 1] - starts[g]), largest);
    group.run(seed);
    std::ranges::move(group.take(), solutions.begin() + static_cast<std::ptrdiff_t>(starts[g]));
  });
  for (std::size_t i = 0; i < solutions.size(); ++i) {
    const Optimality found = measure_optimality(plain[i], solutions[i].weights, solutions[i].bias);
    solutions[i].objective = found.objective;
    solutions[i].kkt = found.kkt;
    solutions[i].nonzero = found.nonzero;
    if (scaler != nullptr) fold(*scaler, solutions[i]);
  }
  return solutions;
}

}  // namespace sonde::solvers

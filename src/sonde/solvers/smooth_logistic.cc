// With k' weight vectors (1 for two classes, k for more) the parameters are [k', d] weights on scaled
// features z = (x − mean) / scale, then k' biases. z is never formed: a margin is x · (w / scale) + (b − mean
// · w / scale), and with residuals r the gradient of w is (xᵀr − mean Σr) / scale.
//
// The Hessian of the loss in one weight vector is Zᵀ diag(s p (1 − p)) Z. At zero weights p (1 − p) = (k − 1)
// / k², which with the mean sample weight gives the fixed curvature model that L-BFGS is preconditioned with.
// Its diagonal costs one pass. A factor costs as much as many passes, so it waits until the solve has made
// that many: whichever would have been better, no more than twice its time is spent.
#include "sonde/solvers/smooth_logistic.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <numeric>

#include "sonde/core/error.h"
#include "sonde/core/team.h"
#include "sonde/solvers/lbfgs.h"
#include "sonde/solvers/logistic_loss.h"
#include "sonde/solvers/preconditioner.h"

namespace sonde::solvers {
namespace {

// Rows whose margins and residuals are computed together, while they are still in cache.
constexpr std::int64_t kBlock = 64;
// Parts of the rows that are summed on their own. Their number decides bits, so it follows from n alone.
constexpr std::int64_t kMostChunks = 16;
// Multiply-adds of a pass from which on several workers are worth waking.
constexpr std::int64_t kSharedPass = 200'000;
// How much faster the products of a factor run than a pass, which waits for memory.
constexpr std::int64_t kFactorSpeed = 2;

// The preconditioners of one design by curvature, made when first asked for, by whichever worker that is.
class Preconditioners {
 public:
  using Shared = std::shared_ptr<const Preconditioner>;

  Shared diagonal(const CurvatureModel& model) { return get(diagonal_, model, make_diagonal_preconditioner); }
  Shared factor(const CurvatureModel& model) { return get(factor_, model, make_preconditioner); }

 private:
  using Key = std::pair<double, bool>;

  template <class Make>
  Shared get(std::map<Key, Shared>& known, const CurvatureModel& model, const Make& make) {
    const std::lock_guard lock(mutex_);
    Shared& entry = known[{model.curvature, model.with_bias}];
    if (!entry) entry = make(model);
    return entry;
  }

  std::mutex mutex_;
  std::map<Key, Shared> diagonal_, factor_;
};

// One of the problems, with its minimiser.
class Member {
 public:
  Member(const LogisticProblem& problem, Preconditioners& preconditioners)
      : problem_(problem),
        d_(problem.x->cols()),
        vectors_(problem.classes == 2 ? 1 : problem.classes),
        lbfgs_(std::vector<double>(vectors_ * (d_ + has_bias())),
               {.tol = problem.tol, .max_iter = problem.max_iter}),
        preconditioners_(preconditioners),
        preconditioner_(preconditioners.diagonal(model())),
        gradient_(vectors_ * (d_ + has_bias())),
        vector_(d_ + has_bias()) {
    const std::int64_t cost = preconditioner_cost(*problem.x);
    if (cost == 0) {
      factor_at_ = std::numeric_limits<std::int64_t>::max();
    } else {
      factor_at_ = 2 + cost / (kFactorSpeed * 2 * problem.x->rows() * d_ * vectors_);
    }
  }

  const LogisticProblem& problem() const { return problem_; }
  std::int64_t vectors() const { return vectors_; }
  bool done() const { return lbfgs_.done(); }

  // Folds the scaler into weights [k', d] and bias [k'] for raw x.
  void fold(std::span<const double> x, std::span<double> folded, std::span<double> shift) const {
    const ColumnStatistics* scaler = problem_.scaler;
    for (std::int64_t c = 0; c < vectors_; ++c) {
      shift[c] = has_bias() ? x[vectors_ * d_ + c] : 0.0;
      for (std::int64_t at = c * d_, j = 0; j < d_; ++at, ++j) {
        folded[at] = scaler ? x[at] / scaler->scale[j] : x[at];
        if (scaler) shift[c] -= scaler->mean[j] * folded[at];
      }
    }
  }
  void fold(std::span<double> folded, std::span<double> shift) const { fold(lbfgs_.point(), folded, shift); }

  // Margins [rows, K], of which its own begin at `at`, become weighted residuals. Gives the weighted loss.
  double take_losses(RowRange range, std::span<double> margins, std::int64_t at) const {
    const std::int64_t rows = range.last - range.first;
    const std::int64_t stride = static_cast<std::int64_t>(margins.size()) / rows;
    std::array<double, kBlock> own, losses;
    if (vectors_ == 1) {
      for (std::int64_t r = 0; r < rows; ++r) own[r] = margins[r * stride + at];
      binary_losses(std::span(own).first(rows), problem_.labels.subspan(range.first, rows),
                    std::span(losses).first(rows));
      for (std::int64_t r = 0; r < rows; ++r) margins[r * stride + at] = own[r];
    } else {
      for (std::int64_t r = 0; r < rows; ++r) {
        losses[r] =
            logistic_loss(margins.subspan(r * stride + at, vectors_), problem_.labels[range.first + r]);
      }
    }
    double sum = 0;
    for (std::int64_t r = 0; r < rows; ++r) {
      const double weight = problem_.sample_weights.empty() ? 1.0 : problem_.sample_weights[range.first + r];
      for (std::int64_t c = 0; c < vectors_; ++c) margins[r * stride + at + c] *= weight;
      sum += weight * losses[r];
    }
    return sum;
  }

  // Takes loss, xᵀr [k', d] and Σr [k'] at the point.
  void tell(double loss, std::span<const double> raw, std::span<const double> residual_sum) {
    const std::span<const double> x = lbfgs_.point();
    double penalty = 0;
    for (std::int64_t c = 0; c < vectors_; ++c) {
      for (std::int64_t at = c * d_, j = 0; j < d_; ++at, ++j) {
        double slope = raw[at];
        if (const ColumnStatistics* scaler = problem_.scaler)
          slope = (slope - scaler->mean[j] * residual_sum[c]) / scaler->scale[j];
        gradient_[at] = x[at] + problem_.c * slope;
        penalty += x[at] * x[at];
      }
      if (has_bias()) gradient_[vectors_ * d_ + c] = problem_.c * residual_sum[c];
    }
    if (++passes_ == factor_at_) preconditioner_ = preconditioners_.factor(model());
    lbfgs_.tell(0.5 * penalty + problem_.c * loss, gradient_,
                [this](std::span<double> direction) { precondition(direction); });
  }

  LogisticSolution solution() const {
    const LbfgsResult& found = lbfgs_.result();
    LogisticSolution solution{.weights = std::vector<double>(vectors_ * d_),
                              .bias = std::vector<double>(vectors_),
                              .objective = found.value,
                              .kkt = found.relative_gradient,
                              .iterations = found.iterations,
                              .converged = found.converged()};
    fold(found.x, solution.weights, solution.bias);
    solution.nonzero = std::ranges::count_if(solution.weights, [](double w) { return w != 0; });
    return solution;
  }

 private:
  bool has_bias() const { return problem_.intercept == Intercept::fit; }

  CurvatureModel model() const {
    const double k = problem_.classes;
    const std::span<const double> s = problem_.sample_weights;
    const double mean_weight =
        s.empty() ? 1.0 : std::accumulate(s.begin(), s.end(), 0.0) / static_cast<double>(s.size());
    return {.x = problem_.x,
            .scaler = problem_.scaler,
            .curvature = problem_.c * mean_weight * (k - 1) / (k * k),
            .with_bias = has_bias()};
  }

  void precondition(std::span<double> direction) {
    for (std::int64_t c = 0; c < vectors_; ++c) {
      const auto own = direction.begin() + c * d_;
      std::copy(own, own + d_, vector_.begin());
      if (has_bias()) vector_[d_] = direction[vectors_ * d_ + c];
      preconditioner_->apply(vector_);
      std::copy(vector_.begin(), vector_.begin() + d_, own);
      if (has_bias()) direction[vectors_ * d_ + c] = vector_[d_];
    }
  }

  const LogisticProblem& problem_;
  std::int64_t d_, vectors_;
  Lbfgs lbfgs_;
  Preconditioners& preconditioners_;
  Preconditioners::Shared preconditioner_;
  std::int64_t passes_ = 0, factor_at_ = 0;
  std::vector<double> gradient_;  // [k', d] and [k']
  std::vector<double> vector_;    // [d + 1]
};

// What one part of the rows adds up to, for all members that still move.
struct Sums {
  std::vector<double> loss;          // [members]
  std::vector<double> raw;           // [K, d]
  std::vector<double> residual_sum;  // [K]
};

// One evaluation of all members that still move: K weight vectors in all.
class Pass {
 public:
  explicit Pass(std::span<Member* const> members)
      : members_(members), x_(*members.front()->problem().x), n_(x_.rows()), d_(x_.cols()) {
    for (const Member* member : members) {
      places_.push_back({vectors_, member->vectors()});
      vectors_ += member->vectors();
    }
    const std::int64_t blocks = (n_ + kBlock - 1) / kBlock;
    chunk_rows_ = kBlock * ((blocks + kMostChunks - 1) / kMostChunks);
    folded_.resize(vectors_ * d_);
    shift_.resize(vectors_);
    sums_.resize((n_ + chunk_rows_ - 1) / chunk_rows_);
  }

  void run(Team& team) {
    const auto count = static_cast<std::int64_t>(members_.size());
    team.run(count, [&](int, std::int64_t i) { fold(i); });
    team.run(static_cast<std::int64_t>(sums_.size()), [&](int, std::int64_t i) { sum_chunk(i); });
    team.run(count, [&](int, std::int64_t i) { tell(i); });
  }

 private:
  // Where the weight vectors of a member stand among all.
  struct Place {
    std::int64_t first, count;
  };

  void fold(std::int64_t member) {
    const auto [first, count] = places_[member];
    members_[member]->fold(std::span(folded_).subspan(first * d_, count * d_),
                           std::span(shift_).subspan(first, count));
  }

  // Adds up what the parts say of a member, and takes its step.
  void tell(std::int64_t member) {
    const auto [first, count] = places_[member];
    Sums& total = sums_.front();
    const auto raw = std::span(total.raw).subspan(first * d_, count * d_);
    const auto residual_sum = std::span(total.residual_sum).subspan(first, count);
    for (std::size_t i = 1; i < sums_.size(); ++i) {
      total.loss[member] += sums_[i].loss[member];
      add(raw, sums_[i].raw.data() + first * d_);
      add(residual_sum, sums_[i].residual_sum.data() + first);
    }
    members_[member]->tell(total.loss[member], raw, residual_sum);
  }

  static void add(std::span<double> total, const double* part) {
    for (std::size_t i = 0; i < total.size(); ++i) total[i] += part[i];
  }

  void sum_chunk(std::int64_t index) {
    Sums& sums = sums_[index];
    sums.loss.assign(members_.size(), 0.0);
    sums.raw.assign(vectors_ * d_, 0.0);
    sums.residual_sum.assign(vectors_, 0.0);
    std::vector<double> block(kBlock * vectors_);
    const std::int64_t end = std::min(n_, (index + 1) * chunk_rows_);
    for (std::int64_t first = index * chunk_rows_; first < end; first += kBlock) {
      const RowRange range{first, std::min(first + kBlock, end)};
      const auto margins = std::span(block).first((range.last - range.first) * vectors_);
      x_.margins(range, folded_, margins);
      take_block(range, margins, sums);
      x_.add_gradient(range, margins, sums.raw);
    }
  }

  // Margins of a block become residuals.
  void take_block(RowRange range, std::span<double> margins, Sums& sums) const {
    const std::int64_t rows = range.last - range.first;
    for (std::int64_t r = 0; r < rows; ++r) {
      for (std::int64_t c = 0; c < vectors_; ++c) margins[r * vectors_ + c] += shift_[c];
    }
    std::int64_t at = 0;
    for (std::size_t m = 0; m < members_.size(); ++m) {
      sums.loss[m] += members_[m]->take_losses(range, margins, at);
      at += members_[m]->vectors();
    }
    for (std::int64_t r = 0; r < rows; ++r) {
      for (std::int64_t c = 0; c < vectors_; ++c) sums.residual_sum[c] += margins[r * vectors_ + c];
    }
  }

  std::span<Member* const> members_;
  std::vector<Place> places_;  // [members]
  const Design& x_;
  std::int64_t n_, d_;
  std::int64_t vectors_ = 0;  // K
  std::int64_t chunk_rows_ = 0;
  std::vector<double> folded_;  // [K, d]
  std::vector<double> shift_;   // [K]
  std::vector<Sums> sums_;      // [chunks]
};

}  // namespace

std::vector<LogisticSolution> solve_smooth(std::span<const LogisticProblem> problems,
                                           const RunContext& context) {
  Preconditioners preconditioners;
  std::vector<Member> members;
  members.reserve(problems.size());
  for (const LogisticProblem& problem : problems) {
    SONDE_ASSERT(problem.x == problems.front().x && problem.scaler == problems.front().scaler);
    members.emplace_back(problem, preconditioners);
  }
  const Design& x = *problems.front().x;
  std::int64_t vectors = 0;
  for (const Member& member : members) vectors += member.vectors();
  RunContext inner{.threads = context.threads, .cancel = context.cancel};
  if (x.rows() * x.cols() * vectors < kSharedPass) inner.threads = 1;
  Team team(inner);
  while (true) {
    std::vector<Member*> moving;
    for (Member& member : members) {
      if (!member.done()) moving.push_back(&member);
    }
    if (moving.empty()) break;
    Pass pass(moving);
    // Members that end are left out as soon as one does.
    while (std::ranges::none_of(moving, &Member::done)) pass.run(team);
  }
  std::vector<LogisticSolution> solutions;
  for (const Member& member : members) solutions.push_back(member.solution());
  return solutions;
}

}  // namespace sonde::solvers

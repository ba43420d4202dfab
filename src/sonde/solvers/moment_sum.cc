// Rows are taken in blocks of kBlock. A block is centred on its own mean, so that float32 keeps the digits
// that matter, and the distance between the means of a block and of the rows before it is a row more (Chan,
// Golub and LeVeque). Tasks are columns, then tiles of the product: each element is summed by one task in the
// order of the rows, whatever the number of threads.
#include "sonde/solvers/moment_sum.h"

#include <algorithm>
#include <optional>
#include <variant>
#include <vector>

#include "sonde/core/error.h"
#include "sonde/core/team.h"
#include "sonde/kernels/aligned.h"
#include "sonde/kernels/gram_digits.h"
#include "sonde/kernels/prefetch.h"
#include "sonde/solvers/vectors.h"

namespace sonde::solvers {
namespace {

using kernels::GramDigits;
using kernels::GramRows;

constexpr std::int64_t kBlock = 1024;
constexpr std::int64_t kPanel = kernels::kGramPanel;
constexpr std::int64_t kStrip = kernels::kGramStrip;
// Panels whose columns are one task, and the columns: those of a block stay in the second cache.
constexpr std::int64_t kGroup = 4, kGroupColumns = kGroup * kPanel;
// Numbers from one copied row to the next: some more, so that rows do not all fall into the same sets of a
// cache.
constexpr std::int64_t kCopyStride = kGroupColumns + 16;

// Rows of a copy that are added in one pass over the sums.
constexpr std::int64_t kAtOnce = 4;

// Rows whose part is fetched before its turn.
constexpr std::int64_t kRowsAhead = 8;

// The loops below are compiled once per SIMD level and give the same bits on each.
#if defined(__x86_64__)
#define SONDE_EVERY_LEVEL [[gnu::target_clones("default", "avx2", "avx512f")]]
#else
#define SONDE_EVERY_LEVEL
#endif

SONDE_EVERY_LEVEL
void add_row(const float* x, std::int64_t size, double* sum) {
  for (std::int64_t j = 0; j < size; ++j) sum[j] += x[j];
}

// Add kAtOnce rows of a copy in turn.
SONDE_EVERY_LEVEL
void add_four_rows(const float* rows, std::int64_t size, double* sum) {
  const float *const a = rows, *const b = a + kCopyStride, *const c = b + kCopyStride,
                     *const d = c + kCopyStride;
  for (std::int64_t j = 0; j < size; ++j) sum[j] = sum[j] + a[j] + b[j] + c[j] + d[j];
}

// The same, each row times its factor.
SONDE_EVERY_LEVEL
void add_four_rows(const float* rows, const double* factors, std::int64_t size, double* sum) {
  const float *const a = rows, *const b = a + kCopyStride, *const c = b + kCopyStride,
                     *const d = c + kCopyStride;
  const double of_a = factors[0], of_b = factors[1], of_c = factors[2], of_d = factors[3];
  for (std::int64_t j = 0; j < size; ++j)
    sum[j] = sum[j] + of_a * a[j] + of_b * b[j] + of_c * c[j] + of_d * d[j];
}

// The same to two sums with factors of their own. Shapes: factors [2, kAtOnce].
SONDE_EVERY_LEVEL
void add_four_rows_twice(const float* rows, const double* factors, std::int64_t size,
                         double* __restrict first, double* __restrict second) {
  const float *const a = rows, *const b = a + kCopyStride, *const c = b + kCopyStride,
                     *const d = c + kCopyStride;
  const double a1 = factors[0], b1 = factors[1], c1 = factors[2], d1 = factors[3];
  const double a2 = factors[4], b2 = factors[5], c2 = factors[6], d2 = factors[7];
  for (std::int64_t j = 0; j < size; ++j) {
    const double of_a = a[j], of_b = b[j], of_c = c[j], of_d = d[j];
    first[j] = first[j] + a1 * of_a + b1 * of_b + c1 * of_c + d1 * of_d;
    second[j] = second[j] + a2 * of_a + b2 * of_b + c2 * of_c + d2 * of_d;
  }
}

SONDE_EVERY_LEVEL
void centre(const float* x, const double* mean, float* to) {
  for (std::int64_t j = 0; j < kPanel; ++j) to[j] = static_cast<float>(x[j] - mean[j]);
}
SONDE_EVERY_LEVEL
void centre(const float* x, const double* mean, double* to) {
  for (std::int64_t j = 0; j < kPanel; ++j) to[j] = x[j] - mean[j];
}
#undef SONDE_EVERY_LEVEL

// The columns of some panels of a block, from panel `first` on: whole panels, zeros past the last column.
struct Group {
  std::int64_t first;
  MatrixView x;
  std::span<const double> mean;
};

template <class T>
void take(const Group& group, GramRows<T>& rows) {
  for (std::int64_t r = 0; r < group.x.rows; ++r) {
    for (std::int64_t at = 0; at < group.x.cols; at += kPanel)
      centre(group.x.row(r).data() + at, group.mean.data() + at,
             rows.panel(r / kStrip, group.first + at / kPanel) + r % kStrip * kPanel);
  }
}
void take(const Group& group, GramDigits& digits) { digits.take(group.x, group.mean, group.first); }

template <class T>
void add_products(const GramRows<T>& rows, const kernels::GramTile& tile, SymmetricMatrix& gram) {
  kernels::add_gram(rows, tile, kernels::GramSign::plus, gram.sum());
}
void add_products(GramDigits& digits, const kernels::GramTile& tile, SymmetricMatrix&) { digits.add(tile); }

// What products of columns are made of.
using Factors = std::variant<GramRows<float>, GramRows<double>, GramDigits>;

Factors factors_for(MomentPrecision precision, std::int64_t columns) {
  if (precision == MomentPrecision::float64) return GramRows<double>(kBlock, columns);
  if (GramDigits::there()) return GramDigits(kBlock, columns);
  return GramRows<float>(kBlock, columns);
}

}  // namespace

class MomentSum::Work {
 public:
  Work(const MomentShape& shape, MomentPrecision precision)
      : factors_(factors_for(precision, shape.columns)),
        tiles_(kernels::gram_tiles(kernels::gram_panels(shape.columns))),
        // Digits keep their sums until they are asked for.
        so_far_(shape, std::holds_alternative<GramDigits>(factors_) ? SymmetricMatrix()
                                                                    : SymmetricMatrix(shape.columns)),
        block_mean_(kernels::gram_panels(shape.columns) * kPanel),
        distances_(kStrip, shape.columns) {
    so_far_.precision = precision;
  }

  void add(MomentRows rows, const RunContext& context) {
    const MomentShape& shape = so_far_.shape;
    SONDE_ASSERT(rows.x.cols == shape.columns);
    SONDE_ASSERT(static_cast<std::int64_t>(rows.targets.size()) == rows.x.rows * shape.targets);
    SONDE_ASSERT(static_cast<std::int64_t>(rows.labels.size()) == (shape.classes > 0 ? rows.x.rows : 0));
    while (rows.x.rows > 0) {
      if (waiting_ == 0 && rows.x.rows >= kBlock) {
        add_block(split(rows, kBlock), context);
        continue;
      }
      keep(split(rows, std::min(kBlock - waiting_, rows.x.rows)));
      if (waiting_ == kBlock) flush(context);
    }
  }

  Moments take(const RunContext& context) {
    flush(context);
    if (const auto* digits = std::get_if<GramDigits>(&factors_)) take_sums(*digits, context);
    add_distances(context);
    return std::move(so_far_);
  }

 private:
  // Distances may have been added to the matrix before.
  void take_sums(const GramDigits& digits, const RunContext& context) {
    const bool is_new = so_far_.gram.size() == 0;
    if (is_new) so_far_.gram = SymmetricMatrix::unfilled(so_far_.shape.columns);
    SymmetricMatrix& gram = so_far_.gram;
    team_for(context).run(gram.stride() / kPanel, [&](int, std::int64_t panel) {
      for (std::int64_t i = panel * kPanel; is_new && i < (panel + 1) * kPanel; ++i) gram.clear_row(i);
      digits.add_to(gram.sum(), panel);
    });
  }

  // The workers, which stay: a block is done before threads would have started. One tile needs no more than
  // the thread that calls.
  Team& team_for(const RunContext& context) {
    const int threads = tiles_.size() > 1 ? context.threads : 1;
    if (!team_ || team_->size() != std::max(1, threads) || cancel_ != context.cancel) {
      team_.emplace(RunContext{.threads = threads, .cancel = context.cancel});
      cancel_ = context.cancel;
    }
    return *team_;
  }

  // Takes the first `count` rows away from `rows` and gives them.
  MomentRows split(MomentRows& rows, std::int64_t count) const {
    const MomentShape& shape = so_far_.shape;
    MomentRows first{{rows.x.data, count, rows.x.cols, rows.x.stride},
                     rows.targets.first(count * shape.targets),
                     rows.labels.first(shape.classes > 0 ? count : 0)};
    rows.x.data += count * rows.x.stride;
    rows.x.rows -= count;
    rows.targets = rows.targets.subspan(first.targets.size());
    rows.labels = rows.labels.subspan(first.labels.size());
    return first;
  }

  void keep(const MomentRows& rows) {
    if (kept_.rows() == 0) kept_ = Matrix(kBlock, so_far_.shape.columns);
    for (std::int64_t r = 0; r < rows.x.rows; ++r)
      std::ranges::copy(rows.x.row(r), kept_.row(waiting_ + r).begin());
    kept_targets_.insert(kept_targets_.end(), rows.targets.begin(), rows.targets.end());
    kept_labels_.insert(kept_labels_.end(), rows.labels.begin(), rows.labels.end());
    waiting_ += rows.x.rows;
  }

  void flush(const RunContext& context) {
    if (waiting_ == 0) return;
    add_block({{kept_.data(), waiting_, kept_.cols(), kept_.cols()}, kept_targets_, kept_labels_}, context);
    waiting_ = 0;
    kept_targets_.clear();
    kept_labels_.clear();
  }

  void add_block(const MomentRows& rows, const RunContext& context) {
    Moments block({.columns = so_far_.shape.columns, .targets = so_far_.shape.targets}, {});
    block.count = rows.x.rows;
    centre_targets(rows, block);
    Team& team = team_for(context);
    while (std::ssize(groups_) < team.size()) groups_.emplace_back(kBlock * kCopyStride);
    std::visit([&](auto& factors) { factors.set_rows(rows.x.rows); }, factors_);
    const std::int64_t panels = kernels::gram_panels(so_far_.shape.columns);
    team.run((panels + kGroup - 1) / kGroup, [&](int worker, std::int64_t task) {
      const Group group = add_columns(rows, task * kGroup, std::min((task + 1) * kGroup, panels), block,
                                      groups_[worker].data());
      std::visit([&](auto& factors) { solvers::take(group, factors); }, factors_);
    });
    team.run(std::ssize(tiles_), [&](int, std::int64_t task) {
      std::visit([&](auto& factors) { add_products(factors, tiles_[task], so_far_.gram); }, factors_);
    });
    for (const std::int32_t label : rows.labels) ++so_far_.class_count[label];
    const bool first = so_far_.count == 0;
    const std::vector<double> distance = so_far_.merge_means(block);
    if (!first) keep_distance(distance, context);
  }

  // Targets about the mean of the block, and their products.
  void centre_targets(const MomentRows& rows, Moments& block) {
    const std::int64_t n = rows.x.rows, targets = so_far_.shape.targets;
    std::vector<double>& mean = block.target_mean;
    for (std::int64_t r = 0; r < n; ++r) {
      for (std::int64_t t = 0; t < targets; ++t) mean[t] += rows.targets[r * targets + t];
    }
    for (double& value : mean) value /= static_cast<double>(n);
    centred_targets_.assign(rows.targets.begin(), rows.targets.end());
    targets_left_.assign(targets, 0);
    for (std::int64_t r = 0; r < n; ++r) {
      double* const y = centred_targets_.data() + r * targets;
      for (std::int64_t t = 0; t < targets; ++t) targets_left_[t] += y[t] -= mean[t];
      for (std::int64_t t = 0; t < targets; ++t) {
        for (std::int64_t u = 0; u < targets; ++u) block.target_gram[t * targets + u] += y[t] * y[u];
      }
    }
  }

  // The columns of panels [first, last): their copy, mean, products with the targets, and sums of classes.
  Group add_columns(const MomentRows& rows, std::int64_t first, std::int64_t last, Moments& block,
                    float* copy) {
    const std::int64_t n = rows.x.rows, from = first * kPanel, d = so_far_.shape.columns;
    const std::int64_t width = std::min(last * kPanel, d) - from, padded = (last - first) * kPanel;
    const std::int64_t targets = so_far_.shape.targets;
    const MutableMatrixView copies{copy, n, padded, kCopyStride};
    double* const sum = block.mean.data() + from;
    for (std::int64_t r = 0; r < n; r += kAtOnce) {
      copy_rows(rows, r, {from, width}, copies);
      add_four_rows(copies.row(r).data(), width, sum);
      for (std::int64_t t = 0; t < targets; t += 2) {
        double factors[2 * kAtOnce] = {};
        for (std::int64_t i = 0; i < std::min(kAtOnce, n - r); ++i) {
          const double* const own = centred_targets_.data() + (r + i) * targets;
          factors[i] = own[t];
          factors[kAtOnce + i] = own[std::min(t + 1, targets - 1)];
        }
        double* const cross = block.cross.data() + t * d + from;
        if (t + 1 < targets) {
          add_four_rows_twice(copies.row(r).data(), factors, width, cross, cross + d);
        } else {
          add_four_rows(copies.row(r).data(), factors, width, cross);
        }
      }
    }
    for (std::int64_t j = 0; j < width; ++j) block_mean_[from + j] = sum[j] /= static_cast<double>(n);
    // The columns were not about their mean, which does not matter as far as the targets sum up to nothing.
    for (std::int64_t t = 0; t < targets; ++t)
      add_scaled(std::span(block.cross).subspan(t * d + from, width), -targets_left_[t],
                 {sum, static_cast<std::size_t>(width)});
    return {first, copies, std::span(block_mean_).subspan(from, padded)};
  }

  // Copy the columns of kAtOnce rows from `first` on, zeros past the last row and column, and add them to the
  // sums of their classes.
  void copy_rows(const MomentRows& rows, std::int64_t first, ColumnRange range, MutableMatrixView copies) {
    const std::int64_t n = rows.x.rows, d = so_far_.shape.columns;
    for (std::int64_t r = first; r < first + kAtOnce; ++r) {
      float* const to = copies.data + r * copies.stride;
      const std::int64_t width = r < n ? range.count : 0;
      const float* const row = rows.x.data + std::min(r, n - 1) * rows.x.stride + range.first;
      if (r + kRowsAhead < n) kernels::prefetch(row + kRowsAhead * rows.x.stride, width);
      std::copy_n(row, width, to);
      std::fill(to + width, to + copies.cols, 0.0f);
      if (r < n && !rows.labels.empty())
        add_row(row, width, so_far_.class_sum.data() + rows.labels[r] * d + range.first);
    }
  }

  void keep_distance(std::span<const double> distance, const RunContext& context) {
    const std::int64_t row = distances_.rows(), d = so_far_.shape.columns;
    distances_.set_rows(row + 1);
    for (std::int64_t p = 0; p < distances_.panels(); ++p) {
      double* const to = distances_.panel(0, p) + row * kPanel;
      std::fill_n(to, kPanel, 0.0);
      std::ranges::copy(distance.subspan(p * kPanel, std::min(kPanel, d - p * kPanel)), to);
    }
    if (row + 1 == kStrip) add_distances(context);
  }

  // The distances between means are rows too.
  void add_distances(const RunContext& context) {
    if (distances_.rows() == 0) return;
    if (so_far_.gram.size() == 0) so_far_.gram = SymmetricMatrix(so_far_.shape.columns);
    team_for(context).run(std::ssize(tiles_), [&](int, std::int64_t task) {
      add_products(distances_, tiles_[task], so_far_.gram);
    });
    distances_.set_rows(0);
  }

  Factors factors_;
  std::vector<kernels::GramTile> tiles_;
  Moments so_far_;
  std::vector<kernels::AlignedFloats> groups_;  // of each worker: [kBlock, kCopyStride]
  std::vector<double> block_mean_;              // [panels · kPanel], zeros past the last column
  std::vector<double> centred_targets_;         // [rows of the block, targets]
  std::vector<double> targets_left_;            // [targets] their sums, 0 but for rounding
  GramRows<double> distances_;                  // between means, times the root of their weight
  Matrix kept_;                                 // [kBlock, d], the first `waiting_` rows wait for more
  std::vector<double> kept_targets_;
  std::vector<std::int32_t> kept_labels_;
  std::int64_t waiting_ = 0;
  std::optional<Team> team_;
  std::atomic<bool>* cancel_ = nullptr;  // what stops the team
};

MomentSum::MomentSum(const MomentShape& shape, MomentPrecision precision)
    : work_(std::make_unique<Work>(shape, precision)) {}
MomentSum::~MomentSum() = default;
MomentSum::MomentSum(MomentSum&&) noexcept = default;
MomentSum& MomentSum::operator=(MomentSum&&) noexcept = default;

void MomentSum::add(const MomentRows& rows, const RunContext& context) { work_->add(rows, context); }
Moments MomentSum::take(const RunContext& context) { return work_->take(context); }

MomentPrecision affordable_precision(std::int64_t rows, std::int64_t columns) {
  // 4e9 multiply-adds take 0.1 s at 40 of them a nanosecond.
  const double products =
      0.5 * static_cast<double>(rows) * static_cast<double>(columns) * static_cast<double>(columns);
  return products <= 4e9 ? MomentPrecision::float64 : MomentPrecision::float32_strips;
}

Moments moments_of(const MomentRows& rows, const MomentShape& shape, MomentPrecision precision,
                   const RunContext& context) {
  MomentSum sum(shape, precision);
  sum.add(rows, context);
  return sum.take(context);
}

}  // namespace sonde::solvers

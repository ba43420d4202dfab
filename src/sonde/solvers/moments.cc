// Rows are taken in blocks of kBlock. A block is centred on its own mean, so that float32 keeps the digits
// that matter; its products are added to those of the earlier rows, and the distance between the two means
// adds one outer product (Chan, Golub and LeVeque). Tasks are columns, then tiles of the product: each
// element is summed by one task in the order of the rows, whatever the number of threads.
#include "sonde/solvers/moments.h"

#include <algorithm>
#include <optional>
#include <type_traits>
#include <variant>

#include "sonde/core/error.h"

namespace sonde::solvers {
namespace {

constexpr std::int64_t kBlock = 1024;
constexpr std::int64_t kPanel = kernels::kGramPanel;
constexpr std::int64_t kStrip = kernels::kGramStrip;
// Panels whose columns are one task: a kilobyte of every row.
constexpr std::int64_t kGroup = 8;

// Rows whose part is fetched before its turn: a part is too short for the processor to see where reading goes
// on.
constexpr std::int64_t kRowsAhead = 4;

void prefetch(const float* x, std::int64_t size) {
  constexpr std::int64_t kLine = 16;
  for (std::int64_t j = 0; j < size; j += kLine) __builtin_prefetch(x + j);
}

// The loops below are compiled once per SIMD level and give the same bits on each.
#if defined(__x86_64__)
#define SONDE_EVERY_LEVEL [[gnu::target_clones("default", "avx2", "avx512f")]]
#else
#define SONDE_EVERY_LEVEL
#endif

SONDE_EVERY_LEVEL
void add_row(const float* x, double* sum, std::int64_t size) {
  for (std::int64_t j = 0; j < size; ++j) sum[j] += x[j];
}

SONDE_EVERY_LEVEL
void add_scaled(double factor, const double* x, double* y, std::int64_t size) {
  for (std::int64_t j = 0; j < size; ++j) y[j] += factor * x[j];
}

SONDE_EVERY_LEVEL
void centre(const float* x, const double* mean, float* to, std::int64_t size) {
  for (std::int64_t j = 0; j < size; ++j) to[j] = static_cast<float>(x[j] - mean[j]);
}
SONDE_EVERY_LEVEL
void centre(const float* x, const double* mean, double* to, std::int64_t size) {
  for (std::int64_t j = 0; j < size; ++j) to[j] = x[j] - mean[j];
}

// sum[j] += Σ_r factor[r · stride] · x[r, j] over the rows of a panel.
SONDE_EVERY_LEVEL
void add_panel(const float* x, const double* factor, std::int64_t stride, std::int64_t rows, double* sum) {
  double lanes[kPanel] = {};
  for (std::int64_t r = 0; r < rows; ++r, x += kPanel) {
    for (std::int64_t j = 0; j < kPanel; ++j) lanes[j] += factor[r * stride] * x[j];
  }
  for (std::int64_t j = 0; j < kPanel; ++j) sum[j] += lanes[j];
}
SONDE_EVERY_LEVEL
void add_panel(const double* x, const double* factor, std::int64_t stride, std::int64_t rows, double* sum) {
  double lanes[kPanel] = {};
  for (std::int64_t r = 0; r < rows; ++r, x += kPanel) {
    for (std::int64_t j = 0; j < kPanel; ++j) lanes[j] += factor[r * stride] * x[j];
  }
  for (std::int64_t j = 0; j < kPanel; ++j) sum[j] += lanes[j];
}
#undef SONDE_EVERY_LEVEL

// gram[i, j] += factor · a_i · a_j over the elements of a tile.
void add_outer(double factor, std::span<const double> a, const kernels::GramTile& tile,
               SymmetricMatrix& gram) {
  const auto d = static_cast<std::int64_t>(a.size());
  const std::int64_t last_row = std::min(tile.last_row * kPanel, d),
                     last_col = std::min(tile.last_col * kPanel, d);
  for (std::int64_t i = tile.first_row * kPanel; i < last_row; ++i) {
    const std::int64_t from = std::max(i, tile.first_col * kPanel);
    if (from < last_col) add_scaled(factor * a[i], a.data() + from, gram.row(i) + from, last_col - from);
  }
}

std::vector<double> difference(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> result(a);
  for (std::size_t i = 0; i < a.size(); ++i) result[i] -= b[i];
  return result;
}

void add_to(const std::vector<double>& x, double factor, std::vector<double>& y) {
  SONDE_ASSERT(x.size() == y.size());
  add_scaled(factor, x.data(), y.data(), static_cast<std::int64_t>(x.size()));
}

// factor · (means apart)(means apart)ᵀ on everything but the gram.
void add_between(double factor, const std::vector<double>& x, const std::vector<double>& y, Moments& to) {
  const auto d = static_cast<std::int64_t>(x.size()), targets = static_cast<std::int64_t>(y.size());
  for (std::int64_t t = 0; t < targets; ++t) {
    add_scaled(factor * y[t], x.data(), to.cross.data() + t * d, d);
    add_scaled(factor * y[t], y.data(), to.target_gram.data() + t * targets, targets);
  }
}

// What merging and subtracting share: sums that simply add, then the outer product of the distance between
// the means of `other` and of the rest.
void combine(Moments& to, const Moments& other, double sign, double between,
             const std::vector<double>& apart) {
  const std::int64_t d = to.shape.columns;
  for (std::int64_t i = 0; i < d; ++i) add_scaled(sign, other.gram.row(i) + i, to.gram.row(i) + i, d - i);
  for (const kernels::GramTile& tile : kernels::gram_tiles(kernels::gram_panels(d)))
    add_outer(sign * between, apart, tile, to.gram);
  add_to(other.cross, sign, to.cross);
  add_to(other.target_gram, sign, to.target_gram);
  add_to(other.class_sum, sign, to.class_sum);
  for (std::size_t c = 0; c < to.class_count.size(); ++c)
    to.class_count[c] += sign > 0 ? other.class_count[c] : -other.class_count[c];
}

}  // namespace

Moments::Moments(const MomentShape& given)
    : shape(given),
      mean(given.columns),
      gram(given.columns),
      target_mean(given.targets),
      cross(given.targets * given.columns),
      target_gram(given.targets * given.targets),
      class_count(given.classes),
      class_sum(given.classes * given.columns) {}

void Moments::merge(const Moments& other) {
  SONDE_ASSERT(shape.columns == other.shape.columns && shape.targets == other.shape.targets &&
               shape.classes == other.shape.classes);
  if (other.count == 0) return;
  const double own = static_cast<double>(count), more = static_cast<double>(other.count);
  const double between = own * more / (own + more);
  const auto apart = difference(other.mean, mean), targets_apart = difference(other.target_mean, target_mean);
  combine(*this, other, 1, between, apart);
  add_between(between, apart, targets_apart, *this);
  add_to(apart, more / (own + more), mean);
  add_to(targets_apart, more / (own + more), target_mean);
  count += other.count;
  if (other.precision == MomentPrecision::float32_strips) precision = other.precision;
}

void Moments::subtract(const Moments& other) {
  SONDE_ASSERT(other.count <= count && shape.columns == other.shape.columns);
  if (other.count == 0) return;
  if (other.count == count) {
    *this = Moments(shape);
    return;
  }
  const double less = static_cast<double>(other.count), rest = static_cast<double>(count) - less;
  // Means of the rest, and their distance from those of what goes.
  add_to(difference(mean, other.mean), less / rest, mean);
  add_to(difference(target_mean, other.target_mean), less / rest, target_mean);
  const auto apart = difference(other.mean, mean), targets_apart = difference(other.target_mean, target_mean);
  const double between = less * rest / (less + rest);
  combine(*this, other, -1, between, apart);
  add_between(-between, apart, targets_apart, *this);
  count -= other.count;
}

class MomentSum::Work {
 public:
  Work(const MomentShape& shape, MomentPrecision precision)
      : so_far_(shape),
        packed_(kernels::GramRows<float>(precision == MomentPrecision::float64 ? 0 : kBlock, shape.columns)),
        block_mean_(kernels::gram_panels(shape.columns) * kPanel),
        apart_(shape.columns) {
    so_far_.precision = precision;
    if (precision == MomentPrecision::float64) {
      packed_.emplace<kernels::GramRows<double>>(kBlock, shape.columns);
    } else if (kernels::GramDigits::there()) {
      digits_.emplace(kBlock, shape.columns);
    }
  }

  void add(MomentRows rows, const RunContext& context) {
    const MomentShape& shape = so_far_.shape;
    SONDE_ASSERT(rows.x.cols == shape.columns);
    SONDE_ASSERT(static_cast<std::int64_t>(rows.targets.size()) == rows.x.rows * shape.targets);
    SONDE_ASSERT(static_cast<std::int64_t>(rows.labels.size()) == (shape.classes > 0 ? rows.x.rows : 0));
    while (rows.x.rows > 0) {
      if (waiting_ == 0 && rows.x.rows >= kBlock) {
        block(split(rows, kBlock), context);
        continue;
      }
      keep(split(rows, std::min(kBlock - waiting_, rows.x.rows)));
      if (waiting_ == kBlock) flush(context);
    }
  }

  Moments take(const RunContext& context) {
    flush(context);
    return std::move(so_far_);
  }

 private:
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
    block({{kept_.data(), waiting_, kept_.cols(), kept_.cols()}, kept_targets_, kept_labels_}, context);
    waiting_ = 0;
    kept_targets_.clear();
    kept_labels_.clear();
  }

  void block(const MomentRows& rows, const RunContext& context) {
    centre_targets(rows);
    std::visit([&](auto& packed) { add_block(rows, packed, context); }, packed_);
  }

  // Targets about the mean of the block, and their products.
  void centre_targets(const MomentRows& rows) {
    const std::int64_t n = rows.x.rows, targets = so_far_.shape.targets;
    std::vector<double> mean(targets);
    for (std::int64_t at = 0; at < n * targets; ++at) mean[at % targets] += rows.targets[at];
    for (double& value : mean) value /= static_cast<double>(n);
    centred_targets_.assign(rows.targets.begin(), rows.targets.end());
    for (std::int64_t at = 0; at < n * targets; ++at) centred_targets_[at] -= mean[at % targets];
    for (std::int64_t r = 0; r < n; ++r) {
      const double* y = centred_targets_.data() + r * targets;
      for (std::int64_t t = 0; t < targets; ++t)
        add_scaled(y[t], y, so_far_.target_gram.data() + t * targets, targets);
    }
    targets_apart_ = difference(mean, so_far_.target_mean);
  }

  template <class T>
  void add_block(const MomentRows& rows, kernels::GramRows<T>& packed, const RunContext& context) {
    const std::int64_t panels = packed.panels();
    packed.set_rows(rows.x.rows);
    if (digits_) digits_->set_rows(rows.x.rows);
    run_queue(context, (panels + kGroup - 1) / kGroup, [&](int, std::int64_t task) {
      add_columns(rows, task * kGroup, std::min((task + 1) * kGroup, panels), packed);
    });
    const double own = static_cast<double>(so_far_.count), more = static_cast<double>(rows.x.rows);
    const double between = own * more / (own + more);
    const auto tiles = kernels::gram_tiles(panels);
    run_queue(context, static_cast<std::int64_t>(tiles.size()), [&](int, std::int64_t task) {
      if (digits_) {
        kernels::add_gram(*digits_, tiles[task], so_far_.gram.sum());
      } else {
        kernels::add_gram(packed, tiles[task], kernels::GramSign::plus, so_far_.gram.sum());
      }
      add_outer(between, apart_, tiles[task], so_far_.gram);
    });
    add_between(between, apart_, targets_apart_, so_far_);
    add_to(apart_, more / (own + more), so_far_.mean);
    add_to(targets_apart_, more / (own + more), so_far_.target_mean);
    so_far_.count += rows.x.rows;
    for (const std::int32_t label : rows.labels) ++so_far_.class_count[label];
  }

  // Everything that belongs to the columns of some panels: their mean, the packed rows about it, products
  // with the targets, sums of classes.
  template <class T>
  void add_columns(const MomentRows& rows, std::int64_t first, std::int64_t last,
                   kernels::GramRows<T>& packed) {
    const std::int64_t n = rows.x.rows, from = first * kPanel, d = so_far_.shape.columns;
    const std::int64_t width = std::min(last * kPanel, d) - from;
    double* mean = block_mean_.data() + from;
    std::fill_n(mean, width, 0.0);
    for (std::int64_t r = 0; r < n; ++r) {
      if (r + kRowsAhead < n) prefetch(rows.x.data + (r + kRowsAhead) * rows.x.stride + from, width);
      add_row(rows.x.data + r * rows.x.stride + from, mean, width);
    }
    for (std::int64_t j = 0; j < width; ++j) {
      mean[j] /= static_cast<double>(n);
      apart_[from + j] = mean[j] - so_far_.mean[from + j];
    }
    for (std::int64_t r = 0; r < n; ++r) {
      const float* row = rows.x.data + r * rows.x.stride + from;
      if (!rows.labels.empty()) add_row(row, so_far_.class_sum.data() + rows.labels[r] * d + from, width);
      for (std::int64_t p = first; p < last; ++p) {
        const std::int64_t at = (p - first) * kPanel, columns = std::min(kPanel, width - at);
        T* to = packed.panel(r / kStrip, p) + r % kStrip * kPanel;
        centre(row + at, mean + at, to, columns);
        std::fill(to + columns, to + kPanel, T{0});
      }
    }
    for (std::int64_t p = first; p < last; ++p) add_cross(n, p, packed);
    if constexpr (std::is_same_v<T, float>) {
      if (digits_) digits_->take(packed, first, last);
    }
  }

  template <class T>
  void add_cross(std::int64_t n, std::int64_t panel, const kernels::GramRows<T>& packed) {
    const std::int64_t d = so_far_.shape.columns, targets = so_far_.shape.targets;
    const std::int64_t columns = std::min(kPanel, d - panel * kPanel);
    for (std::int64_t t = 0; t < targets; ++t) {
      double sums[kPanel] = {};
      for (std::int64_t r = 0; r < n; r += kStrip) {
        add_panel(packed.panel(r / kStrip, panel), centred_targets_.data() + r * targets + t, targets,
                  std::min(kStrip, n - r), sums);
      }
      for (std::int64_t j = 0; j < columns; ++j) so_far_.cross[t * d + panel * kPanel + j] += sums[j];
    }
  }

  Moments so_far_;
  std::variant<kernels::GramRows<float>, kernels::GramRows<double>> packed_;
  std::optional<kernels::GramDigits> digits_;  // of the packed rows, where products of digits are faster
  std::vector<double> block_mean_;             // [panels · kPanel]
  std::vector<double> apart_;                  // [d] mean of the block less mean so far
  std::vector<double> targets_apart_;          // [targets]
  std::vector<double> centred_targets_;        // [rows of the block, targets]
  Matrix kept_;                                // [kBlock, d], the first `waiting_` rows wait for more
  std::vector<double> kept_targets_;
  std::vector<std::int32_t> kept_labels_;
  std::int64_t waiting_ = 0;
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

// Right-looking by blocks of kBlock rows: the block's own triangle row by row, the rows of U beside it by
// substitution, then what is left of A loses the products of those rows, which is add_gram with a minus.
#include "sonde/solvers/cholesky.h"

#include <cmath>
#include <vector>

#include "sonde/core/error.h"

namespace sonde::solvers {
namespace {

constexpr std::int64_t kBlock = 64;
// Columns whose substitution is one task.
constexpr std::int64_t kColumns = 256;

// y −= factor · x; compiled once per SIMD level, the same bits on each.
#if defined(__x86_64__)
[[gnu::target_clones("default", "avx2", "avx512f")]]
#endif
void take_away(double factor, const double* x, double* y, std::int64_t size) {
  for (std::int64_t j = 0; j < size; ++j) y[j] -= factor * x[j];
}

// Σ x_j y_j with 16 partial sums, added in a fixed order.
#if defined(__x86_64__)
[[gnu::target_clones("default", "avx2", "avx512f")]]
#endif
double dot(const double* x, const double* y, std::int64_t size) {
  constexpr std::int64_t kLanes = 16;
  double lanes[kLanes] = {};
  std::int64_t j = 0;
  for (; j + kLanes <= size; j += kLanes) {
    for (std::int64_t l = 0; l < kLanes; ++l) lanes[l] += x[j + l] * y[j + l];
  }
  double sum = 0;
  for (const double lane : lanes) sum += lane;
  for (; j < size; ++j) sum += x[j] * y[j];
  return sum;
}

// Where one block of rows stands.
struct Block {
  std::int64_t first;
  std::int64_t last;
};

// Rows of U of the block, in the columns [from, to) to its right: solve U_bbᵀ · rows = A by substitution.
void substitute(SymmetricMatrix& u, const Block& block, std::int64_t from, std::int64_t to) {
  for (std::int64_t i = block.first; i < block.last; ++i) {
    double* own = u.row(i) + from;
    for (std::int64_t k = block.first; k < i; ++k) take_away(u.row(k)[i], u.row(k) + from, own, to - from);
    const double inverse = 1 / u.row(i)[i];
    for (std::int64_t j = 0; j < to - from; ++j) own[j] *= inverse;
  }
}

// The block's rows of U as rows that add_gram reads, in all columns of the matrix.
void pack(const SymmetricMatrix& u, const Block& block, std::int64_t panel,
          kernels::GramRows<double>& packed) {
  double* to = packed.panel(0, panel);
  const std::int64_t first = panel * kernels::kGramPanel;
  for (std::int64_t i = block.first; i < block.last; ++i, to += kernels::kGramPanel) {
    for (std::int64_t j = 0; j < kernels::kGramPanel; ++j)
      to[j] = first + j < u.size() ? u.row(i)[first + j] : 0;
  }
}

SymmetricMatrix mirrored(std::span<const double> lower_half, std::int64_t size) {
  SymmetricMatrix a(size);
  for (std::int64_t i = 0; i < size; ++i) {
    for (std::int64_t j = 0; j <= i; ++j) a.at(j, i) = lower_half[i * size + j];
  }
  return a;
}

}  // namespace

Cholesky::Cholesky(std::span<const double> lower_half, std::int64_t size)
    : Cholesky(mirrored(lower_half, size), {}) {}

Cholesky::Cholesky(SymmetricMatrix a, const RunContext& context) : u_(std::move(a)) {
  static_assert(kBlock % kernels::kGramPanel == 0 && kBlock <= kernels::kGramStrip);
  std::vector<double> diagonal(size());
  for (std::int64_t i = 0; i < size(); ++i) diagonal[i] = u_.at(i, i);
  kernels::GramRows<double> packed(kBlock, size());
  for (Block block{0, 0}; block.first < size(); block.first = block.last) {
    block.last = std::min(block.first + kBlock, size());
    for (std::int64_t i = block.first; i < block.last; ++i) {
      const double pivot = u_.at(i, i);
      if (!(pivot > 0 && std::isfinite(pivot))) {
        positive_ = false;
        smallest_share_ = 0;
        return;
      }
      smallest_share_ = std::min(smallest_share_, pivot / diagonal[i]);
      u_.at(i, i) = std::sqrt(pivot);
      for (std::int64_t j = i + 1; j < block.last; ++j) u_.at(i, j) /= u_.at(i, i);
      for (std::int64_t k = i + 1; k < block.last; ++k)
        take_away(u_.at(i, k), u_.row(i) + k, u_.row(k) + k, block.last - k);
    }
    const std::int64_t rest = size() - block.last;
    if (rest == 0) return;
    run_queue(context, (rest + kColumns - 1) / kColumns, [&](int, std::int64_t task) {
      const std::int64_t from = block.last + task * kColumns, to = std::min(from + kColumns, size());
      substitute(u_, block, from, to);
      for (std::int64_t p = from / kernels::kGramPanel; p < kernels::gram_panels(to); ++p)
        pack(u_, block, p, packed);
    });
    packed.set_rows(block.last - block.first);
    const auto tiles = kernels::gram_tiles(packed.panels(), block.last / kernels::kGramPanel);
    run_queue(context, static_cast<std::int64_t>(tiles.size()), [&](int, std::int64_t task) {
      kernels::add_gram(packed, tiles[task], kernels::GramSign::minus, u_.sum());
    });
  }
}

void Cholesky::solve(std::span<double> b) const {
  solve_lower(b);
  solve_upper(b);
}

void Cholesky::solve_lower(std::span<double> b) const {
  SONDE_ASSERT(positive_ && static_cast<std::int64_t>(b.size()) == size());
  for (std::int64_t i = 0; i < size(); ++i) {
    b[i] /= u_.row(i)[i];
    take_away(b[i], u_.row(i) + i + 1, b.data() + i + 1, size() - i - 1);
  }
}

void Cholesky::solve_upper(std::span<double> b) const {
  SONDE_ASSERT(positive_ && static_cast<std::int64_t>(b.size()) == size());
  for (std::int64_t i = size() - 1; i >= 0; --i) {
    b[i] = (b[i] - dot(u_.row(i) + i + 1, b.data() + i + 1, size() - i - 1)) / u_.row(i)[i];
  }
}

}  // namespace sonde::solvers

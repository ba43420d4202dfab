// Right-looking by blocks of kBlock rows: the block's own triangle row by row, the rows of U beside it by
// substitution, then what is left of A loses the products of those rows, which is add_gram with a minus.
#include "sonde/solvers/cholesky.h"

#include <cmath>
#include <vector>

#include "sonde/core/error.h"
#include "sonde/core/team.h"
#include "sonde/solvers/vectors.h"

namespace sonde::solvers {
namespace {

constexpr std::int64_t kBlock = 64;
constexpr std::int64_t kLastBlock = 128;  // so many rows are not worth the parting
// Columns whose substitution is one task.
constexpr std::int64_t kColumns = 256;

// Take factors[k] · rows[k] away from y for each row in turn; factors and rows are a stride apart. Compiled
// once per SIMD level, the same bits on each.
#if defined(__x86_64__)
[[gnu::target_clones("default", "avx2", "avx512f")]]
#endif
void take_rows_away(const double* factors, const double* rows, std::int64_t count, std::int64_t stride,
                    double* y, std::int64_t size) {
  for (std::int64_t k = 0; k < count; ++k) {
    const double factor = factors[k * stride];
    for (std::int64_t j = 0; j < size; ++j) y[j] -= factor * rows[k * stride + j];
  }
}

constexpr std::int64_t kLanes = 8;     // of the widest vector
constexpr std::int64_t kTogether = 4;  // rows whose products are taken away in one pass

// Rows a stride apart, up to column `last`. Left of the diagonal is scratch, so that whole vectors are worked
// on.
struct Triangle {
  double* rows;
  std::int64_t stride, last;
};

// Take the products of row `at` away from the rows after it, up to row `end`.
[[gnu::always_inline]] inline void take_row_away(const Triangle& t, std::int64_t at, std::int64_t end) {
  const double* const row = t.rows + at * t.stride;
  for (std::int64_t k = at + 1; k < end; ++k) {
    const double factor = row[k];
    double* const to = t.rows + k * t.stride;
    for (std::int64_t j = k / kLanes * kLanes; j < t.last; ++j) to[j] -= factor * row[j];
  }
}

// Take the products of kTogether rows from `at` on away from the rows after them, up to row `end`.
[[gnu::always_inline]] inline void take_four_away(const Triangle& t, std::int64_t at, std::int64_t end) {
  const double* const a = t.rows + at * t.stride;
  const double *const b = a + t.stride, *const c = b + t.stride, *const d = c + t.stride;
  for (std::int64_t k = at + kTogether; k < end; ++k) {
    const double of_a = a[k], of_b = b[k], of_c = c[k], of_d = d[k];
    double* const to = t.rows + k * t.stride;
    for (std::int64_t j = k / kLanes * kLanes; j < t.last; ++j)
      to[j] = to[j] - of_a * a[j] - of_b * b[j] - of_c * c[j] - of_d * d[j];
  }
}

// Factor the rows [first, end) among themselves, and store their pivots. Gives the first row whose pivot is
// not positive, or `end`.
#if defined(__x86_64__)
[[gnu::target_clones("default", "avx2", "avx512f")]]
#endif
std::int64_t factor_triangle(const Triangle& t, std::int64_t first, std::int64_t end, double* pivots) {
  for (std::int64_t i = first; i < end; ++i) {
    double* const row = t.rows + i * t.stride;
    const double pivot = row[i];
    if (!(pivot > 0 && std::isfinite(pivot))) return i;
    pivots[i] = pivot;
    row[i] = std::sqrt(pivot);
    const double inverse = 1 / row[i];
    for (std::int64_t j = i + 1; j < t.last; ++j) row[j] *= inverse;
    const std::int64_t group = first + ((i - first) / kTogether + 1) * kTogether;
    take_row_away(t, i, std::min(group, end));
    if (i + 1 == group) take_four_away(t, group - kTogether, end);
  }
  return end;
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
    const double* const above = u.row(block.first);
    take_rows_away(above + i, above + from, i - block.first, u.stride(), own, to - from);
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
  std::vector<double> diagonal(size()), pivots(size());
  for (std::int64_t i = 0; i < size(); ++i) diagonal[i] = u_.at(i, i);
  kernels::GramRows<double> packed(size() > kLastBlock ? kBlock : 0, size());
  // One block beside the triangle is one task, which is not worth a thread.
  Team team({.threads = size() > kBlock + kColumns ? context.threads : 1, .cancel = context.cancel});
  for (Block block{0, 0}; block.first < size(); block.first = block.last) {
    block.last = size() - block.first <= kLastBlock ? size() : block.first + kBlock;
    const Triangle triangle{u_.row(0), u_.stride(), block.last < size() ? block.last : u_.stride()};
    if (factor_triangle(triangle, block.first, block.last, pivots.data()) < block.last) {
      positive_ = false;
      smallest_share_ = 0;
      return;
    }
    for (std::int64_t i = block.first; i < block.last; ++i)
      smallest_share_ = std::min(smallest_share_, pivots[i] / diagonal[i]);
    const std::int64_t rest = size() - block.last;
    if (rest == 0) return;
    team.run((rest + kColumns - 1) / kColumns, [&](int, std::int64_t task) {
      const std::int64_t from = block.last + task * kColumns, to = std::min(from + kColumns, size());
      substitute(u_, block, from, to);
      for (std::int64_t p = from / kernels::kGramPanel; p < kernels::gram_panels(to); ++p)
        pack(u_, block, p, packed);
    });
    packed.set_rows(block.last - block.first);
    const auto tiles = kernels::gram_tiles(packed.panels(), block.last / kernels::kGramPanel);
    team.run(static_cast<std::int64_t>(tiles.size()), [&](int, std::int64_t task) {
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
    add_scaled(b.subspan(i + 1), -b[i], right_of_diagonal(i));
  }
}

void Cholesky::solve_upper(std::span<double> b) const {
  SONDE_ASSERT(positive_ && static_cast<std::int64_t>(b.size()) == size());
  for (std::int64_t i = size() - 1; i >= 0; --i) {
    b[i] = (b[i] - dot(right_of_diagonal(i), b.subspan(i + 1))) / u_.row(i)[i];
  }
}

}  // namespace sonde::solvers

#include "sonde/solvers/pseudo_inverse.h"

#include <algorithm>
#include <cmath>

#include "sonde/core/error.h"

namespace sonde::solvers {
namespace {

// y += factor · x; compiled once per SIMD level, the same bits on each.
#if defined(__x86_64__)
[[gnu::target_clones("default", "avx2", "avx512f")]]
#endif
void add_scaled(double factor, const double* x, double* y, std::int64_t size) {
  for (std::int64_t j = 0; j < size; ++j) y[j] += factor * x[j];
}

// Columns of M, [rank, size], the most independent first: each is what the chosen ones leave of a column of
// A, all in units in which the diagonal of A is 1, and put back into its own at the end.
std::vector<double> pivoted_factor(const SymmetricMatrix& a, double dependent) {
  const std::int64_t d = a.size();
  std::vector<double> unit(d), share(d), columns;
  for (std::int64_t j = 0; j < d; ++j) {
    share[j] = a(j, j) > 0 ? 1 : 0;
    unit[j] = a(j, j) > 0 ? std::sqrt(a(j, j)) : 0;
  }
  std::vector<std::int64_t> pivots;
  for (;;) {
    const std::int64_t p = std::ranges::max_element(share) - share.begin();
    if (d == 0 || !(share[p] > dependent)) break;
    const auto rank = static_cast<std::int64_t>(pivots.size());
    columns.resize((rank + 1) * d);
    double* own = columns.data() + rank * d;
    for (std::int64_t j = 0; j < d; ++j) own[j] = unit[j] > 0 ? a(p, j) / (unit[p] * unit[j]) : 0;
    for (std::int64_t l = 0; l < rank; ++l) add_scaled(-columns[l * d + p], columns.data() + l * d, own, d);
    const double scale = 1 / std::sqrt(share[p]);
    for (std::int64_t j = 0; j < d; ++j) {
      own[j] *= scale;
      share[j] -= own[j] * own[j];
    }
    // A chosen column is explained by itself; its row of M is fixed from now on.
    for (const std::int64_t earlier : pivots) own[earlier] = 0;
    pivots.push_back(p);
    share[p] = 0;
  }
  for (std::size_t at = 0; at < columns.size(); ++at) columns[at] *= unit[at % d];
  return columns;
}

// MᵀM of M's columns [rank, size].
SymmetricMatrix inner_products(const std::vector<double>& columns, std::int64_t rank, std::int64_t d,
                               const RunContext& context) {
  kernels::GramRows<double> packed(d, rank);
  packed.set_rows(d);
  for (std::int64_t k = 0; k < d; ++k) {
    for (std::int64_t c = 0; c < packed.panels() * kernels::kGramPanel; ++c) {
      double* row = packed.panel(k / kernels::kGramStrip, c / kernels::kGramPanel) +
                    k % kernels::kGramStrip * kernels::kGramPanel;
      row[c % kernels::kGramPanel] = c < rank ? columns[c * d + k] : 0;
    }
  }
  SymmetricMatrix products(rank);
  const auto tiles = kernels::gram_tiles(packed.panels());
  run_queue(context, static_cast<std::int64_t>(tiles.size()), [&](int, std::int64_t task) {
    kernels::add_gram(packed, tiles[task], kernels::GramSign::plus, products.sum());
  });
  return products;
}

}  // namespace

PseudoInverse::PseudoInverse(const SymmetricMatrix& a, const RunContext& context) : size_(a.size()) {
  // Columns of very different units can leave MᵀM beyond float64 although each is independent; then fewer
  // are taken.
  for (double dependent = kDependent; dependent < 1; dependent *= 100) {
    columns_ = pivoted_factor(a, dependent);
    rank_ = size_ == 0 ? 0 : static_cast<std::int64_t>(columns_.size()) / size_;
    inner_ = std::make_unique<Cholesky>(inner_products(columns_, rank_, size_, context), context);
    if (inner_->positive()) return;
  }
  rank_ = 0;
}

// Solving twice with MᵀM doubles the digits that the condition costs; correcting by what A leaves of b once
// gives them back.
void PseudoInverse::apply(std::span<double> b) const {
  SONDE_ASSERT(static_cast<std::int64_t>(b.size()) == size_);
  std::vector<double> answer = applied(b);
  const std::vector<double> product = times_factor(times_transposed(answer));
  std::vector<double> left(b.begin(), b.end());
  for (std::size_t j = 0; j < left.size(); ++j) left[j] -= product[j];
  const std::vector<double> correction = applied(left);
  for (std::size_t j = 0; j < b.size(); ++j) b[j] = answer[j] + correction[j];
}

std::vector<double> PseudoInverse::applied(std::span<const double> b) const {
  std::vector<double> inner = times_transposed(b);
  if (rank_ > 0) {
    inner_->solve(inner);
    inner_->solve(inner);
  }
  return times_factor(inner);
}

std::vector<double> PseudoInverse::times_transposed(std::span<const double> x) const {
  std::vector<double> result(rank_);
  for (std::int64_t k = 0; k < rank_; ++k) {
    for (std::int64_t j = 0; j < size_; ++j) result[k] += columns_[k * size_ + j] * x[j];
  }
  return result;
}

std::vector<double> PseudoInverse::times_factor(std::span<const double> x) const {
  std::vector<double> result(size_);
  for (std::int64_t k = 0; k < rank_; ++k)
    add_scaled(x[k], columns_.data() + k * size_, result.data(), size_);
  return result;
}

}  // namespace sonde::solvers

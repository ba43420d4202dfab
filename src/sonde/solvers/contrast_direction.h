// The direction in which contrary statements differ most and paraphrases agree: an eigenvector, in closed
// form and without labels. Nothing is erased beforehand; with the mean of every prompt taken away no linear
// trace of the prompt is left to erase.
#pragma once

#include <cstdint>
#include <span>

#include "sonde/core/matrix.h"
#include "sonde/solvers/design.h"
#include "sonde/solvers/lanczos.h"
#include "sonde/solvers/moments.h"

namespace sonde::solvers {

/// Contrary statements in one or several wordings; prompt 2a + j says statement j in wording a.
/// Shapes: rows [n, prompts · d]; scalers [prompts], taken off and divided by before anything else.
struct ContrastSet {
  MatrixView rows;
  std::int64_t prompts = 2;
  std::span<const ColumnStatistics> scalers;

  std::int64_t width() const { return rows.cols / prompts; }
  MatrixView prompt(std::int64_t p) const {
    return {rows.data + p * width(), rows.rows, width(), rows.stride};
  }
};

/// The weights of the three terms; with one wording and equal variance and covariance the direction is the
/// top principal component of the differences.
struct ContrastTerms {
  double variance = 1;    ///< larger: statements spread further along the direction
  double invariance = 1;  ///< larger: wordings of a statement lie closer together
  double covariance = 1;  ///< larger: contrary statements go in opposite directions
};

/// Find the unit vector w that maximises wᵀ·A·w.
/// A = variance · (Cov(c₀) + Cov(c₁)) − invariance · mean of the covariances within a statement's wordings,
/// of both statements − covariance · (Cov(c₀, c₁) + Cov(c₁, c₀)), with c the mean over wordings; covariances
/// divide by counts. Source: Belrose, Mallen et al. 2024, "VINC-S" (blog.eleuther.ai/vincs), equations 5 to 8
/// without supervision; covariances as in EleutherAI/elk 2023, elk/training/eigen_reporter.py; one wording:
/// Burns et al. 2023, section 2.3 and appendix (CRC-TPC). Cost: 4 · n · prompts · d a product, tens of
/// products.
Eigenpair contrast_direction(const ContrastSet& set, const ContrastTerms& terms);

/// The same for one wording from moments of the rows, both prompts side by side, whose columns are 2 · d.
/// `scalers` [2] as in a set. Cost: tens of products with a matrix [d, d].
Eigenpair contrast_direction(const Moments& moments, std::span<const ColumnStatistics> scalers,
                             const ContrastTerms& terms);

/// Project every prompt of every row. Shapes: direction [d], result [prompts][n].
std::vector<std::vector<double>> project(const ContrastSet& set, std::span<const double> direction);

}  // namespace sonde::solvers

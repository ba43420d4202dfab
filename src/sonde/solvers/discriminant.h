// Classifiers that follow from class means and one covariance shared by the classes: linear discriminant
// analysis and the mass-mean direction. Closed forms; nothing is searched for.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sonde/core/matrix.h"
#include "sonde/core/run_context.h"
#include "sonde/solvers/moments.h"

namespace sonde::solvers {

/// Linear margins: two classes [1, d] and [1], positive for the second; more [k, d] and [k], the logarithm of
/// each probability up to what they share.
struct Discriminant {
  std::vector<double> weights;
  std::vector<double> bias;
  std::int64_t rank = 0;  ///< directions in which rows of one class differ
};

/// How many rows each class has, and their mean. Shapes: count [k], mean [k, d].
struct ClassMeans {
  std::vector<std::int64_t> count;
  std::vector<double> mean;
};

/// Give the means of the classes, each of which must have a row.
ClassMeans class_means(const Moments& moments);

/// Give the covariance within classes, about each class's own mean, divided by n.
SymmetricMatrix within_covariance(const Moments& moments);

/// Shrink a covariance towards its mean variance in every direction: (1 − shrinkage) S + shrinkage · tr(S)/d.
/// Larger: a larger shrinkage trusts the directions that few rows tell apart less.
void shrink(SymmetricMatrix& covariance, double shrinkage);

/// The covariance within classes, each class's own shrunk by the share that loses least on average.
struct ShrunkCovariance {
  SymmetricMatrix covariance;
  std::vector<double> shrinkage;  ///< [k]
  ClassMeans classes;             ///< taken on the way
};

/// Estimate it from rows. Shapes: labels [n] in [0, classes), each class with a row.
/// Source: Ledoit and Wolf 2004, "A well-conditioned estimator for large-dimensional covariance matrices", on
/// columns scaled to deviation 1 within the class, as scikit-learn 1.9 LinearDiscriminantAnalysis.
/// Cost: n · d² / 2, and one pass more.
ShrunkCovariance ledoit_wolf_covariance(MatrixView x, std::span<const std::int32_t> labels, int classes,
                                        const RunContext& context);

/// The same from moments of each class: of its rows less a centre, with the squares of that behind them, 2 ·
/// d columns. Shapes: classes [k], centre [d], near the rows. Derived: ‖z‖² is linear in those columns.
ShrunkCovariance ledoit_wolf_covariance(std::span<const Moments> classes, std::span<const float> centre);

/// Give the posterior of Gaussian classes with a shared covariance and the classes' shares as priors.
/// Directions without any variance within classes are left out (pseudo-inverse).
/// Source: Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, 4.3.
Discriminant gaussian_discriminant(const ClassMeans& classes, const SymmetricMatrix& covariance,
                                   const RunContext& context);

/// Whether the difference of means is measured in units of the spread within classes.
enum class Whitening { none, within };

/// Give the direction from the first class's mean to the second's, scaled and shifted so that the margin is
/// the Gaussian posterior of the projection: slope = distance of the projected means / variance of the
/// projection within classes. Whitened, that is gaussian_discriminant().
/// Source: Marks and Tegmark 2023, "The Geometry of Truth", 5.1; the scale is derived.
Discriminant mass_mean(const Moments& moments, Whitening whitening, const RunContext& context);

}  // namespace sonde::solvers

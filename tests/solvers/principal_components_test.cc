#include "sonde/solvers/principal_components.h"

#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <cmath>

#include "sonde/core/random.h"

namespace sonde::solvers {
namespace {

Matrix drawn(std::int64_t n, std::int64_t d, double shift) {
  const RandomStream stream(3, "components");
  Matrix x(n, d);
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < d; ++j)
      x.row(i)[j] = static_cast<float>((stream.uniform(i * d + j) - 0.5) * (j % 7 + 1) + shift);
  }
  return x;
}

// Against all eigenvectors of the covariance; more rows than columns and fewer take different ways.
TEST(PrincipalComponents, AreEigenvectorsOfTheCovariance) {
  for (const auto& [n, d, shift] :
       {std::tuple{200, 40, 0.0}, {30, 90, 0.0}, {1200, 11, 50.0}, {20, 2000, 3.0}}) {
    const Matrix x = drawn(n, d, shift);
    const std::int64_t count = 3;
    const PrincipalComponents found = principal_components(x.view(), count, {});
    using RowMajor = Eigen::Matrix<float, -1, -1, Eigen::RowMajor>;
    Eigen::MatrixXd z = Eigen::Map<const RowMajor>(x.data(), n, d).cast<double>();
    const Eigen::RowVectorXd mean = z.colwise().mean();
    z.rowwise() -= mean;
    // Of the smaller product the other's eigenvectors follow.
    const bool wide = d > n;
    const Eigen::MatrixXd product =
        wide ? Eigen::MatrixXd(z * z.transpose()) : Eigen::MatrixXd(z.transpose() * z);
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(product);
    EXPECT_NEAR(found.total, product.trace() / (n - 1), 1e-9 * found.total);
    for (std::int64_t c = 0; c < count; ++c) {
      const Eigen::Index last = product.rows() - 1 - c;
      EXPECT_NEAR(found.variances[c], solver.eigenvalues()[last] / (n - 1), 1e-9 * found.variances[0]);
      Eigen::VectorXd truth = solver.eigenvectors().col(last);
      if (wide) truth = (z.transpose() * truth).normalized();
      const Eigen::Map<const Eigen::VectorXd> mine(found.directions.data() + c * d, d);
      // The gap between neighbouring eigenvalues is over 1e-3 of the largest, their error under 1e-12.
      EXPECT_NEAR(std::abs(mine.dot(truth)), 1, 1e-9);
      Eigen::Index largest = 0;
      mine.cwiseAbs().maxCoeff(&largest);
      EXPECT_GT(mine[largest], 0);
    }
    const std::vector<double> points = along_components(x.view(), found, {});
    for (std::int64_t i = 0; i < n; ++i) {
      for (std::int64_t c = 0; c < count; ++c) {
        const double truth = z.row(i) * Eigen::Map<const Eigen::VectorXd>(found.directions.data() + c * d, d);
        EXPECT_NEAR(points[i * count + c], truth, 1e-9);
      }
    }
  }
}

TEST(PrincipalComponents, DoNotDependOnThreads) {
  for (const auto& [n, d] : {std::pair{1500, 70}, {70, 150}}) {
    const Matrix x = drawn(n, d, 0);
    const PrincipalComponents one = principal_components(x.view(), 2, {.threads = 1});
    for (const int threads : {2, 3}) {
      const PrincipalComponents more = principal_components(x.view(), 2, {.threads = threads});
      EXPECT_EQ(more.directions, one.directions);
      EXPECT_EQ(along_components(x.view(), more, {.threads = threads}), along_components(x.view(), one, {}));
    }
  }
}

// All variances sum to the total; rows on a line have one component and then none.
TEST(PrincipalComponents, SumToTheTotalAndMayBeZero) {
  const Matrix x = drawn(40, 6, 0);
  const PrincipalComponents all = principal_components(x.view(), 6, {});
  double sum = 0;
  for (const double variance : all.variances) sum += variance;
  EXPECT_NEAR(sum, all.total, 1e-10 * all.total);

  Matrix line(9, 3);
  for (std::int64_t i = 0; i < 9; ++i) line.row(i)[1] = static_cast<float>(i);
  const PrincipalComponents found = principal_components(line.view(), 2, {});
  EXPECT_NEAR(found.variances[0], 7.5, 1e-12);  // of 0 … 8
  EXPECT_NEAR(found.variances[1], 0, 1e-12);
  EXPECT_NEAR(found.directions[1], 1, 1e-12);
}

}  // namespace
}  // namespace sonde::solvers

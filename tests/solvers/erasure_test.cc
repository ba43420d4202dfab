#include "sonde/solvers/erasure.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "recorded.h"
#include "sonde/core/random.h"
#include "sonde/solvers/logistic.h"

namespace sonde::solvers {
namespace {

Matrix erased(const Matrix& x, const Erasure& erasure, const RunContext& context = {}) {
  Matrix copy(x.rows(), x.cols());
  std::copy_n(x.data(), x.rows() * x.cols(), copy.data());
  erasure.apply(copy.view(), context);
  return copy;
}

// Rows of some classes, whose means lie apart along random directions; columns are correlated.
struct Labelled {
  Matrix x;
  std::vector<std::int32_t> labels;
  std::vector<double> one_hot;  // [n, classes]
  int classes;

  RegressionRows rows() const { return {x.view(), one_hot, classes}; }
};

Labelled labelled(std::int64_t n, std::int64_t d, int classes) {
  const RandomStream stream(7, "erasure");
  Labelled data{.x = Matrix(n, d), .one_hot = std::vector<double>(n * classes), .classes = classes};
  for (std::int64_t i = 0; i < n; ++i) {
    const auto label = static_cast<std::int32_t>(stream.below(classes, i));
    data.labels.push_back(label);
    data.one_hot[i * classes + label] = 1;
    const double shared = stream.substream(1).uniform(i);
    for (std::int64_t j = 0; j < d; ++j) {
      data.x.row(i)[j] =
          static_cast<float>(stream.substream(2).uniform(i * d + j) + static_cast<double>(j) * shared +
                             stream.substream(3).uniform(label * d + j));
    }
  }
  return data;
}

// [classes, d]
std::vector<double> class_means(const Labelled& data, const Matrix& x) {
  std::vector<double> means(data.classes * x.cols()), count(data.classes);
  for (std::int64_t i = 0; i < x.rows(); ++i) {
    ++count[data.labels[i]];
    for (std::int64_t j = 0; j < x.cols(); ++j) means[data.labels[i] * x.cols() + j] += x.row(i)[j];
  }
  for (std::size_t at = 0; at < means.size(); ++at) means[at] /= count[at / x.cols()];
  return means;
}

double squared_displacement(const Matrix& a, const Matrix& b) {
  double sum = 0;
  for (std::int64_t at = 0; at < a.rows() * a.cols(); ++at) {
    const double apart = a.data()[at] - b.data()[at];
    sum += apart * apart;
  }
  return sum;
}

TEST(LeastSquaresErasure, EqualsConceptErasure) {
  std::ifstream file(SONDE_TEST_DATA "/solvers/erasure.json");
  for (const nlohmann::json& golden : nlohmann::json::parse(file)["cases"]) {
    SCOPED_TRACE(golden["name"].get<std::string>());
    const Matrix x = matrix_of(golden["x"]), expected = matrix_of(golden["erased"]);
    std::vector<double> z;
    for (const auto& row : golden["z"].get<std::vector<std::vector<double>>>())
      z.insert(z.end(), row.begin(), row.end());
    const auto targets = std::ssize(z) / x.rows();
    const Matrix found = erased(x, least_squares_erasure({x.view(), z, targets}, {}));
    for (std::int64_t at = 0; at < x.rows() * x.cols(); ++at)
      EXPECT_NEAR(found.data()[at], expected.data()[at], 2e-6 * (1 + std::abs(x.data()[at])));
  }
}

// The test of concept-erasure: a fit to the label finds no weight of 1e-4.
TEST(LeastSquaresErasure, LeavesNothingToALinearClassifier) {
  for (const int classes : {2, 3}) {
    const Labelled data = labelled(400, 12, classes);
    const Matrix after = erased(data.x, least_squares_erasure(data.rows(), {}));
    const std::vector<double> means = class_means(data, after);
    for (std::size_t at = 0; at < means.size(); ++at) EXPECT_NEAR(means[at], means[at % 12], 1e-6);
    const auto largest_weight = [&](const Matrix& x) {
      const DenseDesign design(x.view());
      const LogisticSolution fit =
          solve_logistic({.x = &design, .labels = data.labels, .classes = classes, .c = 1, .tol = 1e-9});
      double largest = 0;
      for (const double w : fit.weights) largest = std::max(largest, std::abs(w));
      return largest;
    };
    EXPECT_GT(largest_weight(data.x), 0.5);
    EXPECT_LT(largest_weight(after), 1e-4);
  }
}

TEST(LeastSquaresErasure, ChangesNothingTheSecondTime) {
  const Labelled data = labelled(200, 9, 3);
  const Erasure erasure = least_squares_erasure(data.rows(), {});
  const Matrix once = erased(data.x, erasure), twice = erased(once, erasure);
  for (std::int64_t at = 0; at < 200 * 9; ++at) EXPECT_NEAR(once.data()[at], twice.data()[at], 1e-5);
}

// To project along the difference of the means makes them coincide too, and moves the rows further.
TEST(LeastSquaresErasure, MovesRowsLessThanAnOrthogonalProjection) {
  const Labelled data = labelled(300, 10, 2);
  const std::vector<double> means = class_means(data, data.x);
  std::vector<double> difference(10);
  for (int j = 0; j < 10; ++j) difference[j] = means[10 + j] - means[j];
  Nullspace space(10);
  ASSERT_TRUE(space.add(difference));
  Erasure projection = space.projection();
  projection.mean = least_squares_erasure(data.rows(), {}).mean;  // so that neither moves the mean
  const Matrix projected = erased(data.x, projection);
  const std::vector<double> after = class_means(data, projected);
  for (int j = 0; j < 10; ++j) EXPECT_NEAR(after[j], after[10 + j], 1e-5);
  const double least = squared_displacement(data.x, erased(data.x, least_squares_erasure(data.rows(), {})));
  EXPECT_LT(least, 0.9 * squared_displacement(data.x, projected));
}

TEST(LeastSquaresErasure, HasTheSameBitsOnAnyNumberOfThreads) {
  const Labelled data = labelled(600, 11, 3);
  const auto after = [&](const RunContext& context) {
    return erased(data.x, least_squares_erasure(data.rows(), context), context);
  };
  const Matrix one = after({.threads = 1}), three = after({.threads = 3});
  for (std::int64_t at = 0; at < 600 * 11; ++at) ASSERT_EQ(one.data()[at], three.data()[at]);
}

TEST(Nullspace, LosesARankWithEveryDirection) {
  const Labelled data = labelled(50, 6, 2);
  Nullspace space(6);
  for (std::int64_t i = 0; i < 6; ++i) {
    const std::span<const float> row = data.x.row(i);
    EXPECT_EQ(space.rank(), i);
    EXPECT_TRUE(space.add(std::vector<double>(row.begin(), row.end())));
    const Matrix once = erased(data.x, space.projection()), twice = erased(once, space.projection());
    for (std::int64_t at = 0; at < 50 * 6; ++at) EXPECT_NEAR(once.data()[at], twice.data()[at], 1e-5);
    for (std::int64_t j = 0; j <= i; ++j) {
      for (const float value : once.row(j)) EXPECT_NEAR(value, 0, 1e-5) << "a direction taken out";
    }
  }
  EXPECT_FALSE(space.add(std::vector<double>{1, 2, 3, 4, 5, 6})) << "nothing is left";
  const Matrix nothing = erased(data.x, space.projection());
  for (std::int64_t at = 0; at < 50 * 6; ++at) EXPECT_EQ(nothing.data()[at], 0) << "not even rounding";
  EXPECT_FALSE(Nullspace(2).add(std::vector<double>{0, 0}));
}

}  // namespace
}  // namespace sonde::solvers

#include "sonde/kernels/student_forces.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "numbers.h"

namespace sonde::kernels {
namespace {

// Points with random neighbours: up to 40 a row, some rows without any.
struct Cloud {
  std::int64_t n, dims, stride;
  AlignedFloats values;
  std::vector<std::int64_t> begin{0};
  std::vector<std::int32_t> columns;
  std::vector<float> weights;

  Cloud(std::int64_t count, std::int64_t of_dims)
      : n(count), dims(of_dims), stride(padded_points(count)), values(of_dims * stride) {
    const std::vector<float> drawn = draw("points", dims * n), more = draw("weights", n * 40);
    std::fill_n(values.data(), dims * stride, kFarAway);
    for (std::int64_t c = 0; c < dims; ++c) {
      for (std::int64_t i = 0; i < n; ++i) values.data()[c * stride + i] = 5 * drawn[c * n + i];
    }
    for (std::int64_t i = 0; i < n; ++i) {
      for (std::int64_t j = 0; j < (i * 7) % 40; ++j) {
        columns.push_back(static_cast<std::int32_t>((i * 13 + j * 5 + 1) % n));
        weights.push_back(std::abs(more[i * 40 + j]));
      }
      begin.push_back(static_cast<std::int64_t>(columns.size()));
    }
  }
  PointsView view() const { return {values.data(), n, dims}; }
  SparseView sparse() const { return {begin, columns, weights}; }
  double apart(std::int64_t c, std::int64_t i, std::int64_t j) const {
    return double(values.data()[c * stride + i]) - values.data()[c * stride + j];
  }
  double q(std::int64_t i, std::int64_t j) const {
    double square = 1;
    for (std::int64_t c = 0; c < dims; ++c) square += apart(c, i, j) * apart(c, i, j);
    return 1 / square;
  }
};

// Sums of n values of at most 1 in float32, each quotient true to 2^-23.
constexpr double kRounding = 3e-7;

using StudentForcesSimdTest = SimdTest;

TEST_P(StudentForcesSimdTest, EqualTheDefinition) {
  for (const auto& [n, dims] : {std::pair{1, 2}, {7, 3}, {64, 2}, {131, 2}, {131, 3}}) {
    const Cloud cloud(n, dims);
    std::vector<float> repulsion(dims * cloud.stride), attraction(dims * cloud.stride), sums(n), logs(n);
    student_repulsion(cloud.view(), {0, n}, repulsion.data(), sums.data());
    student_attraction(cloud.view(), cloud.sparse(), {0, n}, attraction.data());
    student_log_similarity(cloud.view(), cloud.sparse(), {0, n}, logs.data());
    for (std::int64_t i = 0; i < n; ++i) {
      double sum = 0, log_sum = 0;
      std::vector<double> away(dims), towards(dims);
      for (std::int64_t j = 0; j < n; ++j) {
        if (j == i) continue;
        sum += cloud.q(i, j);
        for (std::int64_t c = 0; c < dims; ++c) away[c] += std::pow(cloud.q(i, j), 2) * cloud.apart(c, i, j);
      }
      for (std::int64_t e = cloud.begin[i]; e < cloud.begin[i + 1]; ++e) {
        const std::int64_t j = cloud.columns[e];
        log_sum += cloud.weights[e] * std::log(cloud.q(i, j));
        for (std::int64_t c = 0; c < dims; ++c)
          towards[c] += cloud.weights[e] * cloud.q(i, j) * cloud.apart(c, i, j);
      }
      EXPECT_NEAR(sums[i], sum, kRounding * n);
      EXPECT_NEAR(logs[i], log_sum, kRounding * 40 * 6);
      for (std::int64_t c = 0; c < dims; ++c) {
        EXPECT_NEAR(repulsion[c * cloud.stride + i], away[c], kRounding * n);
        EXPECT_NEAR(attraction[c * cloud.stride + i], towards[c], kRounding * 40);
      }
    }
  }
}

TEST_P(StudentForcesSimdTest, APointDoesNotDependOnTheRange) {
  const Cloud cloud(77, 2);
  std::vector<float> whole(2 * cloud.stride), parts(2 * cloud.stride), sums(77), part_sums(77);
  student_repulsion(cloud.view(), {0, 77}, whole.data(), sums.data());
  for (const auto& [first, last] : {std::pair{0, 3}, {3, 50}, {50, 51}, {51, 77}})
    student_repulsion(cloud.view(), {first, last}, parts.data(), part_sums.data());
  EXPECT_TRUE(same_bits(whole, parts));
  EXPECT_TRUE(same_bits(sums, part_sums));
}

INSTANTIATE_TEST_SUITE_P(Levels, StudentForcesSimdTest,
                         ::testing::ValuesIn(hwy::SupportedAndGeneratedTargets()), simd_name);

}  // namespace
}  // namespace sonde::kernels

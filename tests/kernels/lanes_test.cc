#include "sonde/kernels/lanes.h"

#include "numbers.h"

namespace sonde::kernels {
namespace {

class Lanes : public SimdTest {};
INSTANTIATE_TEST_SUITE_P(Levels, Lanes, testing::ValuesIn(hwy::SupportedAndGeneratedTargets()), simd_name);

AlignedFloats aligned(const std::vector<float>& values) {
  AlignedFloats copy(static_cast<std::int64_t>(values.size()));
  std::copy(values.begin(), values.end(), copy.data());
  return copy;
}

// Both products against sums in double, for numbers of rows and columns that fill no block.
TEST_P(Lanes, EqualTheSumsTheyStandFor) {
  for (const std::int64_t n : {1, 2, 7, 24, 35, 150}) {
    for (const std::int64_t d : {1, 23, 24, 61}) {
      Buffer buffer = Buffer::drawn("x", n, d, 3);
      const MatrixView x = buffer.view();
      const LaneFeatures features(x);
      ASSERT_EQ(features.rows(), n);
      ASSERT_EQ(features.cols(), d);
      ASSERT_GE(features.padded_cols(), d);
      const AlignedFloats weights = aligned(draw("w", features.padded_cols() * kLanes));
      const std::vector<float> before = draw("p", n * kLanes);
      AlignedFloats out = aligned(before);
      features.add_products(weights.data(), out.data());
      AlignedFloats gradients(features.padded_cols() * kLanes);
      features.gradients(out.data(), gradients.data());
      for (std::int64_t lane = 0; lane < kLanes; ++lane) {
        for (std::int64_t i = 0; i < n; ++i) {
          double sum = before[i * kLanes + lane];
          for (std::int64_t j = 0; j < d; ++j) sum += double(x.row(i)[j]) * weights.data()[j * kLanes + lane];
          // Float sums of at most 62 products below 1: 62 roundings of numbers up to 62 · 6e-8 at most.
          EXPECT_NEAR(out.data()[i * kLanes + lane], sum, 1e-5);
        }
        for (std::int64_t j = 0; j < features.padded_cols(); ++j) {
          double sum = 0;
          for (std::int64_t i = 0; j < d && i < n; ++i)
            sum += double(x.row(i)[j]) * out.data()[i * kLanes + lane];
          EXPECT_NEAR(gradients.data()[j * kLanes + lane], sum, 1e-4) << j;  // the same of numbers up to 10
        }
      }
    }
  }
}

TEST_P(Lanes, GiveALaneTheSameBitsWhateverTheOthersHold) {
  Buffer buffer = Buffer::drawn("x", 33, 50);
  const LaneFeatures features(buffer.view());
  std::vector<float> weights = draw("w", features.padded_cols() * kLanes);
  std::vector<float> results[2];
  for (std::vector<float>& result : results) {
    AlignedFloats out = aligned(std::vector<float>(33 * kLanes)), gradients(features.padded_cols() * kLanes);
    features.add_products(aligned(weights).data(), out.data());
    features.gradients(out.data(), gradients.data());
    for (std::int64_t j = 0; j < features.padded_cols(); ++j) {
      result.push_back(gradients.data()[j * kLanes + 5]);
      for (std::int64_t lane = 0; lane < kLanes; ++lane)
        if (lane != 5) weights[j * kLanes + lane] = 7;
    }
  }
  EXPECT_TRUE(same_bits(results[0], results[1]));
}

}  // namespace
}  // namespace sonde::kernels

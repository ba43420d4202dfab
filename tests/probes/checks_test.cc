#include "sonde/probes/checks.h"

#include <gmock/gmock.h>

#include <cmath>

namespace sonde::probes {
namespace {

TEST(Checks, NamesTheFirstRowsThatAreNotNumbersAndCountsAll) {
  Matrix x(20, 3);
  for (const int row : {4, 7, 8, 11, 12, 19}) x.row(row)[1] = NAN;
  try {
    check_features("logistic", ProbeInput::of_features(x.view()), -1);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("6 rows, first 4, 7, 8, 11, 12"));
  }
}

TEST(Checks, AcceptsTheLargestFiniteNumbers) {
  Matrix x(1, 2);
  x.row(0)[0] = 3.4e38f;
  x.row(0)[1] = -3.4e38f;
  EXPECT_NO_THROW(check_features("logistic", ProbeInput::of_features(x.view()), 2));
}

}  // namespace
}  // namespace sonde::probes

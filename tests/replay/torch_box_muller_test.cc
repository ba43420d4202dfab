#include "sonde/replay/torch_box_muller.h"

#include <gmock/gmock.h>

#include <cmath>

namespace sonde::replay {
namespace {

// Bit for bit it is tested with the generator; here that it is a Box–Muller transform over the whole range.
TEST(TorchBoxMuller, AgreesWithTheLibrarysLogarithmSineAndCosine) {
  for (int step = 0; step < 4096; ++step) {
    float narrow[16];
    double wide[16];
    for (int j = 0; j < 16; ++j) narrow[j] = static_cast<float>((step * 37 + j * 1021) % 65536) / 65536;
    for (int j = 0; j < 16; ++j) wide[j] = narrow[j];
    torch_box_muller(narrow, {});
    torch_box_muller(wide, {});
    // Radii stay below 5 here, and each step of the float transform rounds to 2^-24 relative.
    for (int j = 0; j < 16; ++j) ASSERT_NEAR(narrow[j], wide[j], 4e-6) << step << " " << j;
  }
}

TEST(TorchBoxMuller, KnowsTheAxes) {
  double at[16] = {};
  at[0] = 1 - std::exp(-0.5);  // radius 1
  at[8] = 0.25;
  torch_box_muller(at, {.mean = 10, .deviation = 2});
  EXPECT_NEAR(at[0], 10, 1e-15 * 10);
  EXPECT_NEAR(at[8], 12, 1e-15 * 12);
}

}  // namespace
}  // namespace sonde::replay

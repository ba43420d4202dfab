#include "sonde/study/process_memory.h"

#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <vector>

namespace sonde::study {
namespace {

double resident_mb() {
  double all = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> all >> resident;
  return resident * 4096 / 1e6;
}

TEST(ProcessMemory, PeakIsNeverBelowWhatIsHeld) {
  const double before = peak_memory_mb();
  EXPECT_GE(before * 1.1, resident_mb());  // both are the kernel's estimates
  const std::vector<char> held(64 << 20, 'x');
  EXPECT_GE(peak_memory_mb(), before);
  EXPECT_GE(peak_memory_mb(), 64.0);
}

// Small blocks below one that lives stay the allocator's until they are asked back.
TEST(ProcessMemory, FreedBlocksGoBack) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "the sanitizer brings an allocator of its own";
#endif
  std::vector<std::unique_ptr<std::vector<char>>> blocks;
  for (int i = 0; i < 20000; ++i) blocks.push_back(std::make_unique<std::vector<char>>(2000, 'x'));
  std::unique_ptr<std::vector<char>> last = std::move(blocks.back());
  blocks.clear();
  const double kept = resident_mb();
  return_freed_memory();
  EXPECT_LT(resident_mb(), kept - 20);
  EXPECT_EQ(last->size(), 2000u);
}

}  // namespace
}  // namespace sonde::study

#include "sonde/core/error.h"
#include "sonde/kernels/amx_internal.h"

#if defined(__x86_64__) && defined(__linux__)
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace sonde::kernels {
namespace {

// What LDTILECFG reads.
struct alignas(64) TileConfig {
  std::uint8_t palette = 1, start_row = 0;
  std::array<std::uint8_t, 14> reserved{};
  std::array<std::uint16_t, 16> row_bytes{};
  std::array<std::uint8_t, 16> rows{};

  TileConfig() {
    std::fill_n(row_bytes.begin(), 8, std::uint16_t{kTileBytes});
    std::fill_n(rows.begin(), 8, std::uint8_t{kTileRows});
  }
};

#pragma GCC push_options
#pragma GCC target("amx-tile")

void use_tiles(const TileConfig& config) { _tile_loadconfig(&config); }
void release_tiles() { _tile_release(); }

#pragma GCC pop_options

// Linux hands the tile registers only to a process that asks. Source: Linux,
// Documentation/arch/x86/xstate.rst.
bool ask_for_tiles() {
  constexpr long kRequestPermission = 0x1023, kTileData = 18;
  const bool there = __builtin_cpu_supports("amx-int8") != 0 && __builtin_cpu_supports("amx-bf16") != 0 &&
                     __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512bf16") != 0;
  return there && syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

}  // namespace

bool amx_is_there() {
  static const bool there = ask_for_tiles();
  return there;
}

TileRegisters::TileRegisters() {
  SONDE_ASSERT(amx_is_there());
  static const TileConfig config;
  use_tiles(config);
}
TileRegisters::~TileRegisters() { release_tiles(); }

}  // namespace sonde::kernels

#else

namespace sonde::kernels {

bool amx_is_there() { return false; }
TileRegisters::TileRegisters() = default;
TileRegisters::~TileRegisters() = default;

}  // namespace sonde::kernels

#endif

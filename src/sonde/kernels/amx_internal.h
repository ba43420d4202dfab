// The tile registers of AMX: eight matrices of 16 rows of 64 bytes. Nothing is multiplied here.
#pragma once

#include <cstdint>

namespace sonde::kernels {

inline constexpr std::int64_t kTileRows = 16;   ///< rows of a tile; columns of a tile of results
inline constexpr std::int64_t kTileBytes = 64;  ///< bytes in a row of a tile
inline constexpr std::int64_t kTileSize = kTileRows * kTileBytes;

/// Tell whether this machine multiplies bytes and bfloat16 numbers on AMX tiles and the system lets us.
bool amx_is_there();

/// Holds the tile registers of the calling thread, each a whole tile. Only where amx_is_there().
class TileRegisters {
 public:
  TileRegisters();
  ~TileRegisters();
  TileRegisters(const TileRegisters&) = delete;
  TileRegisters& operator=(const TileRegisters&) = delete;
};

}  // namespace sonde::kernels

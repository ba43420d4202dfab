#include "sonde/files/dequantize.h"

#include <array>
#include <cstdint>
#include <cstring>

#include "sonde/core/error.h"
#include "sonde/files/convert.h"

namespace sonde::files {
namespace {

// Each function reads one block and writes its elements. Sums and products stand as the reference has them:
// float32 rounds, so (d * q) + m is not d * (q + m / d).

float half_at(const std::uint8_t* bytes) {
  std::uint16_t bits;
  std::memcpy(&bits, bytes, sizeof(bits));
  return half_to_float(bits);
}

std::uint32_t word_at(const std::uint8_t* bytes) {
  std::uint32_t bits;
  std::memcpy(&bits, bytes, sizeof(bits));
  return bits;
}

// Elements i and i + 16 share a byte: the low four bits and the high four.
int nibble(const std::uint8_t* bytes, int i) { return i < 16 ? bytes[i] & 15 : bytes[i - 16] >> 4; }

// d [2 bytes], 32 nibbles: d * (q - 8)
void read_q4_0(const std::uint8_t* block, float* out) {
  const float d = half_at(block);
  for (int i = 0; i < 32; ++i) out[i] = d * static_cast<float>(nibble(block + 2, i) - 8);
}

// d, m, 32 nibbles: d * q + m
void read_q4_1(const std::uint8_t* block, float* out) {
  const float d = half_at(block), m = half_at(block + 2);
  for (int i = 0; i < 32; ++i) out[i] = d * static_cast<float>(nibble(block + 4, i)) + m;
}

// d, 32 fifth bits, 32 nibbles: d * (q - 16)
void read_q5_0(const std::uint8_t* block, float* out) {
  const float d = half_at(block);
  const std::uint32_t high = word_at(block + 2);
  for (int i = 0; i < 32; ++i) {
    const int q = nibble(block + 6, i) | static_cast<int>(high >> i & 1) << 4;
    out[i] = d * static_cast<float>(q - 16);
  }
}

// d, m, 32 fifth bits, 32 nibbles: d * q + m
void read_q5_1(const std::uint8_t* block, float* out) {
  const float d = half_at(block), m = half_at(block + 2);
  const std::uint32_t high = word_at(block + 4);
  for (int i = 0; i < 32; ++i) {
    const int q = nibble(block + 8, i) | static_cast<int>(high >> i & 1) << 4;
    out[i] = d * static_cast<float>(q) + m;
  }
}

// d, 32 signed bytes: q * d
void read_q8_0(const std::uint8_t* block, float* out) {
  const float d = half_at(block);
  for (int i = 0; i < 32; ++i) out[i] = static_cast<float>(static_cast<std::int8_t>(block[2 + i])) * d;
}

/// Scale and minimum of each group of 32 elements of a K block.
struct GroupScales {
  std::array<float, 8> scale;
  std::array<float, 8> minimum;
};

// d, dmin, then 12 bytes with eight 6-bit scales and eight 6-bit minima: the first four of each in the low
// bits of bytes 0–3 and 4–7, the others' low bits in bytes 8–11 and their high bits atop bytes 0–7.
GroupScales group_scales(const std::uint8_t* block) {
  const float d = half_at(block), dmin = half_at(block + 2);
  const std::uint8_t* packed = block + 4;
  GroupScales groups;
  for (int j = 0; j < 4; ++j) {
    groups.scale[j] = d * static_cast<float>(packed[j] & 63);
    groups.minimum[j] = dmin * static_cast<float>(packed[4 + j] & 63);
    groups.scale[4 + j] = d * static_cast<float>((packed[8 + j] & 15) | (packed[j] >> 2 & 48));
    groups.minimum[4 + j] = dmin * static_cast<float>((packed[8 + j] >> 4) | (packed[4 + j] >> 2 & 48));
  }
  return groups;
}

// Of 64 elements the first 32 have the low nibbles of 32 bytes, the others the high ones.
int group_nibble(const std::uint8_t* bytes, int group, int i) {
  return bytes[group / 2 * 32 + i] >> (group % 2 * 4) & 15;
}

// scales, 256 nibbles: d * q - m
void read_q4_k(const std::uint8_t* block, float* out) {
  const GroupScales groups = group_scales(block);
  for (int j = 0; j < 8; ++j) {
    for (int i = 0; i < 32; ++i) {
      const auto q = static_cast<float>(group_nibble(block + 16, j, i));
      out[j * 32 + i] = groups.scale[j] * q - groups.minimum[j];
    }
  }
}

// scales, 256 fifth bits (bit j of byte i for element i of group j), 256 nibbles: d * q - m
void read_q5_k(const std::uint8_t* block, float* out) {
  const GroupScales groups = group_scales(block);
  for (int j = 0; j < 8; ++j) {
    for (int i = 0; i < 32; ++i) {
      const int q = group_nibble(block + 48, j, i) | (block[16 + i] >> j & 1) << 4;
      out[j * 32 + i] = groups.scale[j] * static_cast<float>(q) - groups.minimum[j];
    }
  }
}

// 256 low nibbles, 256 pairs of high bits, 16 signed scales, d: d * scale * (q - 32). Each half of the block
// has 128 elements: two runs of 64 nibbles in 64 bytes, and pairs of bits of four runs of 32 in 32 bytes.
void read_q6_k(const std::uint8_t* block, float* out) {
  const std::uint8_t* low = block;
  const std::uint8_t* high = block + 128;
  const std::uint8_t* scales = block + 192;
  const float d = half_at(block + 208);
  for (int i = 0; i < 256; ++i) {
    const int half = i / 128, place = i % 128;
    const int bits = low[half * 64 + place % 64] >> (place / 64 * 4) & 15;
    const int top = high[half * 32 + place % 32] >> (place / 32 * 2) & 3;
    const float scale = d * static_cast<float>(static_cast<std::int8_t>(scales[i / 16]));
    out[i] = scale * static_cast<float>((bits | top << 4) - 32);
  }
}

using ReadBlock = void (*)(const std::uint8_t* block, float* out);

ReadBlock reader_of(DType dtype) {
  switch (dtype) {
    case DType::q4_0:
      return read_q4_0;
    case DType::q4_1:
      return read_q4_1;
    case DType::q5_0:
      return read_q5_0;
    case DType::q5_1:
      return read_q5_1;
    case DType::q8_0:
      return read_q8_0;
    case DType::q4_k:
      return read_q4_k;
    case DType::q5_k:
      return read_q5_k;
    case DType::q6_k:
      return read_q6_k;
    default:
      return nullptr;
  }
}

}  // namespace

void dequantize(DType dtype, std::span<const std::byte> blocks, std::span<float> target) {
  const BlockSize size = block_of(dtype);
  const ReadBlock read = reader_of(dtype);
  const auto bytes = static_cast<std::size_t>(size.bytes), elements = static_cast<std::size_t>(size.elements);
  SONDE_ASSERT(read != nullptr && blocks.size() % bytes == 0 &&
               blocks.size() / bytes * elements == target.size());
  const auto* source = reinterpret_cast<const std::uint8_t*>(blocks.data());
  for (std::size_t i = 0; i * bytes < blocks.size(); ++i) read(source + i * bytes, &target[i * elements]);
}

}  // namespace sonde::files

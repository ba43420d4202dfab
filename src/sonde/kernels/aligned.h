// Memory aligned for vector loads. Owns and moves only.
#pragma once

#include <hwy/aligned_allocator.h>

#include <cstdint>

namespace sonde::kernels {

/// An owned, uninitialised, vector-aligned array of floats.
class AlignedFloats {
 public:
  AlignedFloats() = default;
  explicit AlignedFloats(std::int64_t size) : size_(size) {
    if (size > 0) values_ = hwy::AllocateAligned<float>(static_cast<std::size_t>(size));
  }

  float* data() { return values_.get(); }
  const float* data() const { return values_.get(); }
  std::int64_t size() const { return size_; }

 private:
  hwy::AlignedFreeUniquePtr<float[]> values_;
  std::int64_t size_ = 0;
};

}  // namespace sonde::kernels

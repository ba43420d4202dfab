// Memory aligned for vector loads. Owns and moves only.
#pragma once

#include <hwy/aligned_allocator.h>

#include <cstdint>

namespace sonde::kernels {

/// An owned, uninitialised, vector-aligned array.
template <class T>
class Aligned {
 public:
  Aligned() = default;
  explicit Aligned(std::int64_t size) : size_(size) {
    if (size > 0) values_ = hwy::AllocateAligned<T>(static_cast<std::size_t>(size));
  }

  T* data() { return values_.get(); }
  const T* data() const { return values_.get(); }
  std::int64_t size() const { return size_; }

 private:
  hwy::AlignedFreeUniquePtr<T[]> values_;
  std::int64_t size_ = 0;
};

using AlignedFloats = Aligned<float>;

}  // namespace sonde::kernels

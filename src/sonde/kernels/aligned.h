// Memory aligned for vector loads, on huge pages where it is large. Owns and moves only.
#pragma once

#include <hwy/aligned_allocator.h>

#include <cstdint>

#include "sonde/kernels/huge_pages.h"

namespace sonde::kernels {

/// An owned, uninitialised, vector-aligned array.
template <class T>
class Aligned {
 public:
  Aligned() = default;
  explicit Aligned(std::int64_t size) : size_(size) {
    if (size <= 0) return;
    values_ = hwy::AllocateAligned<T>(static_cast<std::size_t>(size), allocate_on_huge_pages, free_huge_pages,
                                      nullptr);
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

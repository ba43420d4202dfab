// Memory aligned for vector loads, on huge pages where it is large. Owns and moves only.
#pragma once

#include <hwy/aligned_allocator.h>

#include <algorithm>
#include <cstdint>
#include <span>

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
  std::span<T> span() { return {data(), static_cast<std::size_t>(size_)}; }
  std::span<const T> span() const { return {data(), static_cast<std::size_t>(size_)}; }

 private:
  hwy::AlignedFreeUniquePtr<T[]> values_;
  std::int64_t size_ = 0;
};

using AlignedFloats = Aligned<float>;

/// Give an array of zeros.
template <class T>
Aligned<T> aligned_zeros(std::int64_t size) {
  Aligned<T> values(size);
  std::ranges::fill(values.span(), T{0});
  return values;
}

}  // namespace sonde::kernels

#include <algorithm>
#include <cstring>

#include "sonde/files/torch/strided_copy_internal.h"

namespace sonde::files {

bool is_empty(const StridedView& view) { return std::ranges::find(view.shape, 0) != view.shape.end(); }

std::optional<std::int64_t> elements_needed(const StridedView& view) {
  if (is_empty(view)) return view.offset;
  std::int64_t last = view.offset;
  for (std::size_t i = 0; i < view.shape.size(); ++i) {
    std::int64_t reach = 0;
    if (__builtin_mul_overflow(view.shape[i] - 1, view.strides[i], &reach) ||
        __builtin_add_overflow(last, reach, &last))
      return std::nullopt;
  }
  std::int64_t count = 0;
  if (__builtin_add_overflow(last, 1, &count)) return std::nullopt;
  return count;
}

std::optional<std::int64_t> element_total(const StridedView& view) {
  if (is_empty(view)) return 0;
  std::int64_t total = 1;
  for (const std::int64_t extent : view.shape) {
    if (__builtin_mul_overflow(total, extent, &total)) return std::nullopt;
  }
  return total;
}

bool is_row_major(const StridedView& view) {
  if (is_empty(view)) return true;
  std::int64_t step = 1;
  for (std::size_t i = view.shape.size(); i-- > 0;) {
    // The stride of a dimension of one element is never used.
    if (view.shape[i] != 1 && view.strides[i] != step) return false;
    if (__builtin_mul_overflow(step, view.shape[i], &step)) return false;
  }
  return true;
}

/// Copy the elements of the last dimension one after the other for every place in the others.
template <std::size_t kWidth>
static void gather(const std::byte* source, const StridedView& view, std::span<std::byte> target) {
  const std::size_t last = view.shape.size() - 1;  // a view of no dimension is row-major and never copied
  std::vector<std::int64_t> place(view.shape.size(), 0);
  std::byte* out = target.data();
  while (out != target.data() + target.size()) {
    for (std::int64_t i = 0; i < view.shape[last]; ++i, out += kWidth)
      std::memcpy(out, source + i * view.strides[last] * static_cast<std::int64_t>(kWidth), kWidth);
    for (std::size_t d = last; d-- > 0;) {
      const std::int64_t step = view.strides[d] * static_cast<std::int64_t>(kWidth);
      if (++place[d] < view.shape[d]) {
        source += step;
        break;
      }
      source -= step * (view.shape[d] - 1);
      place[d] = 0;
    }
  }
}

std::shared_ptr<const std::vector<std::byte>> row_major_copy(std::span<const std::byte> storage,
                                                             const StridedView& view, std::int64_t width) {
  auto copy = std::make_shared<std::vector<std::byte>>(
      static_cast<std::size_t>(element_total(view).value_or(0) * width));
  const std::byte* source = storage.data() + view.offset * width;
  const std::span<std::byte> target(*copy);
  if (width == 1) gather<1>(source, view, target);
  if (width == 2) gather<2>(source, view, target);
  if (width == 4) gather<4>(source, view, target);
  if (width == 8) gather<8>(source, view, target);
  return copy;
}

}  // namespace sonde::files

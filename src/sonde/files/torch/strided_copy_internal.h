// Views of a run of elements by offset, shape and strides, and their copies in row-major order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace sonde::files {

/// A view; all numbers are counts of elements and none is negative.
struct StridedView {
  std::int64_t offset = 0;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;  ///< as many as the shape has dimensions
};

/// Tell whether a dimension is 0.
bool is_empty(const StridedView& view);

/// Count the elements that the storage must have for the view to lie in it; nothing when above 2^63 - 1.
std::optional<std::int64_t> elements_needed(const StridedView& view);

/// Count the view's own elements; nothing when above 2^63 - 1.
std::optional<std::int64_t> element_total(const StridedView& view);

/// Tell whether the view's elements follow each other in row-major order.
bool is_row_major(const StridedView& view);

/// Copy the view's elements, `width` bytes each, in row-major order. The view must lie in `storage`.
std::shared_ptr<const std::vector<std::byte>> row_major_copy(std::span<const std::byte> storage,
                                                             const StridedView& view, std::int64_t width);

}  // namespace sonde::files

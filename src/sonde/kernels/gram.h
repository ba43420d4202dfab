// Sums of products of columns, xᵀx, of rows that were packed into panels: the half on and above the diagonal,
// added to a float64 matrix that is kept between calls. Packing, centring and threads are the caller's.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "sonde/kernels/aligned.h"

namespace sonde::kernels {

/// Columns of a panel.
inline constexpr std::int64_t kGramPanel = 32;
/// Rows whose products are summed in the panel's own type before they are added to float64.
inline constexpr std::int64_t kGramStrip = 128;

/// Give the panels that `cols` columns take.
constexpr std::int64_t gram_panels(std::int64_t cols) { return (cols + kGramPanel - 1) / kGramPanel; }

/// Rows of T (float or double) cut into panels, [panels][rows][kGramPanel], and those into strips. Columns
/// past the last must be written as zeros; rows past the last are not read.
template <class T>
class GramRows {
 public:
  GramRows(std::int64_t most_rows, std::int64_t cols)
      : panels_(gram_panels(cols)),
        distance_(most_rows * kGramPanel + 64 / sizeof(T)),
        values_(panels_ * distance_) {}

  std::int64_t rows() const { return rows_; }
  std::int64_t panels() const { return panels_; }
  std::int64_t strips() const { return (rows_ + kGramStrip - 1) / kGramStrip; }
  void set_rows(std::int64_t rows) { rows_ = rows; }
  /// Give the first of a strip's rows of a panel; row r of them begins kGramPanel · r further.
  T* panel(std::int64_t strip, std::int64_t panel) {
    return values_.data() + panel * distance_ + strip * kGramStrip * kGramPanel;
  }
  const T* panel(std::int64_t strip, std::int64_t panel) const {
    return values_.data() + panel * distance_ + strip * kGramStrip * kGramPanel;
  }

 private:
  std::int64_t panels_;
  std::int64_t distance_;  // between panels: a line more than they hold, or they would share parts of a cache
  std::int64_t rows_ = 0;
  Aligned<T> values_;
};

/// A square of panels on or above the diagonal, small enough to stay in cache: one task of a product.
struct GramTile {
  std::int64_t first_row = 0;  ///< panels, [first, last)
  std::int64_t last_row = 0;
  std::int64_t first_col = 0;
  std::int64_t last_col = 0;
};

/// Cut the half of `panels` × `panels` on and above the diagonal into tiles, from panel `first` on.
std::vector<GramTile> gram_tiles(std::int64_t panels, std::int64_t first = 0);

/// Whether products are added or taken away.
enum class GramSign { plus, minus };

/// The matrix that sums are added to: element (i, j), j ≥ i, at data[i · stride + j], with room for whole
/// panels.
struct GramSum {
  double* data = nullptr;
  std::int64_t stride = 0;
};

/// Add one tile of xᵀx to c. Within a strip an element is one sum in the order of the rows, so its bits
/// depend on nothing but the rows (and on whether the machine fuses multiply and add).
void add_gram(const GramRows<float>& x, const GramTile& tile, GramSign sign, const GramSum& c);
void add_gram(const GramRows<double>& x, const GramTile& tile, GramSign sign, const GramSum& c);

}  // namespace sonde::kernels

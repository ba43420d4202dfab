// Sums of products of columns, as gram.h has them, on AMX tiles: rows come in blocks, their columns are cut
// into digits, and the sums stay here in the order in which tiles write them until they are asked for.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "sonde/core/matrix.h"
#include "sonde/kernels/gram.h"

namespace sonde::kernels {

/// xᵀx of rows of floats, block by block. Sums of 384 rows are rounded to float and added in float64.
/// Source: digits_internal.h and docs/decisions/0002.
class GramDigits {
 public:
  /// Tell whether this machine has AMX tiles; nothing else here may be called where it has not.
  static bool there();

  /// Begin with sums of zero and room for blocks of at most `most_rows`.
  GramDigits(std::int64_t most_rows, std::int64_t cols);
  ~GramDigits();
  GramDigits(GramDigits&&) noexcept;
  GramDigits& operator=(GramDigits&&) noexcept;

  /// Begin a block of rows.
  void set_rows(std::int64_t rows);
  /// Take the columns of whole panels from `first` on, each less its centre. Panels may be taken by several
  /// threads; columns past the last must be zeros.
  /// Shapes: x [rows, any number of panels · kGramPanel]; centre as long as a row.
  void take(MatrixView x, std::span<const double> centre, std::int64_t first);
  /// Add the products of one tile, all of whose panels must have been taken. Tiles may be added by several
  /// threads.
  void add(const GramTile& tile);
  /// Add the sums of all blocks to the rows of one panel of c. Panels may be added by several threads.
  void add_to(const GramSum& c, std::int64_t panel) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sonde::kernels

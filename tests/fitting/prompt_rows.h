// Rows of prompts whose differences are easily told.
#pragma once

#include "sonde/core/matrix.h"

namespace sonde::fitting {

/// Three examples of two prompts of width 2: prompt rows 0 1 | 2 3, 4 5 | 6 7, …, the second squared.
inline Matrix prompt_rows() {
  Matrix rows(6, 2);
  for (int i = 0; i < 12; ++i) rows.data()[i] = static_cast<float>(i % 4 < 2 ? i : i * i);
  return rows;
}

}  // namespace sonde::fitting

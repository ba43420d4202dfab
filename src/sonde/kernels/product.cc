#include "sonde/kernels/product.h"

#include <omp.h>
#include <oneapi/dnnl/dnnl.h>

#include <algorithm>

namespace sonde::kernels {
namespace {

char letter(Transpose transpose) { return transpose == Transpose::yes ? 'T' : 'N'; }

void clear(MutableMatrixView c) {
  for (std::int64_t i = 0; i < c.rows; ++i) std::ranges::fill(c.row(i), 0.0f);
}

}  // namespace

void matrix_product(const Factor& a, const Factor& b, MutableMatrixView c, Before before) {
  SONDE_ASSERT(a.rows() == c.rows && b.cols() == c.cols && a.cols() == b.rows());
  if (c.rows == 0 || c.cols == 0) return;
  if (a.cols() == 0) {
    if (before == Before::overwritten) clear(c);
    return;
  }
  omp_set_num_threads(1);  // of this thread; oneDNN would otherwise start a team per call
  const float keep = before == Before::added_to ? 1.0f : 0.0f;
  const dnnl_status_t status =
      dnnl_sgemm(letter(a.transpose), letter(b.transpose), c.rows, c.cols, a.cols(), 1.0f, a.matrix.data,
                 a.matrix.stride, b.matrix.data, b.matrix.stride, keep, c.data, c.stride);
  SONDE_ASSERT(status == dnnl_success);
}

}  // namespace sonde::kernels

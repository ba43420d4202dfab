// The Box–Muller transform of sixteen uniforms at once, as torch does it. For floats torch's AVX2 code has
// logarithm, sine and cosine of its own (Cephes polynomials), which round unlike the C library's; they are
// followed operation for operation, fused multiply-adds included.
#pragma once

namespace sonde::replay {

/// Mean and standard deviation of what is drawn.
template <class T>
struct TorchNormal {
  T mean = 0;
  T deviation = 1;
};

/// Turn uniforms in [0, 1) into normals in place: number j and j + 8 become one pair.
/// Source: torch 2.15.0, ATen/native/cpu/DistributionTemplates.h (NormalFill16) and avx_mathfun.h;
/// Moshier, Cephes library, logf.c and sinf.c.
void torch_box_muller(float* sixteen, TorchNormal<float> normal);
void torch_box_muller(double* sixteen, TorchNormal<double> normal);

}  // namespace sonde::replay

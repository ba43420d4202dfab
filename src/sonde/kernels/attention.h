// Attention inside one sequence of a packed block.
#pragma once

#include <cstdint>

#include "sonde/core/matrix.h"
#include "sonde/kernels/aligned.h"
#include "sonde/kernels/distance.h"

namespace sonde::kernels {

/// Which earlier and later tokens a token sees.
enum class AttentionMask {
  all,     ///< every token of its text
  causal,  ///< itself and the tokens before it
};

/// The shape of an attention layer.
struct AttentionShape {
  std::int64_t heads = 1;       ///< h
  std::int64_t key_heads = 1;   ///< heads of keys and values; divides h
  std::int64_t head_width = 1;  ///< e
  float scale = 1.0f;           ///< factor on q·k
  AttentionMask mask = AttentionMask::all;
  /// A token sees only tokens fewer than this away: before it, and without a causal mask also after it; 0: no
  /// bound.
  std::int64_t window = 0;
  float soft_cap = 0.0f;  ///< scores s become cap·tanh(s/cap) before the softmax; 0: as they are
};

/// The memory one worker's attention needs, kept between calls.
class AttentionScratch {
 public:
  /// Make room for sequences of up to `tokens` tokens.
  AttentionScratch(const AttentionShape& shape, std::int64_t tokens);
  /// Give the floats that such a scratch holds.
  static std::int64_t floats(const AttentionShape& shape, std::int64_t tokens);

  float* keys() { return memory_.data(); }
  float* values() { return memory_.data() + values_at_; }
  float* scores() { return memory_.data() + scores_at_; }

 private:
  std::int64_t values_at_;
  std::int64_t scores_at_;
  AlignedFloats memory_;
};

/// Where the operands of one sequence lie.
struct AttentionOperands {
  MatrixView query;                          ///< [t, h·e]
  MatrixView key;                            ///< [t, key_heads·e]
  MatrixView value;                          ///< [t, key_heads·e]
  MutableMatrixView context;                 ///< [t, h·e], written
  float* weights = nullptr;                  ///< [h, t, t] written when not null
  const DistanceTerms* distances = nullptr;  ///< added to q·k before the scale, when not null
};

/// Compute softmax(scale·q·kᵀ)·v for every head of one sequence.
/// Source: Vaswani et al. 2017, eq. 1; grouped key/value heads as in Ainslie et al. 2023; distance terms as
/// in He et al. 2021, "DeBERTa", eq. 4; the soft cap as in Gemma Team 2024, section 2. Cost: t²·h·e
/// multiply-adds twice, and once more for each distance table; with a window about t·h·e times the tokens
/// that one token sees.
void attend(const AttentionShape& shape, const AttentionOperands& operands, AttentionScratch& scratch);

}  // namespace sonde::kernels

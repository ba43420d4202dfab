// Attention inside one sequence of a packed block.
#pragma once

#include <cstdint>
#include <span>

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

/// Neighbouring rows of a matrix.
struct RowRun {
  std::int64_t first = 0;
  std::int64_t count = 0;
};

/// Where the operands of one sequence lie. Its q queries may be some of its tokens only, and its t keys rows
/// that lie apart.
struct AttentionOperands {
  MatrixView query;           ///< [q, h·e]
  MatrixView key;             ///< [t, key_heads·e], or more rows, of which key_rows are used
  MatrixView value;           ///< as key
  MutableMatrixView context;  ///< [q, h·e], written; zeros for a query that sees no key
  float* weights = nullptr;   ///< [h, q, t] written when not null
  const DistanceTerms* distances =
      nullptr;                            ///< added to q·k before the scale; then q = t and keys are one run
  std::span<const RowRun> key_rows = {};  ///< t rows of key and value, in order; empty: all
  std::int64_t first_query = 0;           ///< place of the first query among the keys, below 0 before them
};

/// Compute softmax(scale·q·kᵀ)·v for every head of one sequence.
/// Source: Vaswani et al. 2017, eq. 1; grouped key/value heads as in Ainslie et al. 2023; distance terms as
/// in He et al. 2021, "DeBERTa", eq. 4; the soft cap as in Gemma Team 2024, section 2. A query's row has the
/// same bits whichever others are asked for, and wherever its keys lie. Cost: q·t·h·e multiply-adds twice,
/// and once more for each distance table; with a window about q·h·e times the tokens that one token sees.
void attend(const AttentionShape& shape, const AttentionOperands& operands, AttentionScratch& scratch);

}  // namespace sonde::kernels

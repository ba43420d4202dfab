// Scores for a few rows at a time against all keys, softmax over whole rows, then weights times values: both
// products run through the micro-kernel over keys and values packed once per head. Nothing of size t·t is
// kept.
#include "sonde/kernels/attention.h"

#include <algorithm>
#include <limits>
#include <optional>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sonde/kernels/attention.cc"
// clang-format off: foreach_target.h must come before every other header of Highway
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include <hwy/contrib/math/math-inl.h>
// clang-format on

#include "sonde/kernels/distance-inl.h"
#include "sonde/kernels/micro-inl.h"

HWY_BEFORE_NAMESPACE();
namespace sonde::kernels::HWY_NAMESPACE {

HWY_INLINE std::int64_t round_up(std::int64_t value, std::int64_t step) {
  return (value + step - 1) / step * step;
}

// keys [t, e] of one head -> panels [t/width][e][width], zeros where a panel reaches past t.
void pack_keys(MatrixView key, float* panels) {
  const std::int64_t width = panel_width();
  for (std::int64_t first = 0; first < key.rows; first += width, panels += key.cols * width) {
    const std::int64_t columns = std::min(width, key.rows - first);
    if (columns < width) std::fill_n(panels, key.cols * width, 0.0f);
    for (std::int64_t j = 0; j < columns; ++j) {
      const float* row = key.data + (first + j) * key.stride;
      for (std::int64_t k = 0; k < key.cols; ++k) panels[k * width + j] = row[k];
    }
  }
}

// values [t, e] of one head -> panels [e/width][t][width], zeros where a panel reaches past e.
void pack_values(MatrixView value, float* panels) {
  const std::int64_t width = panel_width();
  for (std::int64_t first = 0; first < value.cols; first += width) {
    const std::int64_t columns = std::min(width, value.cols - first);
    for (std::int64_t t = 0; t < value.rows; ++t, panels += width) {
      std::copy_n(value.data + t * value.stride + first, columns, panels);
      std::fill_n(panels + columns, width - columns, 0.0f);
    }
  }
}

// scores[0..size) -> softmax(scale·scores) in place.
HWY_INLINE void softmax_row(float* scores, std::int64_t size, float scale) {
  const FloatTag d;
  const std::int64_t lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const std::int64_t padded = round_up(size, lanes);
  std::fill(scores + size, scores + padded, std::numeric_limits<float>::lowest());
  FloatVector top = hn::Load(d, scores);
  FloatVector taint =
      hn::Sub(top, top);  // 0, or NaN once a score is NaN or infinite, which exp alone would hide
  for (std::int64_t i = lanes; i < padded; i += lanes) {
    const FloatVector score = hn::Load(d, scores + i);
    top = hn::Max(top, score);
    taint = hn::Add(taint, hn::Sub(score, score));
  }
  const FloatVector largest = hn::MaxOfLanes(d, top), factor = hn::Set(d, scale);
  FloatVector sum = taint;
  for (std::int64_t i = 0; i < padded; i += lanes) {
    const FloatVector power = hn::Exp(d, hn::Mul(hn::Sub(hn::Load(d, scores + i), largest), factor));
    sum = hn::Add(sum, power);
    hn::Store(power, d, scores + i);
  }
  const FloatVector inverse = hn::Div(hn::Set(d, 1.0f), hn::SumOfLanes(d, sum));
  for (std::int64_t i = 0; i < padded; i += lanes)
    hn::Store(hn::Mul(hn::Load(d, scores + i), inverse), d, scores + i);
}

// scores[0..size) -> cap·tanh(factor·scores) in place; a score that is no finite number becomes NaN, which
// tanh alone would hide.
HWY_INLINE void cap_row(float* scores, std::int64_t size, float factor, float cap) {
  const FloatTag d;
  const std::int64_t lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (std::int64_t i = 0; i < size; i += lanes) {
    const FloatVector score = hn::Load(d, scores + i);
    const FloatVector capped = hn::Mul(hn::Set(d, cap), hn::Tanh(d, hn::Mul(score, hn::Set(d, factor))));
    hn::Store(hn::Add(capped, hn::Sub(score, score)), d, scores + i);
  }
}

// scores[0..size) of one token -> its weights, exactly 0 for the first `hidden`, which its window leaves out.
HWY_INLINE void weigh_row(const AttentionShape& shape, float* scores, std::int64_t size,
                          std::int64_t hidden) {
  float scale = shape.scale;
  if (shape.soft_cap > 0) {
    cap_row(scores, size, scale / shape.soft_cap, shape.soft_cap);
    scale = 1.0f;
  }
  if (hidden > 0) std::fill_n(scores, hidden, std::numeric_limits<float>::lowest());
  softmax_row(scores, size, scale);
}

// The keys that a row sees: from first, before end.
struct Reach {
  std::int64_t first, end;
};

HWY_INLINE Reach reach_of(const AttentionShape& shape, std::int64_t row, std::int64_t tokens) {
  const std::int64_t side = shape.window > 0 ? shape.window : tokens;
  const std::int64_t after = shape.mask == AttentionMask::causal ? 1 : side;
  return {std::max<std::int64_t>(0, row - side + 1), std::min(tokens, row + after)};
}

// One head of one sequence.
struct HeadOperands {
  MatrixView query;           // [t, e]
  MutableMatrixView context;  // [t, e]
  float* weights;             // [t, t], or null
  HeadDistances* distances;   // or null
};

void attend_head(const AttentionShape& shape, const HeadOperands& head, AttentionScratch& scratch) {
  const auto& [query, context, weights, distances] = head;
  const std::int64_t width = panel_width(), tokens = query.rows, e = query.cols;
  const std::int64_t stride = round_up(tokens, width);
  for (std::int64_t first = 0; first < tokens; first += kMicroRows) {
    const std::int64_t rows = std::min<std::int64_t>(kMicroRows, tokens - first);
    // Keys [begin, end) are seen by some of the rows; before begin whole panels are left out, so that the
    // sums of what remains run in the same lanes and order.
    const std::int64_t begin = reach_of(shape, first, tokens).first / width * width;
    const std::int64_t end = reach_of(shape, first + rows - 1, tokens).end;
    MicroOperands score{query.data + first * query.stride,
                        query.stride,
                        scratch.keys() + begin * e,
                        e,
                        nullptr,
                        scratch.scores() + begin,
                        stride,
                        width};
    for (std::int64_t column = begin; column < end; column += width) {
      panel_product(score, rows);
      score.panel += e * width;
      score.c += width;
    }
    if (distances != nullptr) distances->add_to(scratch.scores(), stride, first, rows, end);
    for (std::int64_t i = 0; i < rows; ++i) {
      float* row = scratch.scores() + i * stride;
      const Reach reach = reach_of(shape, first + i, tokens);
      weigh_row(shape, row + begin, reach.end - begin, reach.first - begin);
      std::fill(row + reach.end, row + end, 0.0f);
      if (weights != nullptr) {
        float* kept = weights + (first + i) * tokens;
        std::fill_n(kept, begin, 0.0f);
        std::fill(std::copy(row + begin, row + reach.end, kept + begin), kept + tokens, 0.0f);
      }
    }
    MicroOperands mix{scratch.scores() + begin,
                      stride,
                      scratch.values() + begin * width,
                      end - begin,
                      nullptr,
                      context.data + first * context.stride,
                      context.stride,
                      width};
    for (std::int64_t column = 0; column < e; column += width) {
      mix.columns = std::min(width, e - column);
      panel_product(mix, rows);
      mix.panel += tokens * width;
      mix.c += width;
    }
  }
}

void attend_sequence(const AttentionShape& shape, const AttentionOperands& o, AttentionScratch& scratch) {
  const std::int64_t e = shape.head_width, tokens = o.query.rows, shared = shape.heads / shape.key_heads;
  for (std::int64_t head = 0; head < shape.heads; ++head) {
    if (head % shared == 0) {
      const std::int64_t at = head / shared * e;
      pack_keys({o.key.data + at, tokens, e, o.key.stride}, scratch.keys());
      pack_values({o.value.data + at, tokens, e, o.value.stride}, scratch.values());
    }
    const MatrixView query{o.query.data + head * e, tokens, e, o.query.stride};
    const MatrixView key{o.key.data + head / shared * e, tokens, e, o.key.stride};
    std::optional<HeadDistances> distances;
    if (o.distances != nullptr) distances.emplace(*o.distances, head, query, key);
    attend_head(shape,
                {query,
                 {o.context.data + head * e, tokens, e, o.context.stride},
                 o.weights == nullptr ? nullptr : o.weights + head * tokens * tokens,
                 distances ? &*distances : nullptr},
                scratch);
  }
}

std::int64_t attention_panel_width() { return panel_width(); }
std::int64_t attention_micro_rows() { return kMicroRows; }

}  // namespace sonde::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sonde::kernels {
namespace {

HWY_EXPORT(attend_sequence);
HWY_EXPORT(attention_panel_width);
HWY_EXPORT(attention_micro_rows);

struct ScratchSizes {
  std::int64_t keys, values, scores;
};

ScratchSizes sizes_of(const AttentionShape& shape, std::int64_t tokens) {
  const std::int64_t width = HWY_DYNAMIC_DISPATCH(attention_panel_width)();
  const auto padded = [width](std::int64_t value) { return (value + width - 1) / width * width; };
  return {padded(tokens) * shape.head_width, padded(shape.head_width) * tokens,
          padded(tokens) * HWY_DYNAMIC_DISPATCH(attention_micro_rows)()};
}

// Keep the three parts on vector boundaries.
std::int64_t aligned(std::int64_t floats) { return (floats + 63) / 64 * 64; }

}  // namespace

AttentionScratch::AttentionScratch(const AttentionShape& shape, std::int64_t tokens)
    : values_at_(aligned(sizes_of(shape, tokens).keys)),
      scores_at_(values_at_ + aligned(sizes_of(shape, tokens).values)),
      memory_(floats(shape, tokens)) {}

std::int64_t AttentionScratch::floats(const AttentionShape& shape, std::int64_t tokens) {
  const ScratchSizes sizes = sizes_of(shape, tokens);
  return aligned(sizes.keys) + aligned(sizes.values) + aligned(sizes.scores);
}

void attend(const AttentionShape& shape, const AttentionOperands& operands, AttentionScratch& scratch) {
  HWY_DYNAMIC_DISPATCH(attend_sequence)(shape, operands, scratch);
}

}  // namespace sonde::kernels
#endif

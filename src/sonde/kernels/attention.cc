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

#include "sonde/core/error.h"
#include "sonde/kernels/distance-inl.h"
#include "sonde/kernels/micro-inl.h"

HWY_BEFORE_NAMESPACE();
namespace sonde::kernels::HWY_NAMESPACE {

HWY_INLINE std::int64_t round_up(std::int64_t value, std::int64_t step) {
  return (value + step - 1) / step * step;
}

// The rows of one head's keys or values, in the order of the tokens.
struct HeadRows {
  MatrixView all;
  std::span<const RowRun> runs;
};

template <class Use>
HWY_INLINE void for_each_row(const HeadRows& rows, const Use& use) {
  std::int64_t at = 0;
  for (const RowRun& run : rows.runs) {
    const float* row = rows.all.data + run.first * rows.all.stride;
    for (std::int64_t i = 0; i < run.count; ++i, row += rows.all.stride) use(at++, row);
  }
}

// keys [t, e] of one head -> panels [t/width][e][width], zeros where a panel reaches past t.
void pack_keys(const HeadRows& keys, std::int64_t tokens, float* panels) {
  const std::int64_t width = panel_width(), e = keys.all.cols;
  if (tokens % width != 0) std::fill_n(panels + tokens / width * width * e, width * e, 0.0f);
  for_each_row(keys, [&](std::int64_t at, const float* row) {
    float* column = panels + at / width * width * e + at % width;
    for (std::int64_t k = 0; k < e; ++k) column[k * width] = row[k];
  });
}

// values [t, e] of one head -> panels [e/width][t][width], zeros where a panel reaches past e.
void pack_values(const HeadRows& values, std::int64_t tokens, float* panels) {
  const std::int64_t width = panel_width(), e = values.all.cols;
  for_each_row(values, [&](std::int64_t at, const float* row) {
    float* part = panels + at * width;
    for (std::int64_t first = 0; first < e; first += width, part += tokens * width) {
      const std::int64_t columns = std::min(width, e - first);
      std::copy_n(row + first, columns, part);
      std::fill_n(part + columns, width - columns, 0.0f);
    }
  });
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

// The keys that a query sees: from first, before end; none where end is not beyond first.
struct Reach {
  std::int64_t first, end;
};

// The reach of the query at `place` among `keys` keys.
HWY_INLINE Reach reach_of(const AttentionShape& shape, std::int64_t place, std::int64_t keys) {
  const std::int64_t after = shape.mask == AttentionMask::causal ? 1 : shape.window > 0 ? shape.window : keys;
  const std::int64_t first = shape.window > 0 ? place - shape.window + 1 : 0;
  const std::int64_t end = shape.mask == AttentionMask::all && shape.window == 0 ? keys : place + after;
  return {std::max<std::int64_t>(0, first), std::min(keys, end)};
}

// One head of one sequence.
struct HeadOperands {
  MatrixView query;           // [q, e]
  MutableMatrixView context;  // [q, e]
  float* weights;             // [q, t], or null
  HeadDistances* distances;   // or null
  std::int64_t keys;          // t
  std::int64_t first_query;   // place of the first query among the keys
};

// scores of one query over the keys of a block -> its weights there, and in `kept` [t] where that is wanted.
HWY_INLINE void weigh_query(const AttentionShape& shape, float* row, Reach block, Reach reach,
                            std::span<float> kept) {
  if (reach.end > reach.first) {
    weigh_row(shape, row + block.first, reach.end - block.first, reach.first - block.first);
  } else {
    reach.end = block.first;
  }
  std::fill(row + reach.end, row + block.end, 0.0f);
  if (kept.empty()) return;
  std::ranges::fill(kept, 0.0f);
  std::copy(row + block.first, row + reach.end, kept.begin() + block.first);
}

void attend_head(const AttentionShape& shape, const HeadOperands& head, AttentionScratch& scratch) {
  const auto& [query, context, weights, distances, keys, first_query] = head;
  const std::int64_t width = panel_width(), e = query.cols;
  const std::int64_t stride = round_up(keys, width);
  for (std::int64_t first = 0; first < query.rows; first += kMicroRows) {
    const std::int64_t rows = std::min<std::int64_t>(kMicroRows, query.rows - first);
    const std::int64_t place = first_query + first;
    // Keys [begin, end) are seen by some of the rows; before begin whole panels are left out, so that the
    // sums of what remains run in the same lanes and order.
    const std::int64_t begin = std::min(reach_of(shape, place, keys).first, keys) / width * width;
    const std::int64_t end = std::max(reach_of(shape, place + rows - 1, keys).end, begin);
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
      float* kept = weights == nullptr ? nullptr : weights + (first + i) * keys;
      weigh_query(shape, scratch.scores() + i * stride, {begin, end}, reach_of(shape, place + i, keys),
                  {kept, static_cast<std::size_t>(kept == nullptr ? 0 : keys)});
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
      mix.panel += keys * width;
      mix.c += width;
    }
  }
}

void attend_sequence(const AttentionShape& shape, const AttentionOperands& o, AttentionScratch& scratch) {
  const std::int64_t e = shape.head_width, queries = o.query.rows, shared = shape.heads / shape.key_heads;
  const RowRun whole{0, o.key.rows};
  const std::span<const RowRun> runs = o.key_rows.empty() ? std::span(&whole, 1) : o.key_rows;
  std::int64_t keys = 0;
  for (const RowRun& run : runs) keys += run.count;
  SONDE_ASSERT(o.distances == nullptr || (queries == keys && o.first_query == 0 && runs.size() == 1));
  for (std::int64_t head = 0; head < shape.heads; ++head) {
    const std::int64_t at = head / shared * e;
    const MatrixView key{o.key.data + at, o.key.rows, e, o.key.stride};
    if (head % shared == 0) {
      pack_keys({key, runs}, keys, scratch.keys());
      pack_values({{o.value.data + at, o.value.rows, e, o.value.stride}, runs}, keys, scratch.values());
    }
    const MatrixView query{o.query.data + head * e, queries, e, o.query.stride};
    std::optional<HeadDistances> distances;
    if (o.distances != nullptr) {
      const MatrixView own{key.data + runs.front().first * key.stride, keys, e, key.stride};
      distances.emplace(*o.distances, head, query, own);
    }
    attend_head(shape,
                {query,
                 {o.context.data + head * e, queries, e, o.context.stride},
                 o.weights == nullptr ? nullptr : o.weights + head * queries * keys,
                 distances ? &*distances : nullptr,
                 keys,
                 o.first_query},
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

// How long the examples are in tokens, for the data section of a result.
#pragma once

#include <cstdint>
#include <span>

namespace sonde::data {

/// Lengths of a set of examples.
/// Units: tokens; truncated in examples.
struct TokenLengths {
  std::int64_t min = 0;
  double median = 0;
  double p95 = 0;
  std::int64_t max = 0;
  std::int64_t total = 0;
  std::int64_t truncated = 0;
};

/// Summarise token counts; `truncated` is how many texts were cut, as the tokenizer counted them.
/// Source: percentiles as numpy.percentile, linear interpolation.
TokenLengths token_lengths(std::span<const std::int64_t> lengths, std::int64_t truncated);

}  // namespace sonde::data

// The catalogue of poolings: how the token rows of a text become the rows that are kept. A pooling sees each
// row once, in order, so that its sums do not depend on how texts are cut into blocks.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sonde/core/matrix.h"
#include "sonde/core/token_range.h"
#include "sonde/text/token_batch.h"

namespace sonde::capture {

/// Where some rows of a text stand in it.
struct TokenSpan {
  std::int64_t first = 0;                   ///< token of the first row
  std::int64_t tokens = 0;                  ///< t, tokens of the whole text
  std::span<const std::uint8_t> special;    ///< [t] 1 for tokens the tokenizer added
  std::optional<std::int64_t> target = {};  ///< the token that the text is about
};

/// A way of pooling.
class Pooling {
 public:
  virtual ~Pooling() = default;
  /// Tell whether a text keeps one row per token instead of one row in all.
  virtual bool keeps_every_token() const { return false; }
  /// Give the tokens whose rows it takes in. What no pooling reads need not be computed.
  virtual TokenRange reads(const TokenSpan& whole) const;
  /// Give the tokens that a text must be padded to, since this pools pads as well; 0: it sees real tokens
  /// only.
  virtual std::int64_t padded_length() const { return 0; }
  /// Check a text before anything is computed. `row` is what messages call it.
  /// Errors: input when the text cannot be pooled this way.
  virtual void check(const TokenSpan& whole, std::int64_t row) const;
  /// Take some of the rows in that reads() names. Shapes: rows [some, d]; kept [1 or t, d], zeros before the
  /// first call.
  virtual void add(MatrixView rows, const TokenSpan& span, MutableMatrixView kept) const = 0;
  /// Finish a text after its last row.
  virtual void finish(const TokenSpan& whole, MutableMatrixView kept) const;
};

/// One entry of the catalogue.
struct PoolingRecord {
  std::string_view name;
  std::string_view argument;  ///< what stands behind the colon, "" when nothing does
  std::string_view summary;   ///< one line
  /// Make the pooling. Errors: usage when the argument makes no sense.
  std::unique_ptr<Pooling> (*make)(std::string_view argument);
};

/// Give all poolings in the order of list.def.
std::span<const PoolingRecord* const> poolings();

/// Make the pooling that a text such as "mean" or "token:-2" names.
/// Errors: usage for an unknown one (nearest named) or a bad argument.
std::unique_ptr<Pooling> make_pooling(std::string_view text);

}  // namespace sonde::capture

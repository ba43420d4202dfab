// Which row of a block is which token of which text, and which rows a sink receives. Internal to the engine.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sonde/engine/blocks.h"
#include "sonde/kernels/attention.h"

namespace sonde::engine {

/// Rows that go through a row segment together. A multiple of every micro-kernel's rows and of kRowPadding.
inline constexpr std::int64_t kTileRows = 96;

/// A text in a block: the rows it adds to those of the texts before it.
struct LaidText {
  std::int64_t text = 0;
  std::int64_t first_row = 0;
  std::int64_t rows = 0;
  std::int64_t first_token = 0;  ///< token of first_row; those before it are rows of texts before
  std::int64_t first_key = 0;    ///< token of the first key
};

/// Rows of one tile that are neighbours in a text.
struct DeliveredRows {
  std::int64_t text = 0;
  std::int64_t first_row = 0;
  std::int64_t count = 0;
  std::int64_t first_token = 0;
};

/// The rows of one block. Kept from block to block, so that nothing is allocated once it has grown.
class BlockLayout {
 public:
  /// Lay out a block's texts one after the other, each behind what it shares with the one before.
  void lay(const PackedTokens& tokens, std::span<const PlacedText> texts);
  /// Move the rows that some sink needs to the front and forget the others, keys included.
  void keep_needed();

  std::int64_t rows() const { return static_cast<std::int64_t>(token_of_row_.size()); }
  std::int64_t needed_rows() const { return needed_rows_; }
  std::span<const LaidText> texts() const { return texts_; }
  /// Give the rows that hold the keys of a text's tokens, in order.
  std::span<const kernels::RowRun> keys(std::int64_t text) const {
    return std::span(keys_).subspan(first_key_run_[text], first_key_run_[text + 1] - first_key_run_[text]);
  }
  /// Give the rows of a tile that sinks receive, those of each text in order.
  std::span<const DeliveredRows> delivered(std::int64_t tile) const {
    return std::span(delivered_)
        .subspan(first_of_tile_[tile], first_of_tile_[tile + 1] - first_of_tile_[tile]);
  }
  /// Give the token of every row in its text.
  std::span<const std::int32_t> token_of_row() const { return token_of_row_; }
  /// Give the text of a row, counted from the block's first.
  std::int64_t text_of_row(std::int64_t row) const { return text_of_row_[row]; }
  bool needed(std::int64_t row) const { return needed_[row] != 0; }
  /// Give the rows of before that keep_needed() kept.
  std::span<const std::int64_t> kept() const { return kept_; }

 private:
  void clear();
  void follow(const PlacedText& placed, std::int64_t shared);
  void need(std::int64_t text, TokenRange wanted);
  void deal_to_tiles();

  std::vector<LaidText> texts_;
  std::vector<std::int32_t> token_of_row_;
  std::vector<std::int64_t> text_of_row_;
  std::vector<kernels::RowRun> path_;  // rows of the last text's tokens
  std::vector<kernels::RowRun> keys_;
  std::vector<std::size_t> first_key_run_;  // [texts + 1]
  std::vector<std::uint8_t> needed_;        // [rows]
  std::int64_t needed_rows_ = 0;
  std::vector<DeliveredRows> wanted_, delivered_;          // by text; by tile
  std::vector<std::size_t> first_of_tile_, next_of_tile_;  // [tiles + 1]
  std::vector<std::int64_t> kept_, moved_to_;
};

}  // namespace sonde::engine

#include "sonde/engine/layout.h"

#include <algorithm>

namespace sonde::engine {
namespace {

// Hand each piece of some rows that lies in one tile to `use`.
template <class Use>
void for_each_tile(const DeliveredRows& rows, const Use& use) {
  for (std::int64_t done = 0; done < rows.count;) {
    const std::int64_t row = rows.first_row + done, tile = row / kTileRows;
    const std::int64_t count = std::min(rows.count - done, (tile + 1) * kTileRows - row);
    use(tile, DeliveredRows{rows.text, row, count, rows.first_token + done});
    done += count;
  }
}

}  // namespace

void BlockLayout::lay(const PackedTokens& tokens, std::span<const PlacedText> texts) {
  clear();
  for (const PlacedText& placed : texts) {
    follow(placed, texts_.empty() ? 0 : placed.shared);
    if (tokens.has_unseen_pads()) {
      const TokenRange seen = tokens.real_of(placed.text);
      const std::int64_t count = std::min(seen.end, placed.tokens) - seen.first;
      texts_.back().first_key = seen.first;
      keys_.push_back({texts_.back().first_row + seen.first, std::max<std::int64_t>(0, count)});
    } else {
      keys_.insert(keys_.end(), path_.begin(), path_.end());
    }
    first_key_run_.push_back(keys_.size());
    need(placed.text, tokens.needed_of(placed.text));
  }
  needed_rows_ = std::ranges::count(needed_, std::uint8_t{1});
  deal_to_tiles();
}

void BlockLayout::clear() {
  texts_.clear();
  token_of_row_.clear();
  text_of_row_.clear();
  path_.clear();
  keys_.clear();
  first_key_run_.assign(1, 0);
  needed_.clear();
  wanted_.clear();
  kept_.clear();
}

// Walk from the last text to the next one: back up to what they share, then down along new rows.
void BlockLayout::follow(const PlacedText& placed, std::int64_t shared) {
  std::size_t runs = 0;
  for (std::int64_t left = shared; left > 0; ++runs) {
    path_[runs].count = std::min(path_[runs].count, left);
    left -= path_[runs].count;
  }
  path_.resize(runs);
  const std::int64_t first_row = rows(), added = placed.tokens - shared;
  if (added > 0) path_.push_back({first_row, added});
  const auto place = static_cast<std::int64_t>(texts_.size());
  for (std::int64_t token = shared; token < placed.tokens; ++token) {
    token_of_row_.push_back(static_cast<std::int32_t>(token));
    text_of_row_.push_back(place);
    needed_.push_back(0);
  }
  texts_.push_back({placed.text, first_row, added, shared, 0});
}

void BlockLayout::need(std::int64_t text, TokenRange wanted) {
  std::int64_t token = 0;
  for (const kernels::RowRun& run : path_) {
    const std::int64_t first = std::max(wanted.first, token), end = std::min(wanted.end, token + run.count);
    if (first < end) {
      const std::int64_t row = run.first + first - token;
      wanted_.push_back({text, row, end - first, first});
      std::fill_n(needed_.begin() + row, end - first, std::uint8_t{1});
    }
    token += run.count;
  }
}

void BlockLayout::deal_to_tiles() {
  first_of_tile_.assign((rows() + kTileRows - 1) / kTileRows + 1, 0);
  for (const DeliveredRows& wanted : wanted_)
    for_each_tile(wanted, [&](std::int64_t tile, const DeliveredRows&) { ++first_of_tile_[tile + 1]; });
  for (std::size_t tile = 1; tile < first_of_tile_.size(); ++tile)
    first_of_tile_[tile] += first_of_tile_[tile - 1];
  delivered_.resize(first_of_tile_.back());
  next_of_tile_ = first_of_tile_;
  for (const DeliveredRows& wanted : wanted_) {
    for_each_tile(wanted, [&](std::int64_t tile, const DeliveredRows& piece) {
      delivered_[next_of_tile_[tile]++] = piece;
    });
  }
}

void BlockLayout::keep_needed() {
  std::vector<std::int64_t>& moved = moved_to_;
  moved.resize(needed_.size());
  for (std::int64_t row = 0; row < rows(); ++row) {
    moved[row] = static_cast<std::int64_t>(kept_.size());
    if (needed_[row] == 0) continue;
    token_of_row_[kept_.size()] = token_of_row_[row];
    text_of_row_[kept_.size()] = text_of_row_[row];
    kept_.push_back(row);
  }
  token_of_row_.resize(kept_.size());
  text_of_row_.resize(kept_.size());
  needed_.assign(kept_.size(), 1);
  for (DeliveredRows& wanted : wanted_) wanted.first_row = moved[wanted.first_row];
  keys_.clear();
  first_key_run_.assign(texts_.size() + 1, 0);
  deal_to_tiles();
}

}  // namespace sonde::engine

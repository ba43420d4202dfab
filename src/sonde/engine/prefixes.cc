#include "sonde/engine/prefixes.h"

#include <algorithm>

namespace sonde::engine {

std::vector<PlacedText> order_by_prefix(const PackedTokens& tokens, std::span<const std::int64_t> lengths) {
  const auto beginning = [&](const PlacedText& placed) {
    return tokens.ids.subspan(tokens.offsets[placed.text], placed.tokens);
  };
  std::vector<PlacedText> order;
  for (std::int64_t text = 0; text < tokens.texts(); ++text) order.push_back({text, lengths[text], 0});
  std::ranges::stable_sort(order, [&](const PlacedText& a, const PlacedText& b) {
    return std::ranges::lexicographical_compare(beginning(a), beginning(b));
  });
  for (std::size_t i = 1; i < order.size(); ++i) {
    const auto before = beginning(order[i - 1]), own = beginning(order[i]);
    order[i].shared = std::ranges::mismatch(before, own).in2 - own.begin();
  }
  return order;
}

}  // namespace sonde::engine

// Gives every value of a schedule its memory. A value used only inside the segment that makes it lives in a
// tile buffer; one that crosses segments lives in a block buffer. Either arena is cut by lifetimes, first
// fit.
#include <algorithm>
#include <map>

#include "sonde/graph/schedule.h"

namespace sonde::graph {
namespace {

// Free and used stretches of an arena, in floats per row.
class Arena {
 public:
  std::int64_t take(std::int64_t width) {
    for (auto gap = gaps_.begin(); gap != gaps_.end(); ++gap) {
      if (gap->second < width) continue;
      const auto [offset, size] = *gap;
      gaps_.erase(gap);
      if (size > width) gaps_.emplace(offset + width, size - width);
      return offset;
    }
    const std::int64_t offset = size_;
    size_ += width;
    return offset;
  }

  void give_back(std::int64_t offset, std::int64_t width) {
    auto gap = gaps_.emplace(offset, width).first;
    if (const auto next = std::next(gap); next != gaps_.end() && gap->first + gap->second == next->first) {
      gap->second += next->second;
      gaps_.erase(next);
    }
    if (gap == gaps_.begin()) return;
    if (const auto previous = std::prev(gap); previous->first + previous->second == gap->first) {
      previous->second += gap->second;
      gaps_.erase(gap);
    }
  }

  std::int64_t size() const { return size_; }

 private:
  std::map<std::int64_t, std::int64_t> gaps_;  // offset -> size
  std::int64_t size_ = 0;
};

// Rows start on a cache line and lie an odd number of lines apart: with an even number, above all a power of
// two, the rows that a kernel reads together would compete for the same few sets of the nearest cache.
std::int64_t padded(std::int64_t width) {
  constexpr std::int64_t kLineFloats = 16;
  return ((width + kLineFloats - 1) / kLineFloats | 1) * kLineFloats;
}

struct Lifetime {
  std::int32_t first_segment = -1;
  std::int32_t last_segment = -1;
  NodeIndex last_node = -1;
};

class Placer {
 public:
  Placer(const Graph& graph, Schedule& schedule) : graph_(graph), schedule_(schedule) {
    lifetimes_.resize(graph.values.size());
    for (std::int32_t s = 0; s < static_cast<std::int32_t>(schedule.segments.size()); ++s) {
      for (const NodeIndex n : schedule.segments[s].nodes) see(graph.nodes[n], s, n);
    }
  }

  void place() {
    schedule_.places.assign(graph_.values.size(), {});
    for (std::int32_t s = 0; s < static_cast<std::int32_t>(schedule_.segments.size()); ++s) place_segment(s);
    schedule_.block_floats = block_.size();
    schedule_.tile_floats = tile_.size();
    for (std::size_t v = 0; v < graph_.values.size(); ++v) {
      const ValueRecord& record = graph_.values[v];
      if (record.view_of == kNoValue) continue;
      schedule_.places[v] = schedule_.places[record.view_of];
      schedule_.places[v].column = record.first_column;
    }
  }

 private:
  void see(const Node& node, std::int32_t segment, NodeIndex index) {
    Lifetime& made = lifetimes_[node.output];
    made = {segment, segment, index};
    for (const ValueId input : node.inputs) {
      Lifetime& used = lifetimes_[graph_.storage_of(input)];
      used.last_segment = segment;
      used.last_node = index;
    }
  }

  bool crosses_segments(ValueId value) const {
    // Attention works on whole texts, so what it makes is never tiled.
    return lifetimes_[value].first_segment != lifetimes_[value].last_segment ||
           schedule_.segments[lifetimes_[value].first_segment].kind == Segment::Kind::attention;
  }

  void place_segment(std::int32_t s) {
    for (const NodeIndex n : schedule_.segments[s].nodes) {
      const ValueId value = graph_.nodes[n].output;
      const std::int64_t width = padded(graph_.value(value).width);
      const bool block = crosses_segments(value);
      const ValueId inherited = block ? kNoValue : dying_input(n);
      const std::int64_t offset =
          inherited != kNoValue ? schedule_.places[inherited].offset : (block ? block_ : tile_).take(width);
      schedule_.places[value] = {block ? Place::Storage::block : Place::Storage::tile, offset, width, 0};
      free_dead(n, Place::Storage::tile, inherited);
    }
    // A block buffer may be read until the last tile of the segment, so it is freed only when the segment is
    // done.
    for (const NodeIndex n : schedule_.segments[s].nodes) free_dead(n, Place::Storage::block, kNoValue);
  }

  // An input whose tile buffer the result may overwrite: used for the last time, by an operation on single
  // rows.
  ValueId dying_input(NodeIndex n) const {
    const Node& node = graph_.nodes[n];
    const Operation& operation = node.operation;
    const bool in_place =
        std::holds_alternative<Activate>(operation) || std::holds_alternative<Add>(operation) ||
        std::holds_alternative<SoftCap>(operation) || std::holds_alternative<Multiply>(operation) ||
        std::holds_alternative<Normalize>(operation) || std::holds_alternative<Rotate>(operation);
    if (!in_place) return kNoValue;
    for (const ValueId input : node.inputs) {
      const bool whole = graph_.storage_of(input) == input;
      if (whole && lifetimes_[input].last_node == n &&
          schedule_.places[input].storage == Place::Storage::tile) {
        return input;
      }
    }
    return kNoValue;
  }

  // Free what node n uses for the last time, its own unused result included, but not what the result
  // `inherited`.
  void free_dead(NodeIndex n, Place::Storage storage, ValueId inherited) {
    const Node& node = graph_.nodes[n];
    std::vector<ValueId> values = {node.output};
    for (const ValueId input : node.inputs) values.push_back(graph_.storage_of(input));
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    for (const ValueId value : values) {
      const Place& place = schedule_.places[value];
      if (value == inherited || lifetimes_[value].last_node != n || place.storage != storage) continue;
      (storage == Place::Storage::block ? block_ : tile_).give_back(place.offset, place.stride);
    }
  }

  const Graph& graph_;
  Schedule& schedule_;
  std::vector<Lifetime> lifetimes_;
  Arena block_;
  Arena tile_;
};

}  // namespace

Schedule schedule(const Graph& graph, std::span<const ValueId> outputs) {
  Schedule result;
  result.outputs.assign(outputs.begin(), outputs.end());
  const std::vector<NodeIndex> nodes = slice(graph, outputs);
  std::ranges::copy_if(nodes, std::back_inserter(result.tables), [&](NodeIndex node) {
    return graph.value(graph.nodes[node].output).rows == RowSpace::table;
  });
  result.segments = fuse(graph, nodes);
  Placer(graph, result).place();
  return result;
}

}  // namespace sonde::graph

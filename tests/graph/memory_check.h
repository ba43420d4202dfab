// Plays a schedule through on marked memory: every number of both arenas remembers whose row and column was
// written last, and every read checks that it still is there. Brute force over what `place` promises.
#pragma once

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "sonde/core/random.h"
#include "sonde/graph/schedule.h"

namespace sonde::graph {

class MemoryCheck {
 public:
  MemoryCheck(const Graph& graph, const Schedule& schedule)
      : graph_(graph),
        schedule_(schedule),
        block_(schedule.block_floats * kRows),
        tile_(schedule.tile_floats * kTile) {}

  void run() {
    for (const Segment& segment : schedule_.segments) {
      const bool texts = segment.space == RowSpace::sequence;
      const std::int64_t total = texts ? kTexts : kRows;
      // Attention sees whole texts; rows go through in tiles.
      const std::int64_t step = segment.kind == Segment::Kind::attention ? total : kTile;
      for (std::int64_t first = 0; first < total; first += step) {
        for (const NodeIndex node : segment.nodes) run_node(graph_.nodes[node], first, step);
      }
    }
  }

 private:
  static constexpr std::int64_t kRows = 5, kTile = 2, kTexts = 2;
  static constexpr std::array<std::int64_t, kTexts> kFirstRows = {0, 3};

  struct Mark {
    ValueId value = kNoValue;
    std::int64_t row = -1, column = -1;
    bool operator==(const Mark&) const = default;
  };

  bool tiled(ValueId value) const { return schedule_.places[value].storage == Place::Storage::tile; }

  std::size_t address(ValueId value, std::int64_t row, std::int64_t first, std::int64_t column) const {
    const Place& place = schedule_.places[value];
    const std::int64_t base = place.offset * (tiled(value) ? kTile : kRows);
    return static_cast<std::size_t>(base + (tiled(value) ? row - first : row) * place.stride + place.column +
                                    column);
  }

  void run_node(const Node& node, std::int64_t first, std::int64_t step) {
    const bool picks = std::holds_alternative<FirstRow>(node.operation);
    const bool unfolds = std::holds_alternative<Unfold>(node.operation);
    const std::int64_t total = graph_.value(node.output).rows == RowSpace::sequence ? kTexts : kRows;
    const std::int64_t end = std::min(total, first + step);
    for (std::int64_t row = first; row < end; ++row) {
      for (const ValueId input : node.inputs) {
        // Tables have no rows of tokens and no place.
        if (graph_.value(input).rows == RowSpace::table) continue;
        if (unfolds) {
          read_neighbours(input, row, first);
        } else {
          read(input, picks ? kFirstRows[row] : row, first);
        }
      }
    }
    check_overlap(node);
    for (std::int64_t row = first; row < end; ++row) write(node.output, row, first);
  }

  // Unfolding reads whatever row of the block, so its input must be whole before the first tile.
  void read_neighbours(ValueId value, std::int64_t row, std::int64_t first) {
    ASSERT_FALSE(tiled(value)) << "value " << value;
    for (std::int64_t other = std::max<std::int64_t>(0, row - 1); other < std::min(kRows, row + 2); ++other)
      read(value, other, first);
  }

  void read(ValueId value, std::int64_t row, std::int64_t first) {
    ASSERT_NE(schedule_.places[value].storage, Place::Storage::nowhere) << "value " << value;
    const ValueId storage = graph_.storage_of(value);
    const std::vector<Mark>& memory = tiled(value) ? tile_ : block_;
    for (std::int64_t j = 0; j < graph_.value(value).width; ++j) {
      const std::size_t at = address(value, row, first, j);
      ASSERT_LT(at, memory.size());
      const Mark expected{storage, row, graph_.value(value).first_column + j};
      ASSERT_EQ(memory[at], expected) << fmt::format("value {} row {} column {} was overwritten by value {}",
                                                     value, row, j, memory[at].value);
    }
  }

  void write(ValueId value, std::int64_t row, std::int64_t first) {
    ASSERT_NE(schedule_.places[value].storage, Place::Storage::nowhere) << "value " << value;
    std::vector<Mark>& memory = tiled(value) ? tile_ : block_;
    for (std::int64_t j = 0; j < graph_.value(value).width; ++j) {
      const std::size_t at = address(value, row, first, j);
      ASSERT_LT(at, memory.size());
      memory[at] = {value, row, j};
    }
  }

  // A result may lie where an input lies only in the very same place, and only for operations that read a
  // number before they write it.
  void check_overlap(const Node& node) const {
    const Operation& operation = node.operation;
    const bool number_by_number =
        std::holds_alternative<Activate>(operation) || std::holds_alternative<Add>(operation) ||
        std::holds_alternative<Multiply>(operation) || std::holds_alternative<Normalize>(operation) ||
        std::holds_alternative<Rotate>(operation) || std::holds_alternative<SoftCap>(operation);
    const Place& out = schedule_.places[node.output];
    for (const ValueId input : node.inputs) {
      if (graph_.value(input).rows == RowSpace::table) continue;
      const Place& in = schedule_.places[input];
      if (in.storage != out.storage) continue;
      if (in.offset + in.stride <= out.offset || out.offset + out.stride <= in.offset) continue;
      EXPECT_TRUE(number_by_number) << "an operation overwrites its own input";
      EXPECT_TRUE(in.offset == out.offset && in.stride == out.stride && in.column == 0);
    }
  }

  const Graph& graph_;
  const Schedule& schedule_;
  std::vector<Mark> block_;
  std::vector<Mark> tile_;
};

/// Check the schedules of every single value, of all values together and of many random sets.
inline void check_many_schedules(const Graph& graph) {
  const auto count = static_cast<std::int64_t>(graph.values.size());
  std::vector<std::vector<ValueId>> sets(1);
  for (ValueId value = 0; value < count; ++value) {
    sets.push_back({value});
    sets.front().push_back(value);
  }
  const RandomStream stream(9, "output sets");
  std::uint64_t draws = 0;
  for (int i = 0; i < 60; ++i) {
    sets.emplace_back();
    const std::uint64_t size = 2 + stream.below(6, draws++);
    for (std::uint64_t j = 0; j < size; ++j) {
      sets.back().push_back(static_cast<ValueId>(stream.below(count, draws++)));
    }
  }
  for (const std::vector<ValueId>& outputs : sets) {
    const Schedule schedule = sonde::graph::schedule(graph, outputs);
    MemoryCheck(graph, schedule).run();
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace sonde::graph

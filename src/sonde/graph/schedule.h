// The passes that turn a graph and the values asked for into something an executor can run: slice, fuse,
// place.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sonde/graph/graph.h"

namespace sonde::graph {

using NodeIndex = std::int32_t;

/// Give the nodes that `outputs` depend on, in running order. Nothing else of the graph needs to exist.
std::vector<NodeIndex> slice(const Graph& graph, std::span<const ValueId> outputs);

/// A run of nodes that work on rows of one space independently, or a single attention node.
/// An executor takes a row segment a few rows at a time through all its nodes, so that what lies between them
/// stays in the nearest cache; the arithmetic of a row is the same however the nodes are grouped.
struct Segment {
  enum class Kind { rows, attention };
  Kind kind = Kind::rows;
  RowSpace space = RowSpace::token;
  std::vector<NodeIndex> nodes;
};

/// Group nodes into segments, in running order; nodes of the table space belong to none.
std::vector<Segment> fuse(const Graph& graph, std::span<const NodeIndex> nodes);

/// Where a value lives while a block runs.
struct Place {
  enum class Storage {
    nowhere,  ///< not computed in this schedule
    block,    ///< a buffer for every row of the block
    tile,     ///< a buffer for the rows of one tile, reused from tile to tile
  };
  Storage storage = Storage::nowhere;
  std::int64_t offset = 0;  ///< floats per row that lie before this buffer in its arena
  std::int64_t stride = 0;  ///< floats from row to row
  std::int64_t column = 0;  ///< first column, for a view
};

/// A program for one set of outputs.
struct Schedule {
  std::vector<NodeIndex>
      tables;  ///< nodes of the table space, in running order: they run once, before any text
  std::vector<Segment> segments;
  std::vector<Place> places;      ///< by value
  std::int64_t block_floats = 0;  ///< floats per row of the block arena
  std::int64_t tile_floats = 0;   ///< floats per row of the tile arena
  std::vector<ValueId> outputs;   ///< the values asked for, as given
};

/// Slice, fuse and place. Buffers whose lifetimes do not overlap share memory.
Schedule schedule(const Graph& graph, std::span<const ValueId> outputs);

}  // namespace sonde::graph

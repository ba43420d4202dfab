// What follows the last mixing of a schedule's rows: from there on a row depends on no other, so that rows
// which no sink needs can be left out. Internal to the engine.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "sonde/graph/graph.h"
#include "sonde/graph/schedule.h"

namespace sonde::engine {

/// The last attention and what lives beyond it.
struct Tail {
  std::size_t attention = 0;            ///< its segment
  std::vector<graph::ValueId> carried;  ///< values made by then that later segments read
};

/// Find the tail of a schedule; none when a later step, or a sink, reads several rows of a text.
std::optional<Tail> find_tail(const graph::Graph& graph, const graph::Schedule& schedule);

}  // namespace sonde::engine

// What a graph costs: parameters, memory of its values and multiply-adds, from the config alone. Measures and
// runs nothing.
#pragma once

#include <cstdint>

#include "sonde/graph/graph.h"

namespace sonde::graph {

/// The texts that a cost is for, all of one length.
struct Workload {
  std::int64_t texts = 1;   ///< n
  std::int64_t tokens = 1;  ///< t of each text, special ones included
};

/// Count the distinct numbers of a graph's parameters; a tied parameter counts once.
std::int64_t parameter_count(const Graph& graph);

/// Count the numbers of all parameters as a listing of modules does, a tied one wherever it stands.
std::int64_t listed_parameter_count(const Graph& graph);

/// Count the numbers of a value. Shapes: [n·t, width], [n, width], [n, h, t, t] or, of a table, [rows,
/// width].
std::int64_t number_count(const Graph& graph, ValueId value, const Workload& work);

/// Count the numbers that layers with parameters give out: what a training framework would keep.
/// Source: torchinfo 1.8, which lists twice this, for the gradients, as its forward/backward pass size.
std::int64_t activation_count(const Graph& graph, const Workload& work);

/// Count the multiply-adds of products and attention over the pairs of tokens that see each other; norms,
/// activations and sums are left out.
std::int64_t multiply_adds(const Graph& graph, const Workload& work);

}  // namespace sonde::graph

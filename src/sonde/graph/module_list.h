// The modules of a graph as a listing shows them: one row per address, and layers that are alike folded into
// one. Prints nothing.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sonde/graph/cost.h"
#include "sonde/graph/graph.h"

namespace sonde::graph {

/// One line of a listing.
struct ModuleRow {
  std::string address;
  std::string kind;   ///< class of the module, "inner value" or "hidden state"; empty for a holder
  std::string shape;  ///< in letters, for example "[t, 768]"; "–" when no value comes out
  std::int64_t parameters =
      0;  ///< of one such module and all below it; a tied one counts where it first stands
  std::int64_t activations = 0;  ///< numbers that one such module gives out
  std::int64_t count = 1;        ///< modules that the row stands for
};

/// Count the calls that one pass makes to a module that it calls several times; 0 for any other module.
std::int64_t call_count(const Graph& graph, std::string_view module);

/// List all modules in the model's order, then inner values, then hidden states.
std::vector<ModuleRow> list_modules(const Graph& graph, const Workload& work);

/// Fold neighbouring layers whose modules are alike, and the hidden states, into one row each. The address of
/// a folded row is a pattern that selects what was folded: `encoder.layer.*.attention`, `layers[1:22].mlp`.
std::vector<ModuleRow> fold_layers(const Graph& graph, std::span<const ModuleRow> rows);

}  // namespace sonde::graph

// Addresses of values inside a model: Hugging Face module paths, hidden states, inner values, patterns and
// aliases, resolved against a graph. Opens no file and runs nothing.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sonde/graph/graph.h"

namespace sonde::capture {

/// A resolved address.
struct Address {
  std::string name;  ///< canonical: the path in the class that architectures[0] names, without `.output`
  graph::ValueId value = graph::kNoValue;
  graph::RowSpace rows = graph::RowSpace::token;
};

/// What a list of addresses stands for.
struct Resolution {
  std::vector<Address> addresses;     ///< in the order asked for, then in the model's order, each once
  std::vector<std::string> left_out;  ///< matched by a pattern, but not one vector per token
};

/// Resolve addresses; each of `asked` may be a comma-separated list. Calls of a module that one pass calls
/// several times, as ALBERT does with its one layer, are told apart by `module[k]`, k as in `hidden[k]`.
/// Errors: usage for an address that nothing has (the three nearest named), that does not say which of
/// several calls, or whose value is not a tensor of tokens or texts, such as the input of an embedding table
/// or a table of relative positions.
Resolution resolve(const graph::Graph& graph, std::span<const std::string> asked);

/// List every canonical address of a model: hidden states, then modules with their inputs, then inner values.
std::vector<Address> all_addresses(const graph::Graph& graph);

}  // namespace sonde::capture

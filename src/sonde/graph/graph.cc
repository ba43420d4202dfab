#include "sonde/graph/graph.h"

#include <algorithm>
#include <functional>
#include <numeric>

namespace sonde::graph {

std::int64_t ParameterRecord::size() const {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

std::string module_path(std::string_view path) {
  std::string module;
  bool inside = false;
  for (const char c : path) {
    inside = inside || c == '[';
    if (!inside) module += c;
    inside = inside && c != ']';
  }
  return module;
}

ValueId Graph::storage_of(ValueId id) const {
  const ValueId base = value(id).view_of;
  return base == kNoValue ? id : base;
}

bool Graph::is_causal() const {
  return std::ranges::all_of(nodes, [](const Node& node) {
    if (const auto* attend = std::get_if<Attend>(&node.operation))
      return attend->shape.mask == kernels::AttentionMask::causal;
    if (const auto* rotate = std::get_if<Rotate>(&node.operation)) return rotate->long_frequencies.empty();
    return !std::holds_alternative<Unfold>(node.operation);
  });
}

void Graph::ignore(std::initializer_list<std::string_view> suffixes) {
  ignored_suffixes.insert(ignored_suffixes.end(), suffixes.begin(), suffixes.end());
}

std::int64_t Graph::own_size(ParameterId id) const {
  const ParameterRecord& record = parameter(id);
  const bool tied = !record.tied_to.empty() &&
                    std::ranges::find(parameters, record.tied_to, &ParameterRecord::name) != parameters.end();
  return tied ? 0 : record.size();
}

}  // namespace sonde::graph

#include "sonde/graph/graph.h"

#include <functional>
#include <numeric>

namespace sonde::graph {

std::int64_t ParameterRecord::size() const {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

ValueId Graph::storage_of(ValueId id) const {
  const ValueId base = value(id).view_of;
  return base == kNoValue ? id : base;
}

}  // namespace sonde::graph

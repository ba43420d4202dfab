#include "sonde/models/architecture.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "sonde/core/nearest.h"

namespace sonde::models {

#define SONDE_ENTRY(name) extern const Architecture name##_entry;
#include "sonde/models/list.def"
#undef SONDE_ENTRY

std::span<const Architecture* const> architectures() {
  static const std::array kEntries = {
#define SONDE_ENTRY(name) &name##_entry,
#include "sonde/models/list.def"
#undef SONDE_ENTRY
  };
  return kEntries;
}

static const Architecture& architecture_of(const Config& config) {
  const std::string type = config.model_type();
  std::vector<std::string> known;
  for (const Architecture* entry : architectures()) {
    if (entry->model_type == type) return *entry;
    known.emplace_back(entry->model_type);
  }
  throw Error(ErrorCode::input, {.where = "config.json, 'model_type'",
                                 .what = fmt::format("no architecture '{}'", type),
                                 .expected = fmt::format("one of {}", fmt::join(known, ", ")),
                                 .hint = did_you_mean(type, known)});
}

graph::Graph build_graph(const Config& config) {
  const Architecture& architecture = architecture_of(config);
  const std::string model_class = config.model_class(architecture.classes.front());
  if (std::find(architecture.classes.begin(), architecture.classes.end(), model_class) ==
      architecture.classes.end()) {
    throw Error(ErrorCode::input,
                {.where = "config.json, 'architectures'",
                 .what = fmt::format("no model class '{}' of {}", model_class, architecture.model_type),
                 .expected = fmt::format("one of {}", fmt::join(architecture.classes, ", "))});
  }
  graph::Graph graph = architecture.build(config, model_class);
  graph.model_class = model_class;
  return graph;
}

}  // namespace sonde::models

#include "sonde/study/probe_places.h"

#include <fmt/core.h>

#include <algorithm>

#include "sonde/core/error.h"

namespace sonde::study {

bool is_fitted_at(const ProbeChoice& choice, const std::string& at) {
  return choice.at.empty() || std::ranges::find(choice.at, at) != choice.at.end();
}

std::vector<ProbeChoice> place_probes(std::span<const ProbeChoice> probes, const graph::Graph& graph,
                                      std::span<const capture::Address> captured) {
  std::vector<ProbeChoice> placed(probes.begin(), probes.end());
  for (ProbeChoice& choice : placed) {
    if (choice.at.empty()) continue;
    std::vector<std::string> names;
    for (const capture::Address& address : capture::resolve(graph, choice.at).addresses) {
      if (std::ranges::none_of(captured, [&](const auto& taken) { return taken.name == address.name; })) {
        throw Error(ErrorCode::usage,
                    {.where = fmt::format("probe {}, at", choice.kind),
                     .what = fmt::format("'{}' is not among the addresses of [capture]", address.name),
                     .hint = "add it to [capture] at"});
      }
      names.push_back(address.name);
    }
    choice.at = std::move(names);
  }
  return placed;
}

}  // namespace sonde::study

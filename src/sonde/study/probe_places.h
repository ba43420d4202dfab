// Where each probe of a study is fitted: at every captured address, or at those it names itself.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "sonde/capture/address.h"
#include "sonde/graph/graph.h"
#include "sonde/study/spec.h"

namespace sonde::study {

/// Tell whether a probe is fitted at an address that is written in full.
bool is_fitted_at(const ProbeChoice& choice, const std::string& at);

/// Give the probes with their own addresses written in full; a probe without any keeps none.
/// Errors: usage for an address that the model does not have or [capture] does not take.
std::vector<ProbeChoice> place_probes(std::span<const ProbeChoice> probes, const graph::Graph& graph,
                                      std::span<const capture::Address> captured);

}  // namespace sonde::study

// Where each probe of a study is fitted and each picture drawn: at addresses of a model or of stored
// features, written in full.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "sonde/capture/address.h"
#include "sonde/graph/graph.h"
#include "sonde/study/picture.h"
#include "sonde/study/spec.h"

namespace sonde::study {

/// Tell whether a probe is fitted at an address that is written in full.
bool is_fitted_at(const ProbeChoice& choice, const std::string& at);

/// Give the probes with their own addresses written in full; a probe without any keeps none.
/// Errors: usage for an address that the model does not have or [capture] does not take.
std::vector<ProbeChoice> place_probes(std::span<const ProbeChoice> probes, const graph::Graph& graph,
                                      std::span<const capture::Address> captured);

/// Give those of the names that addresses mean where there is no model, in the order asked for: as stored,
/// with patterns and indices. `asker` begins the message. Errors: input for an address that means none.
std::vector<std::string> place_by_name(const std::string& asker, std::span<const std::string> asked,
                                       std::span<const std::string> names);

/// Give the probes with the stored names that their addresses mean. Errors: as place_by_name.
std::vector<ProbeChoice> place_probes(std::span<const ProbeChoice> probes,
                                      std::span<const std::string> names);

/// Give each picture once for every address that its `at` stands for, written in full; `best` stays, being
/// known only when the study has judged its probes.
/// Errors: as of probes.
std::vector<PictureSpec> place_pictures(std::span<const PictureSpec> pictures, const graph::Graph& graph,
                                        std::span<const capture::Address> captured);

}  // namespace sonde::study

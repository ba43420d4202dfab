#include "sonde/study/places.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "sonde/capture/address_pattern.h"
#include "sonde/core/error.h"
#include "sonde/core/nearest.h"

namespace sonde::study {
namespace {

std::vector<std::string> names_of(std::span<const capture::Address> addresses) {
  std::vector<std::string> names;
  for (const capture::Address& address : addresses) names.push_back(address.name);
  return names;
}

std::string asker_of(const ProbeChoice& choice) { return fmt::format("probe {}, at", choice.kind); }

// What `asked` stands for; `asker` begins the message.
std::vector<std::string> place(const std::string& asker, std::span<const std::string> asked,
                               const graph::Graph& graph, std::span<const capture::Address> captured) {
  std::vector<std::string> names = names_of(capture::resolve(graph, asked).addresses);
  for (const std::string& name : names) {
    if (std::ranges::find(captured, name, &capture::Address::name) != captured.end()) continue;
    throw Error(ErrorCode::usage, {.where = asker,
                                   .what = fmt::format("'{}' is not among the addresses of [capture]", name),
                                   .hint = "add it to [capture] at"});
  }
  return names;
}

}  // namespace

bool is_fitted_at(const ProbeChoice& choice, const std::string& at) {
  return choice.at.empty() || std::ranges::find(choice.at, at) != choice.at.end();
}

std::vector<ProbeChoice> place_probes(std::span<const ProbeChoice> probes, const graph::Graph& graph,
                                      std::span<const capture::Address> captured) {
  std::vector<ProbeChoice> placed(probes.begin(), probes.end());
  for (ProbeChoice& choice : placed) {
    if (!choice.at.empty()) choice.at = place(asker_of(choice), choice.at, graph, captured);
  }
  return placed;
}

std::vector<std::string> place_by_name(const std::string& asker, std::span<const std::string> asked,
                                       std::span<const std::string> names) {
  std::vector<std::string> placed;
  for (const std::string& list : asked) {
    for (const std::string& address : capture::split_list(list)) {
      std::vector<std::string> meant = capture::choose_names(names, address);
      if (meant.empty()) {
        throw Error(ErrorCode::input, {.where = asker,
                                       .what = fmt::format("no features are named '{}'", address),
                                       .hint = did_you_mean(address, names)});
      }
      std::ranges::move(meant, std::back_inserter(placed));
    }
  }
  return placed;
}

std::vector<ProbeChoice> place_probes(std::span<const ProbeChoice> probes,
                                      std::span<const std::string> names) {
  std::vector<ProbeChoice> placed(probes.begin(), probes.end());
  for (ProbeChoice& choice : placed) {
    if (!choice.at.empty()) choice.at = place_by_name(asker_of(choice), choice.at, names);
  }
  return placed;
}

std::vector<PictureSpec> place_pictures(std::span<const PictureSpec> pictures, const graph::Graph& graph,
                                        std::span<const capture::Address> captured) {
  std::vector<PictureSpec> placed;
  for (const PictureSpec& picture : pictures) {
    if (picture.at == "best") {
      placed.push_back(picture);
      continue;
    }
    const std::vector<std::string> asked = {picture.at};
    for (std::string& name :
         picture.at == "all" ? names_of(captured)
                             : place(fmt::format("picture {}, at", picture.how), asked, graph, captured)) {
      placed.push_back(picture);
      placed.back().at = std::move(name);
    }
  }
  return placed;
}

}  // namespace sonde::study

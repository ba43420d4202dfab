#include "sonde/study/probe_variants.h"

#include <fmt/core.h>

#include <algorithm>

namespace sonde::study {
namespace {

// As one types it: 10 rather than JSON's 10.0.
std::string as_typed(const nlohmann::ordered_json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.is_number_float() ? fmt::format("{}", value.get<double>()) : value.dump();
}

}  // namespace

std::vector<std::string> probe_variants(std::span<const result::ProbeSpec> probes) {
  std::vector<std::string> variants;
  for (const result::ProbeSpec& probe : probes) {
    std::string variant;
    for (const auto& [name, value] : probe.options.items()) {
      const bool differs = std::ranges::any_of(probes, [&](const result::ProbeSpec& other) {
        return other.name == probe.name && other.options.value(name, value) != value;
      });
      if (!differs) continue;
      variant += (variant.empty() ? "" : ",") + name + "=" + as_typed(value);
    }
    variants.push_back(std::move(variant));
  }
  return variants;
}

}  // namespace sonde::study

// p values of several addresses taken together. The more places are looked at, the likelier one of them looks
// good by chance; each correction says differently what may then still be believed.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace sonde::controls {

/// Adjust p values so that a bound on them bounds the chance of even one false find among all, whatever their
/// dependence. Source: Holm 1979, step-down; statsmodels multipletests(method="holm").
std::vector<double> holm(std::span<const double> p);

/// Adjust p values so that a bound on them bounds the expected share of false finds among the finds, for
/// independent or positively dependent values.
/// Source: Benjamini and Hochberg 1995; scipy.stats.false_discovery_control(method="bh").
std::vector<double> benjamini_hochberg(std::span<const double> p);

/// Give p values against the best of all addresses under the same shuffles: each shuffle counts when its best
/// address reaches an address's real value. Bounds the chance of even one false find and knows how the
/// addresses depend, so that it is sharper than Holm where they are alike.
/// Shapes: real [a]; shuffled [a][permutations], permutation i the same shuffle at every address.
/// Source: Westfall and Young 1993, single-step maxT; Nichols and Holmes 2002.
std::vector<double> against_best_of_all(std::span<const double> real,
                                        std::span<const std::vector<double>> shuffled,
                                        std::string_view metric);

}  // namespace sonde::controls

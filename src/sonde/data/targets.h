// Labels taken as numbers, for probes that predict one. A label that is no number is refused, never guessed.
#pragma once

#include <optional>
#include <string_view>

#include "sonde/data/examples.h"

namespace sonde::data {

/// Read a whole text as a finite number in C's notation; nothing when it is none.
std::optional<double> parse_number(std::string_view text);

/// Fill the targets of examples from their labels; the classes stay. `name` is what messages call the labels.
/// Errors: input for a label that is no number, naming it and its first row.
void read_targets(std::string_view name, Examples& examples);

/// Refuse targets that cannot be told apart. Errors: input, naming the number.
void require_two_numbers(const Examples& examples);

/// Tell whether every target is a whole number.
bool are_whole(const Examples& examples);

}  // namespace sonde::data

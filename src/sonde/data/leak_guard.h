// Looks for the same thing on both sides of a split: the same text, the same text but for case and spaces,
// the same group, the same id. It compares digests and names rows; it does not look for paraphrases.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sonde/data/split.h"

namespace sonde::data {

/// What is the same on both sides.
enum class LeakKind { text, near_text, group, id };

/// Give the word for a kind of leak, as it stands in JSON.
const char* to_string(LeakKind kind);

/// What is done about leaks.
enum class LeakPolicy { warn, drop, refuse };

/// Read a policy from its word.
/// Errors: usage, with the nearest.
LeakPolicy leak_policy(std::string_view word);

/// What the guard compares; views only. Empty columns are not compared.
/// Shapes: texts, groups, ids: [n] or empty; data_rows [n] or empty (then rows are 1 … n).
struct LeakInput {
  std::span<const std::string> texts;
  std::span<const std::int64_t> groups;
  std::span<const std::string> ids;
  std::span<const std::int64_t> data_rows;
};

/// One kind of leak between two parts.
struct LeakFinding {
  LeakKind kind = LeakKind::text;
  Part earlier = Part::train;
  Part later = Part::test;
  std::int64_t rows = 0;    ///< rows of the later part whose value also occurs in the earlier one
  std::int64_t values = 0;  ///< distinct values concerned
  std::vector<std::int64_t> example_rows;  ///< up to 5 data rows of the later part, 1-based, ascending
  std::string sentence() const;            ///< for a log line or a warning
};

/// What the guard found.
struct LeakReport {
  std::vector<LeakFinding> findings;  ///< in order of kind, then of parts; only what occurs
  std::vector<LeakKind> checked;      ///< kinds that could be compared
  std::vector<std::int64_t> leaking;  ///< positions in a later part that occur in an earlier one, ascending
};

/// Compare the parts of a split. `near_text` counts only rows that are not already equal byte for byte.
/// Cost: one hash per row and column.
LeakReport find_leaks(const LeakInput& input, const Split& split);

/// Give the rows to use under a policy: all of them under `warn`; without report.leaking under `drop`.
/// Errors: input under `refuse` when there is a finding.
std::vector<std::int64_t> rows_to_use(const LeakReport& report, const Split& split, LeakPolicy policy);

}  // namespace sonde::data

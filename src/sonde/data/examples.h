// Examples built from columns of a table: texts, labels as class ids, groups and ids. Reads no files and
// trims no text.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sonde::data {

/// What to do with a row that has no text or no label.
enum class MissingRows { refuse, skip };

/// Columns as they come from a table; an empty cell is a missing value. Empty columns were not asked for.
/// Shapes: texts, labels, groups, ids, split: [rows] or empty.
struct ExampleColumns {
  std::span<const std::string_view> texts;
  std::span<const std::string_view> labels;
  std::span<const std::string_view> groups;
  std::span<const std::string_view> ids;
  std::span<const std::string_view> split;  ///< a column that names the part of each row
};

/// Which rows become examples, and in what order the classes stand.
struct ExampleRules {
  MissingRows missing = MissingRows::refuse;
  std::vector<std::string> keep_labels;  ///< only rows with these labels; empty keeps all
  std::vector<std::string> drop_labels;  ///< rows with these labels are left out and counted
};

/// Examples that own their texts.
/// Shapes: every vector is [n]; groups, ids and split are empty when their column was not given.
struct Examples {
  std::vector<std::string> texts;
  std::vector<std::int32_t> labels;      ///< ids into classes; empty without a label column
  std::vector<double> targets;           ///< labels as numbers (targets.h); empty when nobody asked for them
  std::vector<std::string> classes;      ///< sorted: as numbers when all look like numbers, else by bytes
  std::vector<std::int64_t> groups;      ///< index into group_names
  std::vector<std::string> group_names;  ///< in order of first appearance
  std::vector<std::string> ids;
  std::vector<std::string> split;
  std::vector<std::int64_t> rows;    ///< 1-based row of the data each example came from
  std::vector<std::int64_t> places;  ///< which of the examples as first built each is
  std::int64_t data_rows = 0;        ///< rows of the table
  std::int64_t skipped_missing = 0;  ///< rows without text or label, under MissingRows::skip
  std::int64_t dropped_labels = 0;   ///< rows left out by keep_labels or drop_labels

  std::int64_t size() const { return static_cast<std::int64_t>(rows.size()); }
  std::vector<std::int64_t> class_counts() const;  ///< [k]
};

/// Build examples from columns.
/// Errors: input for a row without text or label (1-based data row named) unless they are skipped, for no
/// rows at all, for a kept label that does not occur (nearest named), and internal for columns of different
/// lengths.
Examples build_examples(const ExampleColumns& columns, const ExampleRules& rules);

/// Give some of the examples, in the order given; one may come twice. Classes that none of them has are gone.
/// Shapes: chosen, indices into the examples.
Examples pick(const Examples& examples, std::span<const std::int64_t> chosen);

/// Give the examples of two tables as those of one: equal class and group names mean the same. Rows keep the
/// number that they have in their own table.
Examples join(const Examples& first, const Examples& second);

/// Refuse examples of fewer than two classes.
/// Errors: input naming the class.
void require_two_classes(const Examples& examples);

/// Sort class names: as numbers when all of them are numbers, else by bytes.
void sort_class_names(std::vector<std::string>& names);

}  // namespace sonde::data

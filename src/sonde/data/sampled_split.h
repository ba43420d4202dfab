// Divisions that also choose and order rows: parts cut out of one sample, or a sample drawn of every part.
#pragma once

#include <cstdint>
#include <vector>

#include "sonde/data/sampling.h"
#include "sonde/data/split.h"

namespace sonde::data {

/// Rows chosen, in the order of the parts and, within each, in the order drawn.
struct DrawnRows {
  std::vector<std::int64_t> rows;  ///< [m] a row may come twice under `replacement`
  std::vector<Part> parts;         ///< [m]
};

/// Tables one after the other, as rows of one.
struct TableSizes {
  std::int64_t rows = 0;       ///< of the first table
  std::int64_t test_rows = 0;  ///< of the table for validation and test; 0: there is none
};

/// Cut the sample into `train` rows, then `valid`, then `test`, which if 0 takes the rest. With a table for
/// tests the training rows come from the first table (0: all) and the others from the second, each sampled by
/// itself.
/// Errors: usage for a cut that leaves train or test empty; input for more rows than there are.
DrawnRows cut_sample(const TableSizes& sizes, const SampleOptions& options);

/// Draw the counts of a sample out of each part, in the order train, validation, test of one stream; a part
/// whose count is 0 is taken whole, in drawn order. Errors: input for more rows than the part has.
DrawnRows draw_parts(const Split& split, const SampleOptions& options);

/// Divide two tables: all rows of the first are for training, and `options` divides the second into
/// validation and test in the ratio of its fractions. `input` is that of the rows of both.
/// Errors: usage for a method that divides otherwise than random, stratified or grouped; as make_split.
std::vector<Part> parts_of_tables(const SplitInput& input, const TableSizes& sizes, SplitOptions options);

}  // namespace sonde::data

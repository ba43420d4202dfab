// The rows of a study as its table holds them: columns read, prompts filled, nothing chosen or divided.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sonde/data/examples.h"
#include "sonde/data/templates.h"
#include "sonde/study/data_spec.h"

namespace sonde::study {

/// What is read besides the columns that a study names.
struct ExtraColumns {
  std::string_view split = "";                     ///< column that names the part of a row; empty: none
  std::span<const data::Template> templates = {};  ///< whose placeholders are columns
};

/// The rows of a table.
struct TableRows {
  data::Examples examples;
  std::vector<std::string> prompts;  ///< [n · templates] filled
};

/// Read the table that a study names, which lies in `files`.
/// Errors: as tables::read_table and data::build_examples say.
TableRows read_rows(const DataSpec& data, std::span<const std::string> files, const ExtraColumns& extra = {});

/// Give the SHA-256 of files' contents, one after the other; for one file it is what `sha256sum` prints.
std::string digest_of(std::span<const std::string> files);

}  // namespace sonde::study

// The folder of a run: study.toml, result.json, probes/, figures/ and report.html, visible all at once or not
// at all.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "sonde/files/output_folder.h"
#include "sonde/report/report.h"
#include "sonde/result/result.h"
#include "sonde/study/evaluation.h"

namespace sonde::study {

/// Where a run is written, if anywhere.
struct RunOutput {
  std::filesystem::path folder;  ///< empty: nothing is written
  files::Existing existing = files::Existing::refuse;
};

/// A run folder under construction; claims its place when made, so that a folder in the way is found before
/// any work.
class RunFolder {
 public:
  /// Errors: usage when the folder exists and may not be replaced, or cannot be written.
  explicit RunFolder(const RunOutput& output);

  /// Save fitted probes under probes/ and note each path in its result. `digest` is the model's.
  void write_probes(std::span<const FittedEntry> fitted, const std::string& digest, result::Result& result);
  /// Write study, result and report, and make the folder visible.
  void commit(const result::Result& result, report::RowTexts row_texts = report::RowTexts::shown);

 private:
  RunOutput output_;
  std::optional<files::OutputFolder> folder_;
};

}  // namespace sonde::study

#include "sonde/study/run_folder.h"

#include <fmt/core.h>

#include <cctype>

#include "sonde/files/atomic_file.h"
#include "sonde/study/probe_file.h"

namespace sonde::study {
namespace {

// A file name that every file system takes: letters, digits, dot, dash and underscore.
std::string file_name_of(std::string_view text) {
  std::string name;
  for (const char c : text) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-';
    name += plain ? c : '_';
  }
  return name.substr(0, 120);
}

}  // namespace

RunFolder::RunFolder(const RunOutput& output) : output_(output) {
  if (!output.folder.empty())
    folder_.emplace(output.folder, files::OutputFolderOptions{.existing = output.existing});
}

void RunFolder::write_probes(std::span<const FittedEntry> fitted, const std::string& digest,
                             result::Result& result) {
  if (!folder_) return;
  std::filesystem::create_directories(folder_->building() / "probes");
  for (const FittedEntry& entry : fitted) {
    result::AddressResult& found = result.results[entry.result];
    probes::SavedProbe saved = entry.probe->save();
    saved.metadata["address"] = found.at;
    saved.metadata["pooling"] = found.pooling;
    saved.metadata["model_digest"] = digest;
    saved.metadata["schema_version"] = result.schema_version;
    found.path =
        fmt::format("probes/{:03}-{}-{}.safetensors", entry.result, found.probe, file_name_of(found.at));
    write_probe(folder_->building() / found.path, saved);
  }
}

void RunFolder::commit(const result::Result& result, report::RowTexts row_texts) {
  if (!folder_) return;
  const std::filesystem::path& root = folder_->building();
  files::write_file(root / "study.toml", result.provenance.study);
  files::write_file(root / "result.json", result::to_text(result));
  report::write_report(result,
                       [&](std::string_view path, std::string_view bytes) {
                         const std::filesystem::path target = root / path;
                         std::filesystem::create_directories(target.parent_path());
                         files::write_file(target, bytes);
                       },
                       {.row_texts = row_texts, .run_name = output_.folder.filename().string()});
  folder_->commit();
}

}  // namespace sonde::study

// sonde run: any study, from its file.
#include "sonde/study/run.h"

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sonde/command.h"
#include "sonde/core/error.h"
#include "sonde/files/read_file.h"
#include "sonde/result_table.h"
#include "sonde/study/features.h"
#include "sonde/study/settings.h"
#include "sonde/study/toml.h"
#include "sonde/study_options.h"

namespace sonde::app {
namespace {

constexpr std::int64_t kStudyBytes = std::int64_t{16} << 20;

struct Options {
  std::string study;
  std::vector<std::string> settings;
  OutputOptions output;
};

void run(const Options& options, Session& session) {
  const std::filesystem::path path = options.study;
  const std::string folder = path.parent_path().string();
  nlohmann::json sections = study::parse_toml(files::read_file(path, kStudyBytes), options.study);
  for (const std::string& setting : options.settings) study::apply_setting(sections, setting);
  const study::RunOptions outside = run_options(session, options.output);
  if (const auto stored = study::read_features_study(sections, options.study, folder)) {
    const auto seed = static_cast<std::uint64_t>(stored->split.seed);
    return finish_run(session, study::fit_features(*stored, outside, session.context(seed)), options.output);
  }
  const study::Study study = study::read_study(sections, options.study, folder);
  const auto seed = static_cast<std::uint64_t>(study.split.seed);
  finish_run(session, study::run_study(study, outside, session.context(seed)), options.output);
}

Action declare(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("study", options->study, "study in TOML")->required();
  add_settings_option(app, options->settings);
  add_output_options(app, options->output, "folder for report, result and probes");
  return [options](Session& session) { run(*options, session); };
}

}  // namespace

extern const Command run_command;
const Command run_command = {"run", "run a study from its TOML file",
                             "  sonde run study.toml --out runs/a\n"
                             "  sonde run runs/a/study.toml --out runs/b\n"
                             "  sonde run study.toml --set split.seed=1 --set probes.*.c=0.1\n",
                             declare};

}  // namespace sonde::app

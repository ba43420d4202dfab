// sonde run: any study, from its file.
#include "sonde/study/run.h"

#include <filesystem>
#include <memory>

#include "sonde/command.h"
#include "sonde/core/error.h"
#include "sonde/files/read_file.h"
#include "sonde/result_table.h"
#include "sonde/study_options.h"

namespace sonde::app {
namespace {

constexpr std::int64_t kStudyBytes = std::int64_t{16} << 20;

struct Options {
  std::string study;
  OutputOptions output;
};

void run(const Options& options, Session& session) {
  const std::filesystem::path path = options.study;
  const study::Study study =
      study::parse_study(files::read_file(path, kStudyBytes), options.study, path.parent_path().string());
  const study::RunOptions run_options{
      .output = {.folder = options.output.out,
                 .existing = options.output.force ? files::Existing::replace : files::Existing::refuse,
                 .row_texts = study.report.texts},
      .command = session.command_line(),
      .created = session.created()};
  const result::Result result =
      study::run_study(study, run_options, session.context(static_cast<std::uint64_t>(study.split.seed)));
  print_result(session, result);
  if (!options.output.out.empty()) session.say("report: " + options.output.out + "/report.html");
}

Action declare(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("study", options->study, "study in TOML")->required();
  add_output_options(app, options->output, "folder for report, result and probes");
  return [options](Session& session) { run(*options, session); };
}

}  // namespace

extern const Command run_command;
const Command run_command = {"run", "run a study from its TOML file",
                             "  sonde run study.toml --out runs/a\n"
                             "  sonde run runs/a/study.toml --out runs/b\n",
                             declare};

}  // namespace sonde::app

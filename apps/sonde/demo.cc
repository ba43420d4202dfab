// sonde demo: the main job on a small real model and real reviews, divided by film.
#include <cstdlib>
#include <filesystem>
#include <memory>

#include "sonde/command.h"
#include "sonde/core/error.h"
#include "sonde/result_table.h"
#include "sonde/study/run.h"
#include "sonde/study_options.h"

namespace sonde::app {
namespace {

struct Options {
  OutputOptions output{.out = "sonde-demo"};
};

std::filesystem::path demo_folder() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  const std::filesystem::path base = cache != nullptr && *cache != '\0'
                                         ? std::filesystem::path(cache)
                                         : std::filesystem::path(home ? home : ".") / ".cache";
  const std::filesystem::path folder = base / "sonde" / "demo";
  if (std::filesystem::is_regular_file(folder / "reviews.csv")) return folder;
  throw Error(ErrorCode::input,
              {.where = folder.string(),
               .what = "the demo's model and reviews are not there",
               .hint = "run 'make demo' in the source folder, or tools/fetch_demo, which fetches them",
               .path = folder.string()});
}

study::Study demo_study(const std::filesystem::path& folder) {
  study::Study study;
  study.model.path = (folder / "all-MiniLM-L6-v2").string();
  study.data.file = (folder / "reviews.csv").string();
  study.data.text = "text";
  study.data.label = "category";
  study.data.group = "movie_name";
  study.data.label_noun = "sentiment";
  study.data.row_noun = "review";
  study.data.group_noun = "film";
  study.split.method = "grouped";
  return study;
}

void run(const Options& options, Session& session) {
  OutputOptions output = options.output;
  // The demo's own folder may always be replaced; somebody else's never is.
  output.force = output.force || output.out == Options().output.out;
  const study::Study study = demo_study(demo_folder());
  finish_run(session, study::run_study(study, run_options(session, output), session.context()), output);
}

Action declare(CLI::App& app) {
  auto options = std::make_shared<Options>();
  add_output_options(app, options->output, "folder for report, result and probes (default sonde-demo)");
  return [options](Session& session) { run(*options, session); };
}

}  // namespace

extern const Command demo_command;
const Command demo_command = {"demo", "the main job on a small real model and real film reviews",
                              "  sonde demo\n"
                              "  sonde demo --out runs/demo --json\n",
                              declare};

}  // namespace sonde::app

// sonde fit: probes on stored features.
#include <memory>

#include "sonde/command.h"
#include "sonde/result_table.h"
#include "sonde/study/features.h"
#include "sonde/study_options.h"

namespace sonde::app {
namespace {

struct Options {
  study::FeaturesStudy study;
  std::vector<std::string> probes;
  OutputOptions output;
};

void run(Options& options, Session& session) {
  study::FeaturesStudy& study = options.study;
  study.probes = parse_probes(options.probes);
  choose_split_method(study.split, study.features.split, study.features.groups);
  const auto seed = static_cast<std::uint64_t>(study.split.seed);
  finish_run(session, study::fit_features(study, run_options(session, options.output), session.context(seed)),
             options.output);
}

Action declare(CLI::App& app) {
  auto options = std::make_shared<Options>();
  study::FeaturesStudy& study = options->study;
  study::FeaturesSpec& features = study.features;
  app.add_option(
         "features", features.file,
         "safetensors file of tensors [n, d], contrast sets [n, prompts, d] or token rows with `offsets`; or "
         "an .npy matrix")
      ->required();
  app.add_option("--label,--labels", features.labels,
                 "tensor with the class or the number of each row, or an .npy file (default labels)");
  app.add_option("--split", features.split, "tensor with 0 train, 1 valid, 2 test");
  app.add_option("--group,--groups", features.groups, "tensor with group ids that must not cross the split");
  app.add_option("--at", features.at, "addresses to use, patterns allowed (default all)")
      ->allow_extra_args(false);
  add_split_options(app, study.split);
  add_probe_option(app, options->probes);
  add_evaluate_options(app, study.evaluate);
  add_honesty_option(app, study.honesty);
  add_output_options(app, options->output, "folder for report, result and probes");
  return [options](Session& session) { run(*options, session); };
}

}  // namespace

extern const Command fit_command;
const Command fit_command = {"fit", "fit probes on stored features",
                             "  sonde fit states.safetensors --label labels --out runs/c\n"
                             "  sonde fit features.npy --labels labels.npy --probe logistic:c=0.1\n",
                             declare};

}  // namespace sonde::app

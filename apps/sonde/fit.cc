// sonde fit: probes on stored features.
#include <memory>

#include "sonde/command.h"
#include "sonde/result_table.h"
#include "sonde/study/features.h"
#include "sonde/study_options.h"

namespace sonde::app {
namespace {

struct Options {
  study::FeaturesRequest request;
  std::vector<std::string> probes;
  OutputOptions output;
};

void run(Options& options, Session& session) {
  study::FeaturesRequest& request = options.request;
  request.probes = parse_probes(options.probes);
  if (!request.groups.empty()) request.split_options.method = "grouped";
  const study::RunOptions run_options{
      .output = {.folder = options.output.out,
                 .existing = options.output.force ? files::Existing::replace : files::Existing::refuse},
      .command = session.command_line(),
      .created = session.created()};
  const result::Result result = study::fit_features(
      request, run_options, session.context(static_cast<std::uint64_t>(request.split_options.seed)));
  print_result(session, result);
  if (!options.output.out.empty()) session.say("report: " + options.output.out + "/report.html");
}

Action declare(CLI::App& app) {
  auto options = std::make_shared<Options>();
  study::FeaturesRequest& request = options->request;
  app.add_option("features", request.features, "safetensors file of [n, d] tensors, or an .npy matrix")
      ->required();
  app.add_option("--label,--labels", request.labels,
                 "tensor with the class of each row, or an .npy file (default labels)");
  app.add_option("--split", request.split, "tensor with 0 train, 1 valid, 2 test");
  app.add_option("--group,--groups", request.groups, "tensor with group ids that must not cross the split");
  app.add_option("--at", request.at, "addresses to use, patterns allowed (default all)")
      ->allow_extra_args(false);
  add_split_options(app, request.split_options);
  add_probe_option(app, options->probes);
  add_evaluate_options(app, request.evaluate);
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

// sonde probe: the main job. All chosen addresses in one pass, a probe each, judged against baselines.
#include <memory>

#include "sonde/command.h"
#include "sonde/result_table.h"
#include "sonde/study/run.h"
#include "sonde/study_options.h"

namespace sonde::app {
namespace {

struct Options {
  study::Study study;
  std::vector<std::string> probes, pictures;
  OutputOptions output;
  bool hide_texts = false;
  std::int64_t sample = 0;
};

void run(Options& options, Session& session) {
  study::Study& study = options.study;
  study.probes = parse_probes(options.probes);
  study.report.texts = !options.hide_texts;
  for (const std::string& text : options.pictures) study.pictures.push_back(study::parse_picture(text));
  choose_split_method(study.split, study.split.column, study.data.group);
  if (options.sample > 0) study.sample = {.seed = study.split.seed, .count = options.sample};
  const auto seed = static_cast<std::uint64_t>(study.split.seed);
  finish_run(session, study::run_study(study, run_options(session, options.output), session.context(seed)),
             options.output);
}

Action declare(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("model", options->study.model.path,
                 "model folder, .gguf file, or hub id OWNER/NAME[@REVISION]")
      ->required();
  add_dtype_option(app, options->study.model);
  add_data_options(app, options->study.data);
  app.add_option("--label", options->study.data.label, "column with the label");
  app.add_option("--group", options->study.data.group, "column whose values must not cross the split");
  app.add_option("--id", options->study.data.id, "column with an identifier of the row");
  app.add_option("--test-data", options->study.data.test_file,
                 "table whose rows are for validation and test; those of --data are then all for training");
  app.add_option("--sample", options->sample, "rows drawn at random before they are divided (default all)")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 53));
  app.add_option("--split", options->study.split.column, "column that says train, valid or test");
  add_capture_options(app, options->study.capture);
  app.add_option(
         "--keep", options->study.capture.keep,
         "activations in memory: those needed again, or nothing, for probes in closed form and sgd: they are "
         "learned from or scored as they come; in folds texts run twice for that (default needed)")
      ->check(CLI::IsMember({"needed", "nothing"}));
  add_split_options(app, options->study.split);
  add_probe_option(app, options->probes);
  add_evaluate_options(app, options->study.evaluate);
  add_honesty_option(app, options->study.honesty);
  add_project_option(app, options->pictures);
  add_output_options(app, options->output, "folder for report, result and probes");
  app.add_flag("--hide-texts", options->hide_texts, "leave the texts of mistakes out of the report");
  return [options](Session& session) { run(*options, session); };
}

}  // namespace

extern const Command probe_command;
const Command probe_command = {"probe", "find out where in a model a label is decodable",
                               "  sonde probe models/minilm --data reviews.csv --text text --label category "
                               "--group movie_name --out runs/a\n"
                               "  sonde probe models/gpt2 --data reviews.csv --text text --label category "
                               "--at 'hidden[*],h.*.mlp' --tokens last\n"
                               "  sonde probe models/minilm --data reviews.csv --text text --label category "
                               "--probe logistic:c=0.1,class_weight=balanced\n"
                               "  sonde probe models/minilm --data reviews.csv --text text --label category "
                               "--honesty --out runs/b\n"
                               "  sonde probe models/minilm --data reviews.csv --text text --label category "
                               "--project pca --project tsne:at=all --out runs/c\n",
                               declare};

}  // namespace sonde::app

// sonde predict: score new texts with a trained run.
#include <fmt/core.h>

#include <memory>

#include "sonde/command.h"
#include "sonde/core/error.h"
#include "sonde/study/prediction.h"
#include "sonde/study_options.h"

namespace sonde::app {
namespace {

struct Options {
  study::PredictionRequest request;
};

// With a table, --text names its column; without one, it is a text to score.
void settle(study::PredictionRequest& request) {
  if (request.data.file.empty()) {
    if (!request.texts.empty()) return;
    throw Error(ErrorCode::usage, {.where = "predict",
                                   .what = "no text given",
                                   .hint = "use --text TEXT, or --data FILE --text COLUMN"});
  }
  if (request.texts.size() != 1) {
    throw Error(ErrorCode::usage,
                {.where = "predict", .what = "no text column given", .hint = "name it with --text COLUMN"});
  }
  request.data.text = request.texts.front();
  request.texts.clear();
}

nlohmann::ordered_json to_json(const study::PredictionReport& report) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < static_cast<std::size_t>(report.scores.rows()); ++i) {
    if (report.classes.empty()) {
      rows.push_back({{"row", i + 1}, {"number", report.scores.row(static_cast<std::int64_t>(i))[0]}});
      continue;
    }
    nlohmann::ordered_json probabilities;
    for (std::size_t k = 0; k < report.classes.size(); ++k) {
      probabilities[report.classes[k]] = report.scores.row(static_cast<std::int64_t>(i))[k];
    }
    rows.push_back(
        {{"row", i + 1}, {"label", report.classes[report.predicted[i]]}, {"probabilities", probabilities}});
  }
  return {{"at", report.at}, {"probe", report.probe}, {"truncated", report.truncated}, {"predictions", rows}};
}

void run(Options& options, Session& session) {
  options.request.hub = session.hub();
  settle(options.request);
  const study::PredictionReport report = study::predict(options.request, session.context());
  if (session.json()) return session.print_json(to_json(report), report.warnings);
  session.warn(report.warnings);
  for (std::size_t i = 0; i < report.texts.size(); ++i) {
    const std::span<const float> scores = report.scores.row(static_cast<std::int64_t>(i));
    if (report.classes.empty()) {
      session.print(fmt::format("{}\t{}", session.styled(fmt::format("{:.6g}", scores[0]), "bold"),
                                one_line(report.texts[i])));
      continue;
    }
    const std::int32_t label = report.predicted[i];
    const float probability = scores[label];
    session.print(fmt::format("{}\t{:.3f}\t{}", session.styled(report.classes[label], "bold"), probability,
                              one_line(report.texts[i])));
  }
}

Action declare(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("run", options->request.run, "folder of a run")->required();
  app.add_option("--text", options->request.texts, "text to score, repeatable; with --data, the text column")
      ->allow_extra_args(false);
  app.add_option("--data", options->request.data.file, "table with texts to score");
  app.add_option("--format", options->request.data.format,
                 "format of the table, where its name does not tell");
  app.add_option("--at", options->request.at, "address of the probe (default: the best)");
  app.add_option(
      "--probe", options->request.probe,
      "the probe, where an address has several: KIND, or KIND:OPTION=VALUE as the run's table has it");
  app.add_option("--model", options->request.model_path,
                 "model folder, .gguf file or hub id, where it has moved");
  return [options](Session& session) { run(*options, session); };
}

}  // namespace

extern const Command predict_command;
const Command predict_command = {"predict", "score new texts with a trained run",
                                 "  sonde predict runs/a --text 'A small film with a large heart.'\n"
                                 "  sonde predict runs/a --data new.csv --text text --json\n",
                                 declare};

}  // namespace sonde::app

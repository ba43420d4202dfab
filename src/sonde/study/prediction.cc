#include "sonde/study/prediction.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "sonde/capture/capture.h"
#include "sonde/core/nearest.h"
#include "sonde/files/read_file.h"
#include "sonde/fitting/prompts.h"
#include "sonde/hub/fetch.h"
#include "sonde/result/result.h"
#include "sonde/study/contrast_reads.h"
#include "sonde/study/describe.h"
#include "sonde/study/features.h"
#include "sonde/study/inputs.h"
#include "sonde/study/occurrence_source.h"
#include "sonde/study/padded_texts.h"
#include "sonde/study/probe_file.h"
#include "sonde/study/spec.h"
#include "sonde/study/table_source.h"

namespace sonde::study {
namespace {

constexpr std::int64_t kResultBytes = std::int64_t{256} << 20;

result::Result read_result(const std::filesystem::path& run) {
  const std::filesystem::path path = run / "result.json";
  if (!std::filesystem::is_regular_file(path)) {
    throw Error(ErrorCode::input, {.where = run.string(),
                                   .what = "not the folder of a run: it has no result.json",
                                   .hint = "give the folder that --out named",
                                   .path = path.string()});
  }
  const auto json = nlohmann::ordered_json::parse(files::read_file(path, kResultBytes), nullptr, false);
  if (json.is_discarded()) throw Error(ErrorCode::input, {.where = path.string(), .what = "not valid JSON"});
  return result::from_json(json);
}

const result::AddressResult& choose(const result::Result& result, const PredictionRequest& request) {
  const std::string at = request.at.empty() ? result.best.at : request.at;
  const std::string& probe = request.probe;
  const auto is_asked_for = [&](const result::AddressResult& entry) {
    return entry.at == at && (probe.empty() || probe == entry.probe || probe == result::probe_name(entry));
  };
  const result::AddressResult* best = result::find_best(result);
  if (best != nullptr && is_asked_for(*best)) return *best;
  std::vector<std::string> known;
  for (const result::AddressResult& entry : result.results) {
    if (is_asked_for(entry)) return entry;
    known.push_back(entry.at);
  }
  const bool address_known = std::find(known.begin(), known.end(), at) != known.end();
  if (address_known) {
    throw Error(ErrorCode::usage, {.where = fmt::format("probe '{}'", probe),
                                   .what = fmt::format("the run has no such probe at {}", at),
                                   .hint = "result.json of the run lists its probes"});
  }
  throw Error(ErrorCode::usage, {.where = fmt::format("address '{}'", at),
                                 .what = "the run has no probe there",
                                 .hint = did_you_mean(at, known)});
}

// The probe that a run keeps for an entry, with the study that fitted it.
struct OpenRun {
  result::Result result;
  result::AddressResult entry;
  Study study;
  std::unique_ptr<probes::FittedProbe> probe;
};

OpenRun open_run(const PredictionRequest& request) {
  OpenRun run{.result = read_result(request.run)};
  run.entry = choose(run.result, request);
  if (run.result.model.type == kFeaturesType) {
    throw Error(ErrorCode::usage,
                {.where = request.run.string(),
                 .what = "the run was fitted on stored features, so it has no model that could read a text",
                 .hint = "predict with a run that sonde probe made"});
  }
  run.study = parse_study(run.result.provenance.study, "study.toml", "");
  run.probe = probes::open_probe(read_probe(request.run / run.entry.path));
  return run;
}

hub::ModelLocation locate(const PredictionRequest& request, const Study& study, const RunContext& context) {
  const bool moved = !request.model_path.empty();
  const std::string& path = moved ? request.model_path : study.model.path;
  hub::ModelLocation location =
      hub::locate_model(path, moved ? "" : study.model.revision, hub::ModelPart::whole, request.hub, context);
  if (std::filesystem::exists(location.path)) return location;
  throw Error(ErrorCode::input, {.where = path,
                                 .what = "the run's model is no longer there",
                                 .hint = "say where it lies with --model",
                                 .path = path});
}

void require_digest(const capture::LanguageModel& model, const char* what, const std::string& got,
                    const std::string& expected) {
  if (got == expected) return;
  throw Error(ErrorCode::input, {.where = model.folder().string(),
                                 .what = what,
                                 .got = got,
                                 .expected = expected,
                                 .hint = "give the right model with --model"});
}

// What the model reads: the texts, or what the study's templates make of them.
struct Prompts {
  std::vector<std::string> shown;  // [n]
  std::vector<std::string> texts;  // [n · prompts]
};

Prompts prompts_of_texts(const std::vector<std::string>& texts, std::span<const data::Template> templates) {
  Prompts prompts{.shown = texts, .texts = {}};
  if (templates.empty()) prompts.texts = texts;
  for (const data::Template& text : templates) {
    if (text.placeholders().size() == 1 && text.placeholders() == templates[0].placeholders()) continue;
    throw Error(ErrorCode::usage, {.where = "predict",
                                   .what = "the run's templates ask for several columns",
                                   .expected = "a table with these columns",
                                   .hint = "use --data FILE --text COLUMN"});
  }
  for (const std::string& row : texts) {
    for (const data::Template& text : templates)
      prompts.texts.push_back(text.fill(std::array{std::string_view(row)}));
  }
  return prompts;
}

Prompts prompts_to_score(const PredictionRequest& request, const Study& study, const RunContext& context) {
  const bool from_table = !request.data.file.empty();
  const std::vector<data::Template> templates =
      templates_of(study.data, from_table ? request.data.text : text_column(study.data));
  if (!from_table) return prompts_of_texts(request.texts, templates);
  const hub::DataLocation data = hub::locate_data(request.data.file, "", request.hub, context);
  TableRows rows = read_rows(request.data, data.files, {.templates = templates});
  Prompts prompts{.shown = std::move(rows.examples.texts), .texts = std::move(rows.prompts)};
  if (templates.empty()) prompts.texts = prompts.shown;
  return prompts;
}

Matrix scores_of(const OpenRun& run, const capture::Activations& rows) {
  const auto prompts = std::max<std::int64_t>(1, static_cast<std::int64_t>(run.study.data.templates.size()));
  const MatrixView all = rows.values.view();
  if (!rows.offsets.empty()) return run.probe->scores(probes::ProbeInput::of_tokens(all, rows.offsets));
  const MatrixView sets = fitting::side_by_side(all, prompts);
  if (run.probe->input_kind() == probes::InputKind::contrast)
    return run.probe->scores(probes::ProbeInput::of_contrast(sets, prompts));
  if (run.entry.read != fitting::kDifference) return run.probe->scores(probes::ProbeInput::of_features(sets));
  const Matrix difference = fitting::prompt_difference(sets, prompts);
  return run.probe->scores(probes::ProbeInput::of_features(difference.view()));
}

}  // namespace

PredictionReport predict(const PredictionRequest& request, const RunContext& context) {
  const OpenRun run = open_run(request);
  const hub::ModelLocation location = locate(request, run.study, context);
  const capture::LanguageModel model(location.path);
  require_digest(model, "the model's weights are not those the probe was trained on",
                 model.checkpoint().digest(), run.result.provenance.weights_digest);
  const std::vector<std::string> asked = {run.entry.at};
  const capture::Capture prepared(model, capture::resolve(model.graph(), asked).addresses, context,
                                  run.study.model.precision());
  const text::Tokenizer tokenizer = model.open_tokenizer();
  require_digest(model, "the model's tokenizer is not the one the probe was trained with",
                 tokenizer.description().digest, run.result.provenance.tokenizer_digest);
  Prompts prompts = prompts_to_score(request, run.study, context);
  const std::vector<std::string_view> texts(prompts.texts.begin(), prompts.texts.end());
  PredictionReport report{
      .at = run.entry.at, .probe = result::probe_name(run.entry), .classes = run.probe->classes()};
  const std::int64_t max_length = max_length_of(run.study.capture, model, tokenizer);
  text::TokenBatch batch =
      run.study.occurrences
          ? windows_in_texts(*run.study.occurrences, texts, {&tokenizer, max_length}, context)
          : tokenizer.encode(texts, {.max_length = max_length}, context);
  batch = padded(std::move(batch), run.study.capture, model, report.warnings);
  const std::vector<capture::Activations> activations = prepared.run(batch, run.entry.pooling, context);
  if (!location.note.empty()) report.warnings.push_back({.code = "hub", .message = location.note});
  report.texts = std::move(prompts.shown);
  report.scores = scores_of(run, activations[0]);
  if (!report.classes.empty()) report.predicted = probes::predicted_classes(report.scores.view());
  report.truncated = truncated_texts(batch);
  warn_of_truncation(report.truncated, batch.size(), max_length, report.warnings);
  return report;
}

}  // namespace sonde::study

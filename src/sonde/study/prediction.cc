#include "sonde/study/prediction.h"

#include <fmt/core.h>

#include <algorithm>

#include "sonde/capture/capture.h"
#include "sonde/core/nearest.h"
#include "sonde/files/read_file.h"
#include "sonde/hub/fetch.h"
#include "sonde/result/result.h"
#include "sonde/study/describe.h"
#include "sonde/study/features.h"
#include "sonde/study/padded_texts.h"
#include "sonde/study/probe_file.h"
#include "sonde/study/spec.h"

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
  const std::string probe = request.probe.empty() && at == result.best.at ? result.best.probe : request.probe;
  std::vector<std::string> known;
  for (const result::AddressResult& entry : result.results) {
    if (entry.at == at && (probe.empty() || entry.probe == probe)) return entry;
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

}  // namespace

PredictionReport predict(const PredictionRequest& request, std::span<const std::string_view> texts,
                         const RunContext& context) {
  const result::Result result = read_result(request.run);
  const result::AddressResult& entry = choose(result, request);
  if (result.model.type == kFeaturesType) {
    throw Error(ErrorCode::usage,
                {.where = request.run.string(),
                 .what = "the run was fitted on stored features, so it has no model that could read a text",
                 .hint = "predict with a run that sonde probe made"});
  }
  const Study study = parse_study(result.provenance.study, "study.toml", "");
  const probes::SavedProbe saved = read_probe(request.run / entry.path);
  const std::unique_ptr<probes::FittedProbe> probe = probes::open_probe(saved);

  const bool moved = !request.model_path.empty();
  const std::string& path = moved ? request.model_path : study.model.path;
  const hub::ModelLocation location =
      hub::locate_model(path, moved ? "" : study.model.revision, hub::ModelPart::whole, request.hub, context);
  if (!std::filesystem::exists(location.path)) {
    throw Error(ErrorCode::input, {.where = path,
                                   .what = "the run's model is no longer there",
                                   .hint = "say where it lies with --model",
                                   .path = path});
  }
  const capture::LanguageModel model(location.path);
  if (model.checkpoint().digest() != result.provenance.weights_digest) {
    throw Error(ErrorCode::input, {.where = model.folder().string(),
                                   .what = "the model's weights are not those the probe was trained on",
                                   .got = model.checkpoint().digest(),
                                   .expected = result.provenance.weights_digest,
                                   .hint = "give the right model with --model"});
  }
  const std::vector<std::string> asked = {entry.at};
  const capture::Capture prepared(model, capture::resolve(model.graph(), asked).addresses, context,
                                  study.model.precision());
  const text::Tokenizer tokenizer = model.open_tokenizer();
  if (tokenizer.description().digest != result.provenance.tokenizer_digest) {
    throw Error(ErrorCode::input, {.where = model.folder().string(),
                                   .what = "the model's tokenizer is not the one the probe was trained with",
                                   .got = tokenizer.description().digest,
                                   .expected = result.provenance.tokenizer_digest,
                                   .hint = "give the right model with --model"});
  }
  PredictionReport report{.at = entry.at, .probe = entry.probe, .classes = probe->classes()};
  const std::int64_t max_length = max_length_of(study.capture, model, tokenizer);
  const text::TokenBatch batch = padded(tokenizer.encode(texts, {.max_length = max_length}, context),
                                        study.capture, model, report.warnings);
  const std::vector<capture::Activations> activations = prepared.run(batch, entry.pooling, context);

  if (!location.note.empty()) report.warnings.push_back({.code = "hub", .message = location.note});
  const capture::Activations& rows = activations[0];
  report.scores =
      probe->scores(rows.offsets.empty() ? probes::ProbeInput::of_features(rows.values.view())
                                         : probes::ProbeInput::of_tokens(rows.values.view(), rows.offsets));
  if (!report.classes.empty()) report.predicted = probes::predicted_classes(report.scores.view());
  report.truncated = truncated_texts(batch);
  warn_of_truncation(report.truncated, batch.size(), max_length, report.warnings);
  return report;
}

}  // namespace sonde::study

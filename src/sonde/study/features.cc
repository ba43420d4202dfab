#include "sonde/study/features.h"

#include "sonde/files/digest.h"
#include "sonde/kernels/simd.h"
#include "sonde/study/contrast_reads.h"
#include "sonde/study/describe.h"
#include "sonde/study/evaluation.h"
#include "sonde/study/feature_file.h"
#include "sonde/study/honesty.h"
#include "sonde/study/places.h"
#include "sonde/study/process_memory.h"
#include "sonde/study/tasks.h"
#include "sonde/study/toml.h"

namespace sonde::study {
namespace {

std::string to_toml(const FeaturesStudy& study) {
  nlohmann::ordered_json json;
  FeaturesSpec features = study.features;
  EvaluateSpec evaluate = study.evaluate;
  evaluate.metric = chosen_metric(evaluate, tasks_of(study.probes));
  features.file = std::filesystem::absolute(features.file).lexically_normal().string();
  json["features"] = options_to_json(features);
  json["features"]["at"] = features.at;
  if (study.sample) json["sample"] = options_to_json(*study.sample);
  json["split"] = options_to_json(study.split);
  json["evaluate"] = options_to_json(evaluate);
  if (study.honesty) json["honesty"] = options_to_json(*study.honesty);
  json["probes"] = probes_to_json(study.probes);
  return write_toml(json);
}

std::vector<std::string> names_of(std::span<const StoredFeatures> stored) {
  std::vector<std::string> names;
  for (const StoredFeatures& set : stored) names.push_back(set.name);
  return names;
}

std::vector<FeatureSet> views_of(std::span<const StoredFeatures> stored) {
  std::vector<FeatureSet> sets;
  for (const StoredFeatures& set : stored)
    sets.push_back({set.name, set.name, set.values.view(), set.prompts, set.offsets});
  return sets;
}

}  // namespace

std::optional<FeaturesStudy> read_features_study(const nlohmann::json& json, std::string_view path,
                                                 std::string_view folder) {
  if (!json.contains("features")) return std::nullopt;
  check_sections(json, {"features", "sample", "split", "evaluate", "honesty", "probes"}, path);
  FeaturesStudy study;
  nlohmann::json features = read_section(json, "features");
  study.features.at = take_addresses(features, {});
  assign_options("[features]", features, study.features);
  assign_options("[split]", read_section(json, "split"), study.split);
  assign_options("[evaluate]", read_section(json, "evaluate"), study.evaluate);
  study.sample = read_sample(json);
  study.honesty = read_honesty(json);
  study.probes = read_probes(json, folder);
  study.features.file = path_from(study.features.file, folder);
  return study;
}

result::Result fit_features(const FeaturesStudy& study, const RunOptions& options,
                            const RunContext& context) {
  const std::vector<metrics::Task> tasks = tasks_of(study.probes);
  (void)chosen_metric(study.evaluate, tasks);
  RunFolder folder(options.output);
  const FeaturesSpec& request = study.features;
  const FeatureFile file(request);
  SplitSpec split = study.split;
  if (!request.split.empty()) split.method = "column";
  const DivisionRules rules{split, study.evaluate.leaks, study.sample};
  data::Examples examples = sampled(file.examples(request), rules);
  settle_labels(tasks, request.labels, examples);
  const DividedExamples divided = divide(std::move(examples), rules);
  const std::vector<StoredFeatures> stored = file.features(request, divided.places);
  const std::vector<ProbeChoice> probes = place_probes(study.probes, names_of(stored));
  const ContrastReads features(views_of(stored), probes);

  result::Result result;
  result.model = {.path = request.file,
                  .name = std::filesystem::path(request.file).stem().string(),
                  .type = kFeaturesType};
  result.data =
      describe_data({.file = request.file, .label = request.labels, .group = request.groups}, divided);
  result.split = describe_split({.group = request.groups}, divided);
  if (study.evaluate.predictions) result.split.rows = rows_of_parts(divided);
  describe_leaks(divided, study.evaluate.leaks, result);
  const std::span<const std::int64_t> groups =
      divided.groups_whole ? std::span<const std::int64_t>(divided.groups) : std::span<const std::int64_t>();
  const EvaluationInput input{.features = features.sets(),
                              .labels = divided.labels,
                              .classes = divided.examples.classes,
                              .targets = divided.targets,
                              .train = divided.train,
                              .valid = divided.valid,
                              .test = divided.test,
                              .folds = divided.folds,
                              .groups = groups,
                              .data_rows = divided.data_rows,
                              .group_names = divided.examples.group_names,
                              .leaking = divided.leaking};
  const EvaluationOptions judging{study.evaluate, probes, "stored"};
  const auto fitted = evaluate(input, judging, context, result);
  if (study.honesty) question({*study.honesty, input, judging, fitted, divided.groups, {}}, context, result);
  const std::string digest = files::sha256_of_file(request.file);
  folder.write_probes(fitted, "", result);
  result.versions = versions();
  result.provenance = {.command = options.command,
                       .study = to_toml(study),
                       .data_digest = digest,
                       .seed = split.seed,
                       .threads = context.threads,
                       .simd = kernels::simd_level(),
                       .created = options.created};
  result.peak_rss_mb = peak_memory_mb();
  folder.commit(result);
  return result;
}

}  // namespace sonde::study

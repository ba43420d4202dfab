#include "sonde/study_options.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "sonde/capture/pooling.h"
#include "sonde/data/folds.h"
#include "sonde/probes/probe.h"

namespace sonde::app {
namespace {

std::string pooling_names() {
  std::vector<std::string> names;
  for (const capture::PoolingRecord* record : capture::poolings()) {
    names.push_back(record->argument.empty() ? std::string(record->name)
                                             : fmt::format("{}:{}", record->name, record->argument));
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string probe_names() {
  std::vector<std::string_view> names;
  for (const probes::ProbeRecord* record : probes::probe_records()) names.push_back(record->name);
  return fmt::format("{}", fmt::join(names, ", "));
}

// Every kind with its options, as the catalogue describes them.
std::string probe_help() {
  std::string text = "\nProbes and their options, with defaults:\n";
  for (const probes::ProbeRecord* record : probes::probe_records()) {
    text += fmt::format("  {}: {}\n", record->name, record->summary) + option_lines(record->options());
  }
  return text;
}

}  // namespace

std::string option_lines(const std::vector<FieldRecord>& fields) {
  std::string text;
  for (const FieldRecord& field : fields) {
    const std::string value = field.value.is_string() ? field.value.get<std::string>() : field.value.dump();
    text += fmt::format("    {}={}  {}", field.name, value, field.notes.help);
    std::vector<std::string> values = field.notes.words;
    for (const std::string& ending : field.notes.files) values.push_back("FILE" + ending);
    if (!values.empty()) text += fmt::format(" ({})", fmt::join(values, ", "));
    if (!field.notes.larger.empty()) text += fmt::format("; larger: {}", field.notes.larger);
    text += "\n";
  }
  return text;
}

void add_dtype_option(CLI::App& app, study::ModelSpec& model) {
  app.add_option("--dtype", model.dtype,
                 "number type of the matrix products: float32, or bfloat16, which halves the memory of the "
                 "weights (default float32)")
      ->check(CLI::IsMember({"float32", "bfloat16"}));
}

void add_data_options(CLI::App& app, study::DataSpec& data) {
  app.add_option("--data", data.file,
                 "table with one row per example: csv, tsv, jsonl, parquet or arrow; or "
                 "hf://datasets/OWNER/NAME[@REVISION]/PATH, where `*` makes several files one table");
  app.add_option("--text", data.text, "column with the text");
  app.add_option("--template", data.templates,
                 "what the model reads of a row, with columns in braces: 'Is this good? {text}'; repeatable: "
                 "several make a contrast set of each row")
      ->allow_extra_args(false);
  app.add_option("--limit", data.limit, "first rows of each table only (default all)")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 53));
  app.add_option("--format", data.format, "format of the table, where its name does not tell");
  app.add_option("--missing", data.missing, "a row without text or label: refuse or skip")
      ->check(CLI::IsMember({"refuse", "skip"}));
}

void add_capture_options(CLI::App& app, study::CaptureSpec& capture) {
  app.add_option(
         "--at", capture.at,
         "addresses: hidden[*], hidden[4:9], module paths, * within and ** across segments; repeatable, or a "
         "comma-separated list (default hidden[*])")
      ->allow_extra_args(false);
  app.add_option("--tokens", capture.tokens, fmt::format("pooling: {} (default mean)", pooling_names()));
  app.add_option("--max-length", capture.max_length,
                 "most tokens of a text (default: as many as the model takes)")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 31));
  app.add_option("--pad", capture.pad,
                 "left:L or right:L computes pads, to replay published work (default: none)");
  app.add_flag("--attend-pads", capture.attend_pads, "the tokens of a text see its pads, as without a mask");
}

void add_evaluate_options(CLI::App& app, study::EvaluateSpec& evaluate) {
  app.add_option("--metric", evaluate.metric,
                 "metric that chooses the best address (default accuracy, or r2 for numbers)");
  app.add_option("--leaks", evaluate.leaks,
                 "rows that stand on both sides of the split: warn, drop or refuse")
      ->check(CLI::IsMember({"warn", "drop", "refuse"}));
  app.add_option("--resamples", evaluate.resamples, "bootstrap resamples (default 1000)")
      ->check(CLI::Range(std::int64_t{2}, std::int64_t{1000000}));
}

void add_honesty_option(CLI::App& app, std::optional<study::HonestySpec>& honesty) {
  const study::HonestySpec defaults;
  app.add_flag_callback(
      "--honesty", [&honesty] { honesty.emplace(); },
      fmt::format("question the best probe with controls: {} fits to shuffled labels, a control task, "
                  "codelength, learning curve, {} refits, erasure, random weights; more under [honesty] of a "
                  "study",
                  defaults.permutations, defaults.seeds));
}

void add_split_options(CLI::App& app, study::SplitSpec& split) {
  app.add_option("--test", split.test, "fraction of all rows for the test (default 0.25)")
      ->check(CLI::Range(0.0, 0.9));
  app.add_option("--valid", split.valid, "fraction of all rows for choosing the best (default 0.15)")
      ->check(CLI::Range(0.0, 0.9));
  app.add_option_function<std::int64_t>(
         "--folds",
         [&split](std::int64_t folds) {
           split.folds = folds;
           split.method = "stratified_kfold";
         },
         "test every row exactly once, in this many folds, instead of dividing once")
      ->check(CLI::Range(std::int64_t{2}, std::int64_t{1000}));
  app.add_option("--seed", split.seed, "key of every random draw (default 0)")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 53));
}

void choose_split_method(study::SplitSpec& split, const std::string& column, const std::string& group) {
  const bool folds = data::makes_folds(split.method);
  if (folds && !column.empty()) {
    throw Error(ErrorCode::usage, {.where = "--folds",
                                   .what = "a column that says the part leaves nothing to fold",
                                   .hint = "leave out --split or --folds"});
  }
  if (!column.empty()) {
    split.method = "column";
  } else if (!group.empty()) {
    split.method = folds ? "group_kfold" : "grouped";
  }
}

void add_probe_option(CLI::App& app, std::vector<std::string>& probes) {
  app.footer([] { return probe_help(); });
  app.add_option(
         "--probe", probes,
         fmt::format("probe as KIND or KIND:option=value,option=value; repeatable; kinds: {}", probe_names()))
      ->allow_extra_args(false);
}

void add_project_option(CLI::App& app, std::vector<std::string>& pictures) {
  app.add_option("--project", pictures,
                 "picture of the examples at the best address: pca, tsne or umap, with options such as "
                 "tsne:at=all,perplexity=20, pca:dims=3 or umap:of=tokens,row=1; repeatable")
      ->allow_extra_args(false);
}

void add_settings_option(CLI::App& app, std::vector<std::string>& settings) {
  app.add_option(
         "--set", settings,
         "any key of the study, as its file would say it: sample.train=200, probes.*.steps=500; repeatable")
      ->allow_extra_args(false);
}

void add_output_options(CLI::App& app, OutputOptions& output, const std::string& what) {
  app.add_option("--out", output.out, what);
  app.add_flag("--force", output.force, "replace what an earlier run left there");
}

std::vector<study::ProbeChoice> parse_probes(const std::vector<std::string>& texts) {
  if (texts.empty()) return {{}};
  std::vector<study::ProbeChoice> choices;
  for (const std::string& text : texts) choices.push_back(study::parse_probe(text));
  return choices;
}

}  // namespace sonde::app

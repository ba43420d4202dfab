#include "sonde/study/run.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <numeric>
#include <optional>

#include "sonde/capture/capture.h"
#include "sonde/hub/fetch.h"
#include "sonde/kernels/simd.h"
#include "sonde/study/describe.h"
#include "sonde/study/evaluation.h"
#include "sonde/study/honesty.h"
#include "sonde/study/inputs.h"
#include "sonde/study/online.h"
#include "sonde/study/study_pictures.h"
#include "sonde/study/tasks.h"

namespace sonde::study {
namespace {

// Seconds since the last call.
class Stopwatch {
 public:
  double lap() {
    const auto now = std::chrono::steady_clock::now();
    return std::chrono::duration<double>(now - std::exchange(last_, now)).count();
  }

 private:
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

// A resolved study can be run from anywhere, and reads the same from a hub again.
Study resolved(Study study, const hub::ModelLocation& model, const hub::DataLocation& data) {
  study.evaluate.metric = chosen_metric(study.evaluate, tasks_of(study.probes));
  study.model.revision = model.revision;
  study.data.revision = data.revision;
  const auto make_absolute = [](std::string& path) {
    path = std::filesystem::absolute(path).lexically_normal().string();
  };
  if (model.revision.empty()) make_absolute(study.model.path);
  if (data.revision.empty()) make_absolute(study.data.file);
  return study;
}

class StudyRun {
 public:
  StudyRun(const Study& study, const RunOptions& options, const RunContext& context)
      : study_(study), options_(options), context_(context), folder_(options.output) {}

  result::Result run() {
    Stopwatch total;
    open();
    tokenize();
    forward();
    judge();
    draw();
    finish();
    result_.timing.report = watch_.lap();
    result_.timing.total = total.lap();
    folder_.commit(result_, study_.report.texts ? report::RowTexts::shown : report::RowTexts::left_out);
    return std::move(result_);
  }

 private:
  // Everything that is on a hub comes first, so that nothing is computed in vain.
  void locate() {
    data_ = hub::locate_data(study_.data.file, study_.data.revision, options_.hub, context_);
    location_ = hub::locate_model(study_.model.path, study_.model.revision, hub::ModelPart::whole,
                                  options_.hub, context_);
    for (const std::string& note : {data_.note, location_.note}) {
      if (!note.empty()) result_.warnings.push_back({.code = "hub", .message = note});
    }
  }

  void open() {
    locate();
    const std::string split_column = study_.split.method == "column" ? study_.split.column : "";
    data::Examples examples = read_examples(study_.data, data_.files, split_column);
    settle_labels(tasks_of(study_.probes), study_.data.label, examples);
    divided_ = divide(std::move(examples), study_.split, study_.evaluate.leaks);
    model_.emplace(location_.path);
    tokenizer_.emplace(model_->open_tokenizer());
    resolution_ = capture::resolve(model_->graph(), study_.capture.at);
    drop_values_without_vectors();
    capture_.emplace(*model_, resolution_.addresses, context_, study_.model.precision());
    result_.model = describe_model(*model_, study_.model);
    result_.model.revision = location_.revision;
    if (!location_.revision.empty()) result_.model.name = location_.name;
    result_.data = describe_data(study_.data, divided_);
    result_.data.revision = data_.revision;
    result_.split = describe_split(study_.data, divided_);
    describe_leaks(divided_, study_.evaluate.leaks, result_);
    if (divided_.examples.skipped_missing > 0) {
      result_.warnings.push_back({.code = "skipped",
                                  .message = fmt::format("{} rows without text or label were left out",
                                                         divided_.examples.skipped_missing)});
    }
    warn_of_unused_weights(*model_, result_.warnings);
    result_.timing.load = watch_.lap();
  }

  // Attention weights have no vector per text; a probe cannot read them.
  void drop_values_without_vectors() {
    std::erase_if(resolution_.addresses, [&](const capture::Address& address) {
      if (address.rows != graph::RowSpace::pair) return false;
      resolution_.left_out.push_back(address.name);
      return true;
    });
    for (const std::string& name : resolution_.left_out) {
      result_.warnings.push_back(
          {.code = "address",
           .message = fmt::format("'{}' is not one vector per token and was left out", name)});
    }
    if (!resolution_.addresses.empty()) return;
    throw Error(ErrorCode::usage, {.where = "[capture] at", .what = "no address is left to probe"});
  }

  void tokenize() {
    const std::int64_t max_length = model_->max_length(study_.capture.max_length, *tokenizer_);
    batch_ = tokenizer_->encode(divided_.texts, {.max_length = max_length}, context_);
    for (const std::int64_t example : divided_.order) data_rows_.push_back(divided_.examples.rows[example]);
    capture::check_texts(batch_, *capture::make_pooling(study_.capture.tokens), data_rows_);
    describe_tokens(batch_, max_length, result_);
    result_.timing.tokenize = watch_.lap();
  }

  void forward() {
    std::int64_t tokens = 0;
    if (learns_online()) {
      tokens = learn_online();
    } else {
      activations_ = capture_->run(batch_, study_.capture.tokens, context_);
      tokens = static_cast<std::int64_t>(batch_.ids.size());
    }
    result_.timing.forward = watch_.lap();
    result_.tokens_per_second = static_cast<double>(tokens) / result_.timing.forward;
  }

  // Where every probe learns from batches as they come, the rows of the training part need not be kept. The
  // best is then chosen on the validation part. Controls fit again, on rows that were kept.
  bool learns_online() const {
    if (study_.honesty || !divided_.folds.empty() || divided_.valid.count == 0 ||
        capture::make_pooling(study_.capture.tokens)->keeps_every_token()) {
      return false;
    }
    return std::ranges::all_of(study_.probes, [](const ProbeChoice& choice) {
      return probes::make_probe(choice.kind, choice.options)->online() != nullptr;
    });
  }

  // Fits every probe during a pass over the training part, and keeps the activations of the others. Gives the
  // tokens that were run.
  std::int64_t learn_online() {
    std::vector<std::unique_ptr<probes::Probe>> probes;
    std::vector<OnlineTask> tasks;
    for (const ProbeChoice& choice : study_.probes) {
      probes.push_back(probes::make_probe(choice.kind, choice.options));
      for (std::size_t i = 0; i < resolution_.addresses.size(); ++i)
        tasks.push_back({i, probes.back().get()});
    }
    std::vector<std::int64_t> rows(batch_.size());
    std::iota(rows.begin(), rows.end(), 0);
    const auto train = std::span<const std::int64_t>(rows).first(divided_.train.count);
    const text::TokenBatch learned = batch_.pick(train),
                           kept = batch_.pick(std::span(rows).subspan(train.size()));
    const auto of_train = [&](const auto& all) {
      return std::span(all).first(std::min(all.size(), train.size()));  // labels or targets may be missing
    };
    OnlineOutcome outcome = fit_online(
        *capture_, tasks, {.batch = &learned, .pooling = study_.capture.tokens, .rows = data_rows_},
        {.labels = of_train(divided_.labels),
         .classes = divided_.examples.classes,
         .targets = of_train(divided_.targets)},
        context_);
    for (std::size_t i = 0; i < tasks.size(); ++i)
      learned_.push_back({std::move(outcome.fitted[i]), outcome.seconds[i]});
    activations_ = capture_->run(kept, study_.capture.tokens, context_);
    first_kept_ = divided_.train.count;
    auto tokens = static_cast<std::int64_t>(kept.ids.size());
    for (const OnlineStretch& stretch : outcome.stretches) tokens += stretch.tokens;
    return tokens;
  }

  void judge() {
    std::vector<FeatureSet> features;
    for (const capture::Activations& a : activations_)
      features.push_back({.at = a.at,
                          .module = module_of(a.at),
                          .values = a.values.view(),
                          .offsets = a.offsets,
                          .first_row = first_kept_});
    const std::vector<std::int64_t> lengths(batch_.full_length.begin(), batch_.full_length.end());
    const EvaluationInput input{
        .features = features,
        .labels = divided_.labels,
        .classes = divided_.examples.classes,
        .targets = divided_.targets,
        .train = divided_.train,
        .valid = divided_.valid,
        .test = divided_.test,
        .folds = divided_.folds,
        .texts = divided_.texts,
        .lengths = lengths,
        // Rows of a group belong together only where the split kept them together.
        .groups = divided_.groups_whole ? divided_.groups : std::span<const std::int64_t>(),
        .data_rows = data_rows_,
        .group_names = divided_.examples.group_names,
        .leaking = divided_.leaking,
        .learned = learned_};
    const EvaluationOptions judging{study_.evaluate, study_.probes, study_.capture.tokens};
    fitted_ = evaluate(input, judging, context_, result_);
    result_.timing.probes = watch_.lap();
    if (!study_.honesty) return;
    question({*study_.honesty, input, judging, fitted_, divided_.groups,
              [&](const std::string& at) { return random_model_features(at); }},
             context_, result_);
    result_.timing.controls = watch_.lap();
  }

  // The same texts at the same address of the same model, had it never been trained.
  Matrix random_model_features(const std::string& at) const {
    const capture::LanguageModel model(location_.path, capture::FreshSeed{context_.seed});
    const std::vector<std::string> asked = {at};
    const capture::Capture capture(model, capture::resolve(model.graph(), asked).addresses, context_,
                                   study_.model.precision());
    return std::move(capture.run(batch_, study_.capture.tokens, context_).front().values);
  }

  void draw() {
    if (study_.pictures.empty()) return;
    const auto kept = [&](const auto& all) { return std::span(all).subspan(all.empty() ? 0 : first_kept_); };
    result_.pictures = draw_pictures(study_.pictures,
                                     {.activations = activations_,
                                      .best = result_.best.at,
                                      .rows = kept(data_rows_),
                                      .classes = divided_.examples.classes,
                                      .labels = kept(divided_.labels),
                                      .targets = kept(divided_.targets),
                                      .label = study_.data.label,
                                      .tokens = [&](std::int64_t row) { return states_of_tokens(row); }},
                                     context_);
    result_.timing.pictures = watch_.lap();
  }

  TokenStates states_of_tokens(std::int64_t row) const {
    const auto found = std::ranges::find(data_rows_, row);
    if (found == data_rows_.end()) {
      throw Error(ErrorCode::usage, {.where = "[[pictures]] row",
                                     .what = fmt::format("the study has no example from row {}", row)});
    }
    const std::int64_t text[] = {found - data_rows_.begin()};
    const text::TokenBatch one = batch_.pick(text);
    TokenStates states{capture_->run(one, "none", context_), {}};
    for (const std::int32_t& id : one.ids) states.texts.push_back(tokenizer_->decode({&id, 1}));
    return states;
  }

  // A hidden state is also some module's output.
  std::string module_of(const std::string& at) const {
    const std::vector<capture::Address>& all = resolution_.addresses;
    const auto address = std::find_if(all.begin(), all.end(), [&](const auto& a) { return a.name == at; });
    for (const graph::ScopeRecord& scope : model_->graph().scopes) {
      if (scope.output == address->value) return scope.path;
    }
    return at;
  }

  void finish() {
    const std::string digest = model_->checkpoint().digest();
    folder_.write_probes(fitted_, digest, result_);
    result_.versions = versions(study_.model.precision());
    result_.provenance = {.command = options_.command,
                          .study = to_toml(resolved(study_, location_, data_)),
                          .weights_digest = digest,
                          .tokenizer_digest = tokenizer_->description().digest,
                          .data_digest = digest_of(data_.files),
                          .seed = study_.split.seed,
                          .threads = context_.threads,
                          .simd = kernels::simd_level(),
                          .created = options_.created};
    result_.peak_rss_mb = peak_memory_mb();
  }

  const Study& study_;
  const RunOptions& options_;
  const RunContext& context_;
  RunFolder folder_;
  Stopwatch watch_;
  result::Result result_;
  hub::DataLocation data_;
  hub::ModelLocation location_;
  DividedExamples divided_;
  std::optional<capture::LanguageModel> model_;
  std::optional<text::Tokenizer> tokenizer_;
  capture::Resolution resolution_;
  std::optional<capture::Capture> capture_;
  text::TokenBatch batch_;
  std::vector<std::int64_t> data_rows_;  // of the file, in layout order
  std::vector<capture::Activations> activations_;
  std::int64_t first_kept_ = 0;        // row of the layout that the activations begin with
  std::vector<LearnedProbe> learned_;  // [probes · addresses] when they learned during the pass
  std::vector<FittedEntry> fitted_;
};

}  // namespace

result::Result run_study(const Study& study, const RunOptions& options, const RunContext& context) {
  check(study);
  return StudyRun(study, options, context).run();
}

}  // namespace sonde::study

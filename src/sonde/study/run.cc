#include "sonde/study/run.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>

#include "sonde/capture/capture.h"
#include "sonde/fitting/prompts.h"
#include "sonde/hub/fetch.h"
#include "sonde/kernels/simd.h"
#include "sonde/study/contrast_reads.h"
#include "sonde/study/describe.h"
#include "sonde/study/evaluation.h"
#include "sonde/study/example_source.h"
#include "sonde/study/honesty.h"
#include "sonde/study/learning.h"
#include "sonde/study/padded_texts.h"
#include "sonde/study/picture_sinks.h"
#include "sonde/study/places.h"
#include "sonde/study/process_memory.h"
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
Study resolved(Study study, const hub::ModelLocation& model, const ExampleSource& source) {
  study.evaluate.metric = chosen_metric(study.evaluate, tasks_of(study.probes));
  study.data = source.resolved();
  study.model.revision = model.revision;
  if (model.revision.empty())
    study.model.path = std::filesystem::absolute(study.model.path).lexically_normal().string();
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
    source_ = open_source(study_, options_.hub, context_);
    location_ = hub::locate_model(study_.model.path, study_.model.revision, hub::ModelPart::whole,
                                  options_.hub, context_);
    if (!location_.note.empty()) result_.warnings.push_back({.code = "hub", .message = location_.note});
  }

  void open() {
    locate();
    model_.emplace(location_.path);
    tokenizer_.emplace(model_->open_tokenizer());
    read();
    resolution_ = capture::resolve(model_->graph(), study_.capture.at);
    drop_values_without_vectors();
    probes_ = place_probes(study_.probes, model_->graph(), resolution_.addresses);
    pictures_ = place_pictures(study_.pictures, model_->graph(), resolution_.addresses);
    capture_.emplace(*model_, resolution_.addresses, context_, study_.model.precision());
    result_.model = describe_model(*model_, study_.model);
    result_.model.revision = location_.revision;
    if (!location_.revision.empty()) result_.model.name = location_.name;
    result_.data = describe_data(source_->described(), divided_);
    result_.data.revision = source_->resolved().revision;
    result_.split = describe_split(source_->described(), divided_);
    if (study_.evaluate.predictions) result_.split.rows = rows_of_parts(divided_);
    describe_leaks(divided_, study_.evaluate.leaks, result_);
    if (divided_.examples.skipped_missing > 0) {
      result_.warnings.push_back({.code = "skipped",
                                  .message = fmt::format("{} rows without text or label were left out",
                                                         divided_.examples.skipped_missing)});
    }
    warn_of_unused_weights(*model_, result_.warnings);
    result_.timing.load = watch_.lap();
  }

  void read() {
    SourcedExamples made = source_->read(*tokenizer_, context_);
    for (result::Warning& warning : made.warnings) result_.warnings.push_back(std::move(warning));
    keep_pictured(made.examples);
    const DivisionRules rules{study_.split, study_.evaluate.leaks, study_.sample, made.test_rows};
    data::Examples examples = sampled(std::move(made.examples), rules);
    settle_labels(tasks_of(study_.probes), source_->described().label, examples);
    divided_ = divide(std::move(examples), rules);
  }

  // Keeps the texts whose tokens are drawn, before the rows are sampled.
  void keep_pictured(const data::Examples& examples) {
    for (const PictureSpec& picture : study_.pictures) {
      if (picture.of != "tokens") continue;
      const auto row = std::ranges::find(examples.rows, picture.row);
      if (row == examples.rows.end() || examples.texts.empty()) {
        throw Error(ErrorCode::usage, {.where = "[[pictures]] row",
                                       .what = fmt::format("the data has no text in row {}", picture.row)});
      }
      pictured_[picture.row] = examples.texts[row - examples.rows.begin()];
    }
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
    const std::int64_t max_length = max_length_of(study_.capture, *model_, *tokenizer_);
    batch_ = source_->tokens({divided_.texts, divided_.places}, {&*tokenizer_, max_length}, context_);
    std::vector<std::int64_t> rows;  // of every text
    for (const std::int64_t row : divided_.data_rows) rows.insert(rows.end(), source_->prompts(), row);
    describe_tokens(batch_, max_length, result_);
    batch_ = padded(std::move(batch_), study_.capture, *model_, result_.warnings);
    capture::check_texts(batch_, *capture::make_pooling(study_.capture.tokens), rows);
    result_.timing.tokenize = watch_.lap();
  }

  void forward() {
    return_freed_memory();  // tokenizer and table leave tens of MB
    const Kept kept = rows_kept(study_, divided_, source_->prompts());
    if (kept == Kept::nothing)
      unkept_pictures_.emplace(pictures_, *capture_, std::ssize(divided_.order), context_);
    Learning learning = learn(
        {.capture = *capture_,
         .batch = batch_,
         .pooling = study_.capture.tokens,
         .prompts = source_->prompts(),
         .divided = divided_,
         .probes = probes_,
         .besides = unkept_pictures_ ? unkept_pictures_->places() : std::span<const fitting::SinkPlace>()},
        kept, context_);
    learned_ = std::move(learning.learned);
    activations_ = std::move(learning.activations);
    first_kept_ = learning.first_kept;
    // The weights go after the last pass, which is this one or that of a picture.
    const auto takes_a_pass = [](const PictureSpec& picture) { return picture.of == "tokens"; };
    if (std::ranges::none_of(pictures_, takes_a_pass)) capture_.reset();
    result_.timing.forward = watch_.lap();
    result_.tokens_per_second = static_cast<double>(learning.tokens) / result_.timing.forward;
  }

  std::vector<FeatureSet> feature_sets() const {
    std::vector<FeatureSet> features;
    for (const capture::Activations& a : activations_)
      features.push_back({.at = a.at,
                          .module = module_of(a.at),
                          .values = fitting::side_by_side(a.values.view(), source_->prompts()),
                          .prompts = source_->prompts(),
                          .offsets = a.offsets,
                          .first_row = first_kept_});
    return features;
  }

  // Tokens of each row's text; of its first prompt where there are several.
  std::vector<std::int64_t> lengths() const {
    std::vector<std::int64_t> lengths;
    for (std::size_t i = 0; i < divided_.order.size(); ++i)
      lengths.push_back(batch_.full_length[i * source_->prompts()]);
    return lengths;
  }

  // The token that each row's vector is of, where the pooling takes just the token that a text is about.
  std::vector<std::int64_t> tokens() const {
    const auto pooling = capture::make_pooling(study_.capture.tokens);
    std::vector<std::int64_t> ids;
    for (std::int64_t i = 0; i < batch_.size() && source_->prompts() == 1; ++i) {
      const TokenRange real = batch_.real(i);
      const std::optional<std::int64_t> target = batch_.target(i);
      const TokenRange read =
          pooling->reads({0, real.count(), batch_.specials(i).subspan(real.first, real.count()), target});
      if (!target || read.first != *target || read.count() != 1) return {};
      ids.push_back(batch_.tokens(i)[real.first + *target]);
    }
    return ids;
  }

  void judge() {
    const ContrastReads features(feature_sets(), probes_);
    const std::vector<std::int64_t> lengths = this->lengths(), tokens = this->tokens();
    const EvaluationInput input{
        .features = features.sets(),
        .labels = divided_.labels,
        .classes = divided_.examples.classes,
        .targets = divided_.targets,
        .train = divided_.train,
        .valid = divided_.valid,
        .test = divided_.test,
        .folds = divided_.folds,
        .texts = divided_.texts,
        .lengths = lengths,
        .tokens = tokens,
        // Rows of a group belong together only where the split kept them together.
        .groups = divided_.groups_whole ? divided_.groups : std::span<const std::int64_t>(),
        .data_rows = divided_.data_rows,
        .group_names = divided_.examples.group_names,
        .leaking = divided_.leaking,
        .learned = learned_};
    const EvaluationOptions judging{study_.evaluate, probes_, study_.capture.tokens};
    fitted_ = evaluate(input, judging, context_, result_);
    result_.timing.probes = watch_.lap();
    if (!study_.honesty) return;
    question({*study_.honesty, input, judging, fitted_, divided_.groups,
              [&](const FeatureSet& set) { return random_model_features(set); }},
             context_, result_);
    result_.timing.controls = watch_.lap();
  }

  // The same texts at the same address of the same model, had it never been trained.
  Matrix random_model_features(const FeatureSet& set) const {
    const capture::LanguageModel model(location_.path, capture::FreshSeed{context_.seed});
    const std::vector<std::string> asked = {set.at};
    const capture::Capture capture(model, capture::resolve(model.graph(), asked).addresses, context_,
                                   study_.model.precision());
    const Matrix rows = std::move(capture.run(batch_, study_.capture.tokens, context_).front().values);
    return fitting::read_prompts(rows.view(), source_->prompts(), set.read);
  }

  void draw() {
    if (pictures_.empty()) return;
    result_.pictures =
        draw_pictures(pictures_,
                      {.best = result_.best.at,
                       .examples = [&](const PictureSpec& spec,
                                       const std::string& at) { return pictured_examples(spec, at); },
                       .tokens = [&](std::int64_t row) { return states_of_tokens(row); }},
                      context_, result_.warnings);
    capture_.reset();
    result_.timing.pictures = watch_.lap();
  }

  // The examples of a picture: those whose activations were kept, or that were taken for it.
  PictureRows pictured_examples(const PictureSpec& spec, const std::string& at) {
    const auto kept = [&](const auto& all) {
      return std::span(all).subspan(all.empty() || unkept_pictures_ ? 0 : first_kept_);
    };
    PictureRows rows{.at = at,
                     .x = activations_at(activations_, at).values.view(),
                     .rows = kept(divided_.data_rows),
                     .classes = divided_.examples.classes,
                     .labels = kept(divided_.labels),
                     .values = kept(divided_.targets),
                     .texts = {},
                     .colored_by = source_->described().label};
    return unkept_pictures_ ? unkept_pictures_->at(spec, at).rows(std::move(rows)) : rows;
  }

  // The bare text, without pads or prompts, whether the study uses that row or not.
  TokenStates states_of_tokens(std::int64_t row) const {
    const std::vector<std::string_view> text = {pictured_.at(row)};
    const std::int64_t max_length = max_length_of(study_.capture, *model_, *tokenizer_);
    const text::TokenBatch one = tokenizer_->encode(text, {.max_length = max_length}, context_);
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
    result_.recipe = options_.recipe;
    result_.versions = versions(study_.model.precision());
    result_.provenance = {.command = options_.command,
                          .study = to_toml(resolved(study_, location_, *source_)),
                          .weights_digest = digest,
                          .tokenizer_digest = tokenizer_->description().digest,
                          .data_digest = source_->digest(),
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
  std::unique_ptr<ExampleSource> source_;
  hub::ModelLocation location_;
  DividedExamples divided_;
  std::optional<capture::LanguageModel> model_;
  std::optional<text::Tokenizer> tokenizer_;
  capture::Resolution resolution_;
  std::vector<ProbeChoice> probes_;    // with their addresses in full
  std::vector<PictureSpec> pictures_;  // likewise, or the best
  std::optional<capture::Capture> capture_;
  text::TokenBatch batch_;
  std::map<std::int64_t, std::string> pictured_;  // texts whose tokens are drawn, by row of the data
  std::optional<PictureSinks> unkept_pictures_;
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

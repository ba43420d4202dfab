// Attention pooling over the tokens of an example: learned queries weigh the tokens by softmax, a linear
// classifier reads the weighted means. Trained with Adam on minibatches of ragged examples; with a validation
// part it stops early and keeps the epoch with the lowest validation loss, without one it runs all epochs and
// keeps the last. An example without tokens is refused. Source: EleutherAI attention-probes, AttentionProbe,
// without its position weights, hidden layer and dropout.
#include <fmt/core.h>

#include <algorithm>

#include "sonde/probes/checks.h"
#include "sonde/probes/probe.h"
#include "sonde/probes/saved.h"
#include "sonde/solvers/attention_classifier.h"
#include "sonde/solvers/early_stopping.h"
#include "sonde/solvers/logistic.h"

namespace sonde::probes {
namespace {

constexpr std::string_view kKind = "attention";

struct AttentionOptions {
  std::int64_t heads = 4;
  double lr = 1e-3;
  double weight_decay = 0;
  std::int64_t batch = 32;
  std::int64_t epochs = 50;
  std::int64_t patience = 5;
  bool shuffle = true;
  bool standardize = true;

  template <class V>
  void fields(V& visit) {
    visit("heads", heads,
          {.help = "learned queries", .larger = "can look at more kinds of tokens", .low = 1, .high = 1024});
    visit("lr", lr,
          {.help = "learning rate of Adam", .larger = "takes longer steps", .low = 1e-12, .high = 1e3});
    visit(
        "weight_decay", weight_decay,
        {.help = "decoupled weight decay (AdamW)", .larger = "pulls the weights harder towards 0", .low = 0});
    visit("batch", batch,
          {.help = "examples of a step",
           .larger = "fewer, smoother steps an epoch",
           .low = 1,
           .high = 1 << 20});
    visit("epochs", epochs,
          {.help = "passes over the training rows at most", .larger = "fits closer", .low = 1});
    visit("patience", patience,
          {.help = "epochs without a lower validation loss before it stops; 0: never",
           .larger = "waits longer for the loss to fall again",
           .low = 0});
    visit("shuffle", shuffle, {.help = "go through the examples in a new order every epoch"});
    visit("standardize", standardize,
          {.help = "scale features by mean and deviation of the training tokens"});
  }
};

// Finite features of the width, and a token for every example.
void check_tokens(const ProbeInput& input, std::int64_t width) {
  SONDE_ASSERT(static_cast<std::int64_t>(input.offsets.size()) == input.rows + 1);
  check_features(kKind, input, width);
  for (std::int64_t i = 0; i < input.rows; ++i) {
    if (input.offsets[i + 1] > input.offsets[i]) continue;
    throw Error(ErrorCode::input, {.where = "probe attention",
                                   .what = fmt::format("row {} has no tokens", i),
                                   .expected = "at least one token of every example",
                                   .hint = "leave empty texts out"});
  }
}

std::int64_t most_tokens(const ProbeInput& input) {
  std::int64_t most = 1;
  for (std::int64_t i = 0; i < input.rows; ++i)
    most = std::max(most, input.offsets[i + 1] - input.offsets[i]);
  return most;
}

// What is stored, on raw tokens.
struct Weights {
  Matrix queries;           // [h, d]
  Matrix weight;            // [k, h · d]
  std::vector<float> bias;  // [k]
};

class FittedAttention : public FittedProbe {
 public:
  FittedAttention(Weights weights, std::vector<std::string> classes, nlohmann::ordered_json options,
                  FitReport report)
      : weights_(std::move(weights)),
        classes_(std::move(classes)),
        options_(std::move(options)),
        report_(std::move(report)) {}

  Matrix scores(const ProbeInput& input) const override {
    check_tokens(input, weights_.queries.cols());
    const std::int64_t heads = weights_.queries.rows(), d = weights_.queries.cols();
    const auto k = static_cast<std::int64_t>(classes_.size());
    const solvers::TokenExamples examples{input.features, input.offsets, {}};
    Matrix scores(input.rows, k), attention(heads, most_tokens(input)), pooled(heads, d);
    std::vector<double> logits(k), row(k);
    for (std::int64_t i = 0; i < input.rows; ++i) {
      const MatrixView tokens = examples.example(i);
      solvers::attend(tokens, weights_.queries.view(), {attention.data(), heads, tokens.rows, tokens.rows},
                      pooled.view());
      for (std::int64_t c = 0; c < k; ++c) {
        const std::span<const float> weight = weights_.weight.row(c);
        logits[c] = weights_.bias[c];
        for (std::int64_t j = 0; j < heads * d; ++j)
          logits[c] += static_cast<double>(weight[j]) * pooled.data()[j];
      }
      solvers::probabilities(logits, row);
      std::ranges::copy(row, scores.row(i).begin());
    }
    return scores;
  }

  SavedProbe save() const override {
    const auto values = [](const Matrix& m) {
      return std::vector<float>(m.data(), m.data() + m.rows() * m.cols());
    };
    return {{{"queries", {weights_.queries.rows(), weights_.queries.cols()}, values(weights_.queries)},
             {"weight", {weights_.weight.rows(), weights_.weight.cols()}, values(weights_.weight)},
             {"bias", {weights_.weight.rows()}, weights_.bias}},
            saved_metadata(kKind, options_, classes_, report_)};
  }
  const std::vector<std::string>& classes() const override { return classes_; }
  const FitReport& report() const override { return report_; }
  InputKind input_kind() const override { return InputKind::tokens; }

 private:
  Weights weights_;
  std::vector<std::string> classes_;
  nlohmann::ordered_json options_;
  FitReport report_;
};

// The scaler folded in: what it adds to the products with a query is the same for every token and drops out
// of the softmax; what it adds to the means goes into the bias.
Weights folded(const solvers::AttentionClassifier& classifier, std::span<const float> parameters,
               const solvers::ColumnStatistics* scaler) {
  const MatrixView queries = classifier.queries(parameters);
  const solvers::DenseLayer& layer = classifier.layer();
  const std::span<const float> bias = layer.bias(parameters);
  Weights weights{
      Matrix(queries.rows, queries.cols), Matrix(layer.outputs, layer.inputs), {bias.begin(), bias.end()}};
  std::copy_n(queries.data, queries.rows * queries.cols, weights.queries.data());
  std::copy_n(layer.weight(parameters).data, layer.outputs * layer.inputs, weights.weight.data());
  if (scaler == nullptr) return weights;
  const std::int64_t d = queries.cols;
  const auto rescale = [&](float& value, std::int64_t j) {
    value = static_cast<float>(value / scaler->scale[j % d]);
  };
  for (std::int64_t i = 0; i < queries.rows * d; ++i) rescale(weights.queries.data()[i], i);
  for (std::int64_t c = 0; c < layer.outputs; ++c) {
    double shifted = weights.bias[c];
    for (std::int64_t j = 0; j < layer.inputs; ++j) {
      float& weight = weights.weight.row(c)[j];
      rescale(weight, j);
      shifted -= weight * scaler->mean[j % d];
    }
    weights.bias[c] = static_cast<float>(shifted);
  }
  return weights;
}

class Attention : public Probe {
 public:
  explicit Attention(AttentionOptions options) : options_(options) {}

  std::unique_ptr<FittedProbe> fit(const LabelledInput& train, const RunContext& context) const override {
    return train_on(train, nullptr, context);
  }
  std::unique_ptr<FittedProbe> fit(const LabelledInput& train, const LabelledInput& validation,
                                   const RunContext& context) const override {
    return train_on(train, validation.input.rows > 0 ? &validation : nullptr, context);
  }
  std::string_view kind() const override { return kKind; }
  InputKind input_kind() const override { return InputKind::tokens; }
  nlohmann::ordered_json options() const override { return options_to_json(options_); }

 private:
  static double mean_loss(solvers::AttentionClassifier& classifier, const solvers::TokenExamples& examples) {
    const auto n = static_cast<std::int64_t>(examples.labels.size());
    double sum = 0;
    const solvers::EpochPlan plan{n, classifier.batch(), 1, solvers::EpochOrder::as_given};
    solvers::run_epochs(
        plan, {0, kKind},
        [&](std::span<const std::int64_t> rows) { return sum += classifier.loss(examples, rows); },
        [](std::int64_t) { return false; });
    return sum / static_cast<double>(n);
  }

  solvers::AttentionShape shape_for(const LabelledInput& train, const LabelledInput* validation) const {
    const std::int64_t most = most_tokens(train.input);
    return {.width = train.input.features.cols,
            .heads = options_.heads,
            .classes = static_cast<std::int64_t>(train.classes.size()),
            .batch = std::min(options_.batch, train.input.rows),
            .most_tokens = validation == nullptr ? most : std::max(most, most_tokens(validation->input))};
  }

  std::unique_ptr<FittedProbe> train_on(const LabelledInput& train, const LabelledInput* validation,
                                        const RunContext& context) const {
    check_training(kKind, train);
    check_tokens(train.input, -1);
    if (validation != nullptr) check_tokens(validation->input, train.input.features.cols);
    Team team(context);
    solvers::ColumnStatistics statistics;
    if (options_.standardize) statistics = solvers::column_statistics(train.input.features);
    solvers::AttentionClassifier classifier(
        shape_for(train, validation),
        options_.standardize ? solvers::RowScaler(statistics) : solvers::RowScaler(),
        {.lr = options_.lr, .weight_decay = options_.weight_decay, .decoupled = true}, team);
    classifier.draw_start(RandomStream(context.seed, kKind));
    solvers::EarlyStopping stopping(solvers::Better::lower, options_.patience);
    FitReport report = run(classifier, train, validation, stopping, context);
    const std::span<const float> kept = stopping.any() ? stopping.parameters() : classifier.parameters();
    return std::make_unique<FittedAttention>(
        folded(classifier, kept, options_.standardize ? &statistics : nullptr),
        std::vector<std::string>(train.classes.begin(), train.classes.end()), options(), std::move(report));
  }

  FitReport run(solvers::AttentionClassifier& classifier, const LabelledInput& train,
                const LabelledInput* validation, solvers::EarlyStopping& stopping,
                const RunContext& context) const {
    const solvers::TokenExamples examples{train.input.features, train.input.offsets, train.labels};
    const solvers::EpochPlan plan{
        train.input.rows, classifier.batch(), options_.epochs,
        options_.shuffle ? solvers::EpochOrder::shuffled : solvers::EpochOrder::as_given};
    const solvers::EpochOutcome outcome = solvers::run_epochs(
        plan, RandomStream(context.seed, kKind).substream(1),
        [&](std::span<const std::int64_t> rows) { return classifier.step(examples, rows); },
        [&](std::int64_t epoch) {
          if (validation == nullptr) return true;
          const double loss = mean_loss(
              classifier, {validation->input.features, validation->input.offsets, validation->labels});
          return stopping.observe(epoch, loss, classifier.parameters());
        });
    FitReport report{.n_iter = outcome.epochs};
    report.details["epoch_kept"] = stopping.any() ? stopping.best_step() : outcome.epochs;
    report.details["training_loss"] = outcome.training_loss;
    if (stopping.any()) report.details["validation_loss"] = stopping.best();
    return report;
  }

  AttentionOptions options_;
};

std::unique_ptr<Probe> make(const nlohmann::json& given) {
  AttentionOptions options;
  assign_options("probe attention", given, options);
  return std::make_unique<Attention>(options);
}

std::unique_ptr<FittedProbe> open(const SavedProbe& saved) {
  std::vector<std::string> classes = saved_classes(saved);
  const NamedTensor& queries = saved_tensor(saved, "queries");
  const NamedTensor& weight = saved_tensor(saved, "weight");
  const NamedTensor& bias = saved_tensor(saved, "bias");
  const auto k = static_cast<std::int64_t>(classes.size());
  if (queries.shape.size() != 2 || weight.shape != std::vector{k, queries.shape[0] * queries.shape[1]} ||
      bias.shape != std::vector{k}) {
    throw Error(ErrorCode::input, {.where = "saved probe",
                                   .what = "queries, weight and bias do not fit each other",
                                   .expected = "[h, d], [k, h·d] and [k]"});
  }
  Weights weights{Matrix(queries.shape[0], queries.shape[1]), Matrix(k, weight.shape[1]), bias.values};
  std::ranges::copy(queries.values, weights.queries.data());
  std::ranges::copy(weight.values, weights.weight.data());
  return std::make_unique<FittedAttention>(std::move(weights), std::move(classes),
                                           saved.metadata.at("options"), saved_report(saved));
}

}  // namespace

extern const ProbeRecord attention_entry;
const ProbeRecord attention_entry{
    .name = kKind,
    .summary = "learned attention over the tokens of an example, then a linear classifier",
    .source = "EleutherAI attention-probes",
    .input = InputKind::tokens,
    .row_order = RowOrder::decides,
    .options = [] { return field_records(AttentionOptions{}); },
    .make = make,
    .open = open};

}  // namespace sonde::probes

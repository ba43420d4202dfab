// A multilayer perceptron on features, trained with Adam on minibatches. With a validation part it stops
// early and keeps the parameters of the epoch with the lowest validation loss; without one, or with
// keep=last, it runs all epochs and keeps the last: no training row is held back. Convolutions, dropout and
// regression are refused. Source: the lesson probe 768-768-2 with Adam at 1e-3 and batches of 32, torch 2.15
// nn.Linear, Adam, AdamW.
#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "sonde/kernels/gemm.h"
#include "sonde/probes/checks.h"
#include "sonde/probes/probe.h"
#include "sonde/probes/saved.h"
#include "sonde/probes/torch_start.h"
#include "sonde/solvers/early_stopping.h"
#include "sonde/solvers/logistic.h"
#include "sonde/solvers/minibatches.h"
#include "sonde/solvers/perceptron.h"

namespace sonde::probes {
namespace {

constexpr std::string_view kKind = "mlp";

struct MlpOptions {
  std::string hidden = "768";
  std::string activation = "relu";
  std::string head = "softmax";
  double lr = 1e-3;
  double weight_decay = 0;
  std::int64_t batch = 32;
  std::int64_t epochs = 50;
  std::int64_t patience = 5;
  bool shuffle = true;
  bool standardize = true;
  std::string keep = "best";
  std::string draws = "sonde";
  std::int64_t seed = 0;
  std::int64_t built_before = 0;
  std::string stream = "restarted";

  template <class V>
  void fields(V& visit) {
    visit("hidden", hidden, {.help = "widths of the hidden layers, as 768 or 256x64"});
    visit("activation", activation, {.help = "after each hidden layer", .words = {"relu", "gelu"}});
    visit("head", head,
          {.help = "what the loss is taken of; sigmoid squashes twice, as a published lesson does by mistake",
           .words = {"softmax", "sigmoid"}});
    visit("lr", lr,
          {.help = "learning rate of Adam", .larger = "takes longer steps", .low = 1e-12, .high = 1e3});
    visit(
        "weight_decay", weight_decay,
        {.help = "decoupled weight decay (AdamW)", .larger = "pulls the weights harder towards 0", .low = 0});
    visit("batch", batch,
          {.help = "rows of a step", .larger = "fewer, smoother steps an epoch", .low = 1, .high = 1 << 20});
    visit("epochs", epochs,
          {.help = "passes over the training rows at most", .larger = "fits closer", .low = 1});
    visit("patience", patience,
          {.help = "epochs without a lower validation loss before it stops; 0: never",
           .larger = "waits longer for the loss to fall again",
           .low = 0});
    visit("shuffle", shuffle, {.help = "go through the rows in a new order every epoch"});
    visit("standardize", standardize, {.help = "scale features by mean and deviation of the training rows"});
    visit(
        "keep", keep,
        {.help = "parameters of the epoch that was best on the validation part, or those of the last epoch, "
                 "whatever the validation part says",
         .words = {"best", "last"}});
    visit("draws", draws, {.help = kTorchDrawsHelp, .words = {"sonde", "torch"}});
    visit("seed", seed, {.help = kDrawsSeedHelp, .low = 0});
    visit("built_before", built_before,
          {.help = "networks of this shape that were built from torch's generator before and never used",
           .low = 0,
           .high = 1e6});
    visit("stream", stream,
          {.help = "whether torch's generator starts anew at each address, or draws on where the address "
                   "before stopped, as a loop over layers that seeds once does",
           .words = {"restarted", "continued"}});
  }
};

constexpr std::int64_t kScoredAtOnce = 256;

std::vector<std::int64_t> hidden_widths(const std::string& text) {
  std::vector<std::int64_t> widths;
  for (std::size_t first = 0; first <= text.size();) {
    const std::size_t last = std::min(text.find('x', first), text.size());
    std::int64_t width = 0;
    const auto [end, failure] = std::from_chars(text.data() + first, text.data() + last, width);
    if (failure != std::errc{} || end != text.data() + last || width < 1 || width > 1 << 20) {
      throw Error(ErrorCode::usage, {.where = "probe mlp, option 'hidden'",
                                     .what = "value not allowed",
                                     .got = text,
                                     .expected = "widths from 1 to 1048576 joined by x, as 768 or 256x64"});
    }
    widths.push_back(width);
    first = last + 1;
  }
  return widths;
}

solvers::Head head_of(std::string_view word) {
  return word == "sigmoid" ? solvers::Head::sigmoid : solvers::Head::logits;
}

// One layer as it is stored, on raw inputs.
struct Layer {
  Matrix weight;            // [outputs, inputs]
  std::vector<float> bias;  // [outputs]
};

class FittedMlp : public FittedProbe {
 public:
  FittedMlp(std::vector<Layer> layers, std::vector<std::string> classes, nlohmann::ordered_json options,
            FitReport report)
      : layers_(std::move(layers)),
        classes_(std::move(classes)),
        options_(std::move(options)),
        activation_(kernels::activation_named(options_.at("activation").get<std::string>())),
        head_(head_of(options_.at("head").get<std::string>())),
        report_(std::move(report)) {
    for (const Layer& layer : layers_) {
      const auto size = static_cast<std::size_t>(layer.weight.rows() * layer.weight.cols());
      packed_.push_back(kernels::pack_weight({.values = {layer.weight.data(), size},
                                              .inputs = layer.weight.cols(),
                                              .outputs = layer.weight.rows(),
                                              .bias = layer.bias}));
    }
  }

  Matrix scores(const ProbeInput& input) const override {
    check_features(kKind, input, layers_[0].weight.cols());
    const auto k = static_cast<std::int64_t>(classes_.size());
    Matrix scores(input.rows, k);
    Buffers buffers(*this);
    std::vector<double> margins(k), row(k);
    for (std::int64_t first = 0; first < input.rows; first += kScoredAtOnce) {
      const std::int64_t rows = std::min(kScoredAtOnce, input.rows - first);
      const MatrixView logits = buffers.run(*this, input.features, {first, first + rows});
      for (std::int64_t i = 0; i < rows; ++i) {
        std::ranges::copy(logits.row(i), margins.begin());
        solvers::probabilities(margins, row);
        std::ranges::copy(row, scores.row(first + i).begin());
      }
    }
    return scores;
  }

  SavedProbe save() const override {
    SavedProbe saved{{}, saved_metadata(kKind, options_, classes_, report_)};
    for (std::size_t l = 0; l < layers_.size(); ++l) {
      const Matrix& weight = layers_[l].weight;
      saved.tensors.push_back({fmt::format("layers.{}.weight", l),
                               {weight.rows(), weight.cols()},
                               {weight.data(), weight.data() + weight.rows() * weight.cols()}});
      saved.tensors.push_back({fmt::format("layers.{}.bias", l), {weight.rows()}, layers_[l].bias});
    }
    return saved;
  }
  const std::vector<std::string>& classes() const override { return classes_; }
  const FitReport& report() const override { return report_; }
  InputKind input_kind() const override { return InputKind::features; }

 private:
  // Room for the layers' outputs of some rows. Every row goes through packed weights, so that its bits do not
  // depend on its neighbours.
  struct Buffers {
    explicit Buffers(const FittedMlp& probe) {
      const std::int64_t rows = kScoredAtOnce + kernels::kRowPadding;
      outputs.emplace_back(rows, probe.layers_[0].weight.cols());
      for (const Layer& layer : probe.layers_) outputs.emplace_back(rows, layer.weight.rows());
    }

    MatrixView run(const FittedMlp& probe, MatrixView features, solvers::RowRange range) {
      const std::int64_t rows = range.last - range.first;
      for (std::int64_t i = 0; i < rows; ++i)
        std::ranges::copy(features.row(range.first + i), outputs[0].row(i).begin());
      for (std::size_t l = 0; l < probe.layers_.size(); ++l) {
        const MutableMatrixView y{outputs[l + 1].data(), rows, outputs[l + 1].cols(), outputs[l + 1].cols()};
        probe.packed_[l]->multiply({outputs[l].data(), rows, outputs[l].cols(), outputs[l].cols()}, y);
        if (l + 1 < probe.layers_.size()) kernels::activate(probe.activation_, y, y);
        if (l + 1 == probe.layers_.size() && probe.head_ == solvers::Head::sigmoid)
          kernels::activate(kernels::Activation::sigmoid, y, y);
      }
      return {outputs.back().data(), rows, outputs.back().cols(), outputs.back().cols()};
    }

    std::vector<Matrix> outputs;
  };

  std::vector<Layer> layers_;
  std::vector<std::unique_ptr<kernels::PackedWeight>> packed_;
  std::vector<std::string> classes_;
  nlohmann::ordered_json options_;
  kernels::Activation activation_;
  solvers::Head head_;
  FitReport report_;
};

// The layers of a trained network, the scaler folded into the first.
std::vector<Layer> folded_layers(const std::vector<solvers::DenseLayer>& shape,
                                 std::span<const float> parameters, const solvers::ColumnStatistics* scaler) {
  std::vector<Layer> layers;
  for (const solvers::DenseLayer& layer : shape) {
    const std::span<const float> bias = layer.bias(parameters);
    layers.push_back({Matrix(layer.outputs, layer.inputs), {bias.begin(), bias.end()}});
    std::copy_n(layer.weight(parameters).data, layer.outputs * layer.inputs, layers.back().weight.data());
  }
  if (scaler == nullptr) return layers;
  Layer& first = layers[0];
  for (std::int64_t o = 0; o < first.weight.rows(); ++o) {
    double bias = first.bias[o];
    for (std::int64_t j = 0; j < first.weight.cols(); ++j) {
      float& weight = first.weight.row(o)[j];
      weight = static_cast<float>(weight / scaler->scale[j]);
      bias -= weight * scaler->mean[j];
    }
    first.bias[o] = static_cast<float>(bias);
  }
  return layers;
}

class Mlp : public Probe {
 public:
  explicit Mlp(MlpOptions options) : options_(std::move(options)), hidden_(hidden_widths(options_.hidden)) {}

  std::unique_ptr<FittedProbe> fit(const LabelledInput& train, const RunContext& context) const override {
    return train_on(train, nullptr, context);
  }
  std::unique_ptr<FittedProbe> fit(const LabelledInput& train, const LabelledInput& validation,
                                   const RunContext& context) const override {
    check_features(kKind, validation.input, train.input.features.cols);
    const bool judges = validation.input.rows > 0 && options_.keep == "best";
    return train_on(train, judges ? &validation : nullptr, context);
  }
  std::unique_ptr<Probe> placed(std::int64_t place) const override {
    if (options_.stream == "restarted") return nullptr;
    MlpOptions options = options_;
    options.built_before += place;
    options.stream = "restarted";
    return std::make_unique<Mlp>(std::move(options));
  }
  std::string_view kind() const override { return kKind; }
  InputKind input_kind() const override { return InputKind::features; }
  nlohmann::ordered_json options() const override { return options_to_json(options_); }

 private:
  // A network with the rows it is trained on, block by block.
  struct Training {
    solvers::Perceptron network;
    solvers::RowScaler scaler;
    Matrix x;
    std::vector<std::int32_t> labels;

    // Copy rows into the block that the network reads and run `use(x, labels)` on it.
    template <class Use>
    double on(const LabelledInput& part, std::span<const std::int64_t> rows, Use use) {
      const auto count = static_cast<std::int64_t>(rows.size());
      const MutableMatrixView block{x.data(), count, x.cols(), x.cols()};
      solvers::gather(part.input.features, rows, scaler, block);
      for (std::int64_t i = 0; i < count; ++i) labels[i] = part.labels[rows[i]];
      return use(block, std::span<const std::int32_t>(labels).first(count));
    }

    double mean_loss(const LabelledInput& part) {
      double sum = 0;
      const solvers::EpochPlan plan{part.input.rows, network.batch(), 1, solvers::EpochOrder::as_given};
      solvers::run_epochs(
          plan, {0, kKind},
          [&](std::span<const std::int64_t> rows) {
            return sum += on(part, rows,
                             [&](MatrixView block, auto classes) { return network.loss(block, classes); });
          },
          [](std::int64_t) { return false; });
      return sum / static_cast<double>(part.input.rows);
    }
  };

  solvers::PerceptronShape shape_for(const LabelledInput& train) const {
    solvers::PerceptronShape shape{.sizes = {train.input.features.cols},
                                   .activation = kernels::activation_named(options_.activation),
                                   .head = head_of(options_.head)};
    shape.sizes.insert(shape.sizes.end(), hidden_.begin(), hidden_.end());
    shape.sizes.push_back(static_cast<std::int64_t>(train.classes.size()));
    return shape;
  }

  void draw_start(solvers::Perceptron& network, const RunContext& context) const {
    if (options_.draws == "sonde") {
      network.draw_start(RandomStream(context.seed, kKind));
      return;
    }
    replay::TorchGenerator generator(static_cast<std::uint64_t>(options_.seed));
    for (std::int64_t built = 0; built <= options_.built_before; ++built)
      draw_torch_layers(generator, network.layers(), network.parameters());
  }

  std::unique_ptr<FittedProbe> train_on(const LabelledInput& train, const LabelledInput* validation,
                                        const RunContext& context) const {
    check_training(kKind, train);
    check_features(kKind, train.input, -1);
    Team team(context);
    const std::int64_t batch = std::min(options_.batch, train.input.rows);
    const std::int64_t room = std::max(batch, kScoredAtOnce);
    const solvers::AdamOptions adam{
        .lr = options_.lr, .weight_decay = options_.weight_decay, .decoupled = true};
    Training training{.network = solvers::Perceptron(shape_for(train), adam, room, team),
                      .x = Matrix(room, train.input.features.cols),
                      .labels = std::vector<std::int32_t>(room)};
    solvers::ColumnStatistics statistics;
    if (options_.standardize) {
      statistics = solvers::column_statistics(train.input.features);
      training.scaler = solvers::RowScaler(statistics);
    }
    draw_start(training.network, context);
    solvers::EarlyStopping stopping(solvers::Better::lower, options_.patience);
    FitReport report = run_epochs(training, train, validation, stopping, context);
    const std::span<const float> kept =
        stopping.any() ? stopping.parameters() : std::span<const float>(training.network.parameters());
    return std::make_unique<FittedMlp>(
        folded_layers(training.network.layers(), kept, options_.standardize ? &statistics : nullptr),
        std::vector<std::string>(train.classes.begin(), train.classes.end()), options(), std::move(report));
  }

  FitReport run_epochs(Training& training, const LabelledInput& train, const LabelledInput* validation,
                       solvers::EarlyStopping& stopping, const RunContext& context) const {
    const solvers::EpochPlan plan{
        train.input.rows, std::min(options_.batch, train.input.rows), options_.epochs,
        options_.shuffle ? solvers::EpochOrder::shuffled : solvers::EpochOrder::as_given};
    const solvers::EpochOutcome outcome = solvers::run_epochs(
        plan, RandomStream(context.seed, kKind).substream(1 << 20),
        [&](std::span<const std::int64_t> rows) {
          return training.on(train, rows, [&](MatrixView block, auto classes) {
            return training.network.step(block, classes);
          });
        },
        [&](std::int64_t epoch) {
          return validation == nullptr ||
                 stopping.observe(epoch, training.mean_loss(*validation), training.network.parameters());
        });
    FitReport report{.n_iter = outcome.epochs};
    report.details["epoch_kept"] = stopping.any() ? stopping.best_step() : outcome.epochs;
    report.details["training_loss"] = outcome.training_loss;
    if (stopping.any()) report.details["validation_loss"] = stopping.best();
    return report;
  }

  MlpOptions options_;
  std::vector<std::int64_t> hidden_;
};

std::unique_ptr<Probe> make(const nlohmann::json& given) {
  nlohmann::json texts = given;
  if (texts.contains("hidden") && texts["hidden"].is_number_integer())
    texts["hidden"] = texts["hidden"].dump();
  MlpOptions options;
  assign_options("probe mlp", texts, options);
  return std::make_unique<Mlp>(std::move(options));
}

[[noreturn]] void refuse_layer(std::size_t layer, std::string_view what) {
  throw Error(ErrorCode::input,
              {.where = fmt::format("saved probe, layer {}", layer), .what = std::string(what)});
}

std::unique_ptr<FittedProbe> open(const SavedProbe& saved) {
  std::vector<std::string> classes = saved_classes(saved);
  const nlohmann::ordered_json& options = saved.metadata.at("options");
  const std::size_t count = hidden_widths(options.at("hidden").get<std::string>()).size() + 1;
  std::vector<Layer> layers;
  for (std::size_t l = 0; l < count; ++l) {
    const NamedTensor& weight = saved_tensor(saved, fmt::format("layers.{}.weight", l));
    const NamedTensor& bias = saved_tensor(saved, fmt::format("layers.{}.bias", l));
    if (weight.shape.size() != 2 || bias.shape != std::vector{weight.shape[0]})
      refuse_layer(l, "weight and bias do not fit each other");
    if (l > 0 && weight.shape[1] != layers.back().weight.rows())
      refuse_layer(l, "does not fit the layer before it");
    layers.push_back({Matrix(weight.shape[0], weight.shape[1]), bias.values});
    std::ranges::copy(weight.values, layers.back().weight.data());
  }
  if (layers.back().weight.rows() != static_cast<std::int64_t>(classes.size()))
    refuse_layer(count - 1, "has not one output a class");
  return std::make_unique<FittedMlp>(std::move(layers), std::move(classes), options, saved_report(saved));
}

}  // namespace

extern const ProbeRecord mlp_entry;
const ProbeRecord mlp_entry{.name = kKind,
                            .summary = "multilayer perceptron, trained with Adam",
                            .source = "torch 2.15 nn.Linear, optim.Adam, optim.AdamW",
                            .input = InputKind::features,
                            .row_order = RowOrder::decides,
                            .options = [] { return field_records(MlpOptions{}); },
                            .make = make,
                            .open = open};

}  // namespace sonde::probes

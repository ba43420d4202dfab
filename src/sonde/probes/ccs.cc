// Contrast-consistent search: a linear layer that calls exactly one of two contrary statements true, found
// without labels from many random starts. Reads two prompts: prompt 0 says that the first class is true,
// prompt 1 that the second is. Refuses any other number of prompts; no hidden layer. The restart kept is that
// of the lowest training loss after its last update; rank=before takes the loss before that update, as the
// published code does. center=own repeats another habit of that code: rows are centred by the mean of
// the part they are scored in, so that their scores depend on the rows beside them. Source: Burns et al.
// 2023, "Discovering latent knowledge in language models without supervision";
// collin-burns/discovering_latent_knowledge, utils.py, class CCS.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "sonde/core/random.h"
#include "sonde/probes/contrast.h"
#include "sonde/probes/saved.h"
#include "sonde/probes/torch_start.h"
#include "sonde/replay/torch_linear.h"
#include "sonde/solvers/consistent_search.h"

namespace sonde::probes {
namespace {

constexpr std::string_view kKind = "ccs";

struct CcsOptions {
  std::int64_t restarts = 10;
  std::int64_t epochs = 1000;
  double lr = 1e-3;
  double weight_decay = 0.01;
  std::string normalize = "mean";
  std::string center = "train";
  std::string sign = "train";
  std::string rank = "after";
  std::string draws = "sonde";
  std::int64_t seed = 0;
  std::int64_t built_before = 0;

  template <class V>
  void fields(V& visit) {
    visit("restarts", restarts,
          {.help = "random starts, of which the one with the lowest loss is kept",
           .larger = "may find a lower loss; 16 cost what one does",
           .low = 1,
           .high = 1e6});
    visit("epochs", epochs,
          {.help = "updates from each start",
           .larger = "follows the loss further down",
           .low = 1,
           .high = 1e9});
    visit("lr", lr, {.help = "learning rate of AdamW", .larger = "longer steps", .low = 1e-12, .high = 1e3});
    visit("weight_decay", weight_decay,
          {.help = "decoupled decay of AdamW", .larger = "smaller weights", .low = 0, .high = 1e3});
    visit(
        "normalize", normalize,
        {.help = "what each prompt is freed of: its mean, or its mean and its deviation on the training rows",
         .words = kNormalizeWords});
    visit("center", center,
          {.help = "which mean that is: that of the training rows, or that of whatever part is scored (as "
                   "published), so that scores depend on the rows beside them",
           .words = {"train", "own"}});
    visit("sign", sign, {.help = kSignHelp, .words = kSignWords});
    visit("rank", rank,
          {.help = "loss that ranks restarts: after the last update, or before it (as published)",
           .words = {"after", "before"}});
    visit("draws", draws, {.help = kTorchDrawsHelp, .words = {"sonde", "torch"}});
    visit("seed", seed, {.help = kDrawsSeedHelp, .low = 0});
    visit("built_before", built_before,
          {.help = "layers that were built from torch's generator before the first restart and never used",
           .low = 0,
           .high = 1e6});
  }
};

// One layer on raw rows: a weight vector and a bias for each prompt, since each is normalised on its own.
// Shapes: weight [2, d], bias [2].
class FittedCcs final : public FittedProbe {
 public:
  FittedCcs(LinearWeights layer, FitReport report, std::vector<std::string> classes,
            nlohmann::ordered_json options)
      : layer_(std::move(layer)),
        report_(std::move(report)),
        classes_(std::move(classes)),
        options_(std::move(options)),
        own_mean_(options_.at("center") == "own") {}

  // The first class is as probable as ½(p₀ + 1 − p₁).
  Matrix scores(const ProbeInput& input) const override {
    check_contrast_rows(kKind, input, 2, layer_.weight.cols());
    const std::vector<double> first = probabilities(input, 0), second = probabilities(input, 1);
    Matrix scores(input.rows, 2);
    for (std::int64_t i = 0; i < input.rows; ++i) {
      const double of_first = 0.5 * (first[i] + (1 - second[i]));
      scores.row(i)[0] = static_cast<float>(of_first);
      scores.row(i)[1] = static_cast<float>(1 - of_first);
    }
    return scores;
  }
  SavedProbe save() const override {
    return {linear_tensors(layer_), saved_metadata(kKind, options_, classes_, report_)};
  }
  const std::vector<std::string>& classes() const override { return classes_; }
  const FitReport& report() const override { return report_; }
  InputKind input_kind() const override { return InputKind::contrast; }

 private:
  std::vector<double> probabilities(const ProbeInput& input, std::int64_t prompt) const {
    std::vector<double> values(input.rows);
    const auto weight = layer_.weight.row(prompt);
    solvers::DenseDesign(prompt_rows(input, prompt))
        .margins({0, input.rows}, std::vector<double>(weight.begin(), weight.end()), values);
    double mean = 0;
    for (const double value : values) mean += value / static_cast<double>(input.rows);
    const double shift = layer_.bias[prompt] - (own_mean_ ? mean : 0);
    for (double& value : values) value = 1 / (1 + std::exp(-(value + shift)));
    return values;
  }

  LinearWeights layer_;
  FitReport report_;
  std::vector<std::string> classes_;
  nlohmann::ordered_json options_;
  bool own_mean_;
};

// The rows in the order of their numbers, so that theirs does not decide how sums round: restarts often end
// at losses that differ by less.
Matrix in_order(MatrixView rows) {
  std::vector<std::int64_t> order(rows.rows);
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, [&](std::int64_t a, std::int64_t b) {
    return std::ranges::lexicographical_compare(rows.row(a), rows.row(b));
  });
  Matrix result(rows.rows, rows.cols);
  for (std::int64_t i = 0; i < rows.rows; ++i) std::ranges::copy(rows.row(order[i]), result.row(i).begin());
  return result;
}

Matrix normalised(MatrixView rows, const solvers::ColumnStatistics& scaler) {
  Matrix result(rows.rows, rows.cols);
  for (std::int64_t i = 0; i < rows.rows; ++i) {
    for (std::int64_t j = 0; j < rows.cols; ++j)
      result.row(i)[j] = static_cast<float>((rows.row(i)[j] - scaler.mean[j]) / scaler.scale[j]);
  }
  return result;
}

// Weights and bias uniform within ±1/√d, as torch draws a linear layer's.
std::vector<solvers::LinearLayer> random_starts(std::int64_t count, std::int64_t d, std::uint64_t seed) {
  const double bound = 1 / std::sqrt(static_cast<double>(d));
  std::vector<solvers::LinearLayer> starts(count);
  for (std::int64_t r = 0; r < count; ++r) {
    const RandomStream stream = RandomStream(seed, kKind).substream(static_cast<std::uint64_t>(r));
    const auto draw = [&](std::int64_t i) { return static_cast<float>(bound * (2 * stream.uniform(i) - 1)); };
    for (std::int64_t j = 0; j < d; ++j) starts[r].weight.push_back(draw(j));
    starts[r].bias = draw(d);
  }
  return starts;
}

// Starts as torch draws them where every restart builds a layer and then a random order of the n rows, which
// only decides how sums round.
std::vector<solvers::LinearLayer> torch_starts(const CcsOptions& options, std::int64_t n, std::int64_t d) {
  replay::TorchGenerator generator(static_cast<std::uint64_t>(options.seed));
  for (std::int64_t built = 0; built < options.built_before; ++built)
    (void)replay::draw_torch_linear(generator, d, 1);
  std::vector<solvers::LinearLayer> starts;
  for (std::int64_t r = 0; r < options.restarts; ++r) {
    replay::TorchLinear drawn = replay::draw_torch_linear(generator, d, 1);
    starts.push_back({std::move(drawn.weight), drawn.bias[0]});
    (void)generator.randperm(n);
  }
  return starts;
}

LinearWeights fold(const solvers::LinearLayer& layer, const std::vector<solvers::ColumnStatistics>& scalers) {
  const auto d = static_cast<std::int64_t>(layer.weight.size());
  LinearWeights folded{Matrix(2, d), {}};
  for (std::int64_t p = 0; p < 2; ++p) {
    double bias = layer.bias;
    for (std::int64_t j = 0; j < d; ++j) {
      const double weight = layer.weight[j] / scalers[p].scale[j];
      folded.weight.row(p)[j] = static_cast<float>(weight);
      bias -= weight * scalers[p].mean[j];
    }
    folded.bias.push_back(static_cast<float>(bias));
  }
  return folded;
}

// Complements every probability.
void negate(LinearWeights& layer) {
  for (std::int64_t p = 0; p < 2; ++p) {
    for (float& weight : layer.weight.row(p)) weight = -weight;
    layer.bias[p] = -layer.bias[p];
  }
}

class Ccs : public Probe {
 public:
  explicit Ccs(CcsOptions options) : options_(std::move(options)) {
    if (options_.center == "train" || options_.normalize != "none") return;
    throw Error(ErrorCode::usage, {.where = "probe ccs, option 'center'",
                                   .what = "normalize=none subtracts no mean at all",
                                   .hint = "set normalize=mean"});
  }

  std::unique_ptr<FittedProbe> fit(const LabelledInput& train, const RunContext& context) const override {
    check_contrast(kKind, train, 2);
    const Matrix ordered = in_order(train.input.features);
    const ProbeInput rows = ProbeInput::of_contrast(ordered.view(), 2);
    std::vector<solvers::ColumnStatistics> scalers = prompt_statistics(rows, options_.normalize);
    const Matrix first = normalised(prompt_rows(rows, 0), scalers[0]);
    const Matrix second = normalised(prompt_rows(rows, 1), scalers[1]);
    const std::vector<solvers::ConsistentLayer> layers = solvers::search_consistent(
        {first.view(), second.view()},
        options_.draws == "torch" ? torch_starts(options_, first.rows(), first.cols())
                                  : random_starts(options_.restarts, first.cols(), context.seed),
        {options_.epochs, options_.lr, options_.weight_decay}, context);
    FitReport report{.n_iter = options_.epochs};
    const std::size_t best = choose(layers, report.details);
    if (options_.center == "own") {
      for (solvers::ColumnStatistics& scaler : scalers) std::ranges::fill(scaler.mean, 0.0);
    }
    return oriented(fold(layers[best].layer, scalers), std::move(report), train);
  }
  std::string_view kind() const override { return kKind; }
  InputKind input_kind() const override { return InputKind::contrast; }
  nlohmann::ordered_json options() const override { return options_to_json(options_); }

 private:
  // The restart with the lowest loss, the earlier of two that tie.
  std::size_t choose(const std::vector<solvers::ConsistentLayer>& layers,
                     nlohmann::ordered_json& details) const {
    std::vector<double> losses;
    for (const solvers::ConsistentLayer& layer : layers)
      losses.push_back(options_.rank == "after" ? layer.losses.back() : layer.losses.end()[-2]);
    std::size_t best = 0;
    for (std::size_t r = 1; r < losses.size(); ++r) {
      if (losses[r] < losses[best] || std::isnan(losses[best])) best = r;
    }
    if (!std::isfinite(losses[best])) {
      throw Error(ErrorCode::input, {.where = "probe ccs",
                                     .what = "no restart ended at a finite loss",
                                     .hint = "set normalize=mean_std, or lr lower"});
    }
    details["restart"] = best;
    details["loss"] = losses[best];
    details["losses"] = losses;
    return best;
  }

  std::unique_ptr<FittedProbe> oriented(LinearWeights layer, FitReport report,
                                        const LabelledInput& train) const {
    const std::vector<std::string> classes(train.classes.begin(), train.classes.end());
    LinearWeights copy{Matrix(2, layer.weight.cols()), layer.bias};
    std::copy_n(layer.weight.data(), 2 * layer.weight.cols(), copy.weight.data());
    const Matrix scores = FittedCcs(std::move(copy), {}, classes, options()).scores(train.input);
    const Orientation orientation = orient(scores.view(), train.labels, options_.sign);
    report.details.update(orientation.details);
    if (orientation.flipped) negate(layer);
    return std::make_unique<FittedCcs>(std::move(layer), std::move(report), classes, options());
  }

  CcsOptions options_;
};

std::unique_ptr<Probe> make(const nlohmann::json& given) {
  CcsOptions options;
  assign_options("probe ccs", given, options);
  return std::make_unique<Ccs>(std::move(options));
}

std::unique_ptr<FittedProbe> open(const SavedProbe& saved) {
  const NamedTensor& weight = saved_tensor(saved, "weight");
  const NamedTensor& bias = saved_tensor(saved, "bias");
  if (weight.shape.size() != 2 || weight.shape[0] != 2 || bias.shape != std::vector<std::int64_t>{2}) {
    throw Error(ErrorCode::input, {.where = "saved probe",
                                   .what = "tensors of another shape",
                                   .expected = "weight [2, d] and bias [2]"});
  }
  LinearWeights layer{Matrix(2, weight.shape[1]), bias.values};
  std::ranges::copy(weight.values, layer.weight.data());
  const nlohmann::ordered_json& options = saved.metadata.at("options");
  (void)options.at("center");
  return std::make_unique<FittedCcs>(std::move(layer), saved_report(saved), saved_classes(saved), options);
}

}  // namespace

extern const ProbeRecord ccs_entry;
const ProbeRecord ccs_entry{.name = kKind,
                            .summary = "contrast-consistent search: a truth direction found without labels",
                            .source = "Burns et al. 2023, CCS",
                            .input = InputKind::contrast,
                            .class_limit = ClassLimit::two,
                            .options = [] { return field_records(CcsOptions{}); },
                            .make = make,
                            .open = open};

}  // namespace sonde::probes

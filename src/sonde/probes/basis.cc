// Which number a state holds, asked of every number of a range at once: activations and the rows of a number
// basis meet in a few latent dimensions, trained as a classifier with cross-entropy, an L1 term and Adam. It
// predicts the number whose class wins. With a validation part it keeps the parameters with the strictly
// highest accuracy there, every class open; without one it keeps the last. Targets that are not whole
// numbers and numbers outside the range are refused. Source: the number probes of arXiv 2506.08966 (EMNLP
// 2025), bases sinusoid and binary.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <set>

#include "sonde/kernels/gemm.h"
#include "sonde/probes/basis_rows.h"
#include "sonde/probes/checks.h"
#include "sonde/probes/number_list.h"
#include "sonde/probes/probe.h"
#include "sonde/probes/saved.h"
#include "sonde/probes/torch_start.h"
#include "sonde/solvers/basis_classifier.h"
#include "sonde/solvers/early_stopping.h"
#include "sonde/solvers/minibatches.h"
#include "sonde/solvers/number_basis.h"

namespace sonde::probes {
namespace {

using solvers::NumberRange;

constexpr std::string_view kKind = "basis";
constexpr const char* kOwnRows = "basis.rows";  // saved tensor: the rows of the user's file

struct BasisOptions {
  std::string basis = "sinusoid";
  std::string range = "auto";
  std::string mask = "unseen";
  std::int64_t dim = 0;
  std::int64_t latent = 100;
  double l1 = 1e-3;
  double lr = 1e-3;
  std::int64_t steps = 1000;
  std::int64_t batch = 256;
  std::int64_t every = 100;
  std::string look = "end";
  std::string keep = "best";
  std::string closed;
  std::string draws = "sonde";
  std::int64_t seed = 0;

  template <class V>
  void fields(V& visit) {
    visit("basis", basis,
          {.help = "how numbers are written: by a rule, or as the rows of a file, of which row i is the "
                   "number LOW + i",
           .words = {"sinusoid", "binary", "onehot"},
           .files = {".npy", ".safetensors"}});
    visit("range", range,
          {.help = "numbers it can say, LOW:HIGH without HIGH, as 0:1000; auto: lowest to highest training "
                   "target, and with a file 0 and on"});
    visit(
        "mask", mask,
        {.help = "classes closed while training: those without a training row, those that `closed` lists, or "
                 "none",
         .words = {"unseen", "listed", "none"}});
    visit("dim", dim,
          {.help = "columns of the basis; 0: the width of the features (sinusoid), as many as needed, or "
                   "those of the file",
           .larger = "finer steps between the sinusoid's frequencies",
           .low = 0,
           .high = 1 << 20});
    visit("latent", latent,
          {.help = "dimensions in which both meet",
           .larger = "can use more of the basis",
           .low = 1,
           .high = 1 << 16});
    visit("l1", l1,
          {.help = "weight of the sum of all |parameters|", .larger = "fewer parameters", .low = 0});
    visit("lr", lr,
          {.help = "learning rate of Adam", .larger = "takes longer steps", .low = 1e-12, .high = 1e3});
    visit("steps", steps, {.help = "steps of Adam", .larger = "fits closer", .low = 1});
    visit("batch", batch,
          {.help = "rows of a step, drawn with replacement",
           .larger = "smoother steps",
           .low = 1,
           .high = 1 << 20});
    visit("every", every, {.help = "steps between looks at the validation part", .low = 1});
    visit(
        "look", look,
        {.help = "whether it looks after the last or after the first of every so many steps; after the very "
                 "last it always does",
         .words = {"end", "start"}});
    visit("keep", keep,
          {.help =
               "parameters of the look with the highest accuracy, or those of the last step, as a published "
               "checkpoint that went on changing",
           .words = {"best", "last"}});
    visit("closed", closed, {.help = "numbers of mask=listed: a list, or LOW:HIGH:COUNT"});
    visit("draws", draws, {.help = kTorchDrawsHelp, .words = {"sonde", "torch"}});
    visit("seed", seed, {.help = kDrawsSeedHelp, .low = 0});
  }
};

constexpr std::int64_t kMostNumbers = 1 << 20;
constexpr std::int64_t kScoredAtOnce = 256;

[[noreturn]] void refuse_range(const std::string& got) {
  throw Error(ErrorCode::usage,
              {.where = "probe basis, option 'range'",
               .what = "value not allowed",
               .got = got,
               .expected = "LOW:HIGH with at least 2 and at most 1048576 numbers, as 0:1000, or auto"});
}

NumberRange parsed_range(const std::string& text) {
  const std::size_t colon = text.find(':');
  NumberRange range;
  const auto number = [&](std::string_view part, std::int64_t& value) {
    const auto [end, failure] = std::from_chars(part.data(), part.data() + part.size(), value);
    if (failure != std::errc{} || end != part.data() + part.size() || std::abs(value) > 1LL << 52)
      refuse_range(text);
  };
  if (colon == std::string::npos) refuse_range(text);
  number(std::string_view(text).substr(0, colon), range.low);
  number(std::string_view(text).substr(colon + 1), range.high);
  if (range.count() < 2 || range.count() > kMostNumbers) refuse_range(text);
  return range;
}

// What is stored: both maps, on raw activations and on basis rows.
struct Maps {
  Matrix activation;               // [latent, d]
  std::vector<float> shift;        // [latent]
  Matrix basis;                    // [latent, m]
  std::vector<float> class_shift;  // [latent]
};

// What is stored beside the tensors.
struct SavedWords {
  nlohmann::ordered_json options;
  FitReport report;
};

std::unique_ptr<kernels::PackedWeight> packed(const Matrix& weight, std::span<const float> bias) {
  return kernels::pack_weight(
      {.values = {weight.data(), static_cast<std::size_t>(weight.rows() * weight.cols())},
       .inputs = weight.cols(),
       .outputs = weight.rows(),
       .bias = bias});
}

class FittedBasis : public FittedProbe {
 public:
  FittedBasis(Maps maps, BasisRows basis, NumberRange range, SavedWords words)
      : maps_(std::move(maps)), basis_(std::move(basis)), range_(range), words_(std::move(words)) {
    const std::int64_t latent = maps_.activation.rows(), room = range_.count() + kernels::kRowPadding;
    const Matrix rows = basis_.rows(range_, maps_.basis.cols());
    Matrix padded(room, rows.cols()), classes(room, latent);
    std::copy_n(rows.data(), rows.rows() * rows.cols(), padded.data());
    const MutableMatrixView vectors{classes.data(), range_.count(), latent, latent};
    packed(maps_.basis, maps_.class_shift)
        ->multiply({padded.data(), rows.rows(), rows.cols(), rows.cols()}, vectors);
    to_latent_ = packed(maps_.activation, maps_.shift);
    to_logits_ =
        kernels::pack_weight({.values = {classes.data(), static_cast<std::size_t>(range_.count() * latent)},
                              .inputs = latent,
                              .outputs = range_.count()});
  }

  Matrix scores(const ProbeInput& input) const override {
    check_features(kKind, input, maps_.activation.cols());
    const std::int64_t d = input.features.cols, latent = maps_.activation.rows(), k = range_.count();
    const std::int64_t room = kScoredAtOnce + kernels::kRowPadding;
    Matrix x(room, d), mapped(room, latent), logits(room, k), scores(input.rows, 1);
    for (std::int64_t first = 0; first < input.rows; first += kScoredAtOnce) {
      const std::int64_t rows = std::min(kScoredAtOnce, input.rows - first);
      for (std::int64_t i = 0; i < rows; ++i)
        std::ranges::copy(input.features.row(first + i), x.row(i).begin());
      const MutableMatrixView meeting{mapped.data(), rows, latent, latent}, found{logits.data(), rows, k, k};
      to_latent_->multiply({x.data(), rows, d, d}, meeting);
      to_logits_->multiply(meeting, found);
      const std::vector<std::int32_t> classes = predicted_classes(found);
      for (std::int64_t i = 0; i < rows; ++i)
        scores.row(first + i)[0] = static_cast<float>(range_.low + classes[i]);
    }
    return scores;
  }

  SavedProbe save() const override {
    SavedProbe saved{{}, saved_metadata(kKind, words_.options, classes_, words_.report)};
    const auto add = [&](const char* name, const Matrix& weight, const std::vector<float>& bias) {
      saved.tensors.push_back({fmt::format("{}.weight", name),
                               {weight.rows(), weight.cols()},
                               {weight.data(), weight.data() + weight.rows() * weight.cols()}});
      saved.tensors.push_back({fmt::format("{}.bias", name), {weight.rows()}, bias});
    };
    add("activation", maps_.activation, maps_.shift);
    add("basis", maps_.basis, maps_.class_shift);
    if (const Matrix* own = basis_.own()) {
      saved.tensors.push_back(
          {kOwnRows, {own->rows(), own->cols()}, {own->data(), own->data() + own->rows() * own->cols()}});
    }
    return saved;
  }
  const std::vector<std::string>& classes() const override { return classes_; }
  const FitReport& report() const override { return words_.report; }
  InputKind input_kind() const override { return InputKind::features; }

 private:
  Maps maps_;
  BasisRows basis_;
  NumberRange range_;
  SavedWords words_;
  std::vector<std::string> classes_;  // none: it predicts numbers
  std::unique_ptr<kernels::PackedWeight> to_latent_, to_logits_;
};

// The classes of the training rows, and the basis rows of those that are open.
struct Labels {
  Matrix basis;                      // [open, m]
  std::vector<std::int32_t> labels;  // [n] rows of `basis`
};

class Basis : public Probe {
 public:
  explicit Basis(BasisOptions options) : options_(std::move(options)), basis_(basis_rows(options_.basis)) {
    if (options_.range != "auto") (void)parsed_range(options_.range);
    closed_ = parsed_numbers("probe basis, option 'closed'", options_.closed);
    if (closed_.empty() == (options_.mask != "listed")) return;
    throw Error(ErrorCode::usage, {.where = "probe basis, option 'closed'",
                                   .what = "mask=listed and a list of closed numbers go together",
                                   .got = fmt::format("mask={}, closed={}", options_.mask, options_.closed)});
  }

  std::unique_ptr<FittedProbe> fit(const LabelledInput& train, const RunContext& context) const override {
    return train_on(train, nullptr, context);
  }
  std::unique_ptr<FittedProbe> fit(const LabelledInput& train, const LabelledInput& validation,
                                   const RunContext& context) const override {
    return train_on(train, validation.input.rows > 0 ? &validation : nullptr, context);
  }
  std::string_view kind() const override { return kKind; }
  InputKind input_kind() const override { return InputKind::features; }
  nlohmann::ordered_json options() const override { return options_to_json(options_); }

 private:
  NumberRange range_for(const LabelledInput& train) const {
    NumberRange range;
    if (options_.range == "auto" && basis_.own() != nullptr) {
      range = {0, basis_.own()->rows()};
    } else if (options_.range == "auto") {
      const auto [low, high] = std::ranges::minmax(train.targets);
      if (!(std::abs(low) <= 0x1p52 && std::abs(high) <= 0x1p52 && high - low < kMostNumbers && high > low))
        refuse_targets("auto range of targets", fmt::format("{} to {}", low, high), "2 to 1048576 numbers");
      range = {static_cast<std::int64_t>(std::floor(low)), static_cast<std::int64_t>(std::floor(high)) + 1};
    } else {
      range = parsed_range(options_.range);
    }
    for (std::int64_t i = 0; i < train.input.rows; ++i) {
      const double target = train.targets[i];
      if (target == std::floor(target) && target >= static_cast<double>(range.low) &&
          target < static_cast<double>(range.high))
        continue;
      refuse_targets(fmt::format("the target of row {} is no class", i), fmt::format("{}", target),
                     fmt::format("a whole number from {} to {}", range.low, range.high - 1));
    }
    return range;
  }

  [[noreturn]] static void refuse_targets(std::string what, std::string got, std::string expected) {
    throw Error(ErrorCode::input,
                {.where = "probe basis",
                 .what = std::move(what),
                 .got = std::move(got),
                 .expected = std::move(expected),
                 .hint = "look at the targets, or give range=LOW:HIGH that holds them all"});
  }

  Labels open_classes(const LabelledInput& train, NumberRange range, std::int64_t dim) const {
    const Matrix all = basis_.rows(range, dim);
    std::vector<std::int32_t> place(range.count(), options_.mask == "unseen" ? -1 : 0);
    if (options_.mask == "unseen") {
      for (const double target : train.targets) place[static_cast<std::int64_t>(target) - range.low] = 0;
    }
    for (const double number : closed_) {
      const double at = number - static_cast<double>(range.low);
      if (at >= 0 && at < static_cast<double>(range.count())) place[static_cast<std::int64_t>(at)] = -1;
    }
    for (const double target : train.targets) {
      if (place[static_cast<std::int64_t>(target) - range.low] == 0) continue;
      refuse_targets("a training row has a closed class", fmt::format("{}", target),
                     "numbers that `closed` does not list");
    }
    std::int32_t open = 0;
    for (std::int32_t& p : place) p = p < 0 ? -1 : open++;
    if (open < 2) {
      refuse_targets("all training rows have one target", fmt::format("{}", train.targets[0]),
                     "at least two different numbers");
    }
    Labels result{Matrix(open, dim), {}};
    for (std::int64_t c = 0; c < range.count(); ++c) {
      if (place[c] >= 0) std::ranges::copy(all.row(c), result.basis.row(place[c]).begin());
    }
    for (const double target : train.targets)
      result.labels.push_back(place[static_cast<std::int64_t>(target) - range.low]);
    return result;
  }

  static Maps maps_of(const solvers::BasisClassifier& classifier, std::span<const float> parameters) {
    const auto copy = [&](const solvers::DenseLayer& map, Matrix& weight, std::vector<float>& bias) {
      weight = Matrix(map.outputs, map.inputs);
      std::copy_n(map.weight(parameters).data, map.outputs * map.inputs, weight.data());
      bias.assign(map.bias(parameters).begin(), map.bias(parameters).end());
    };
    Maps maps;
    copy(classifier.activation_map(), maps.activation, maps.shift);
    copy(classifier.basis_map(), maps.basis, maps.class_shift);
    return maps;
  }

  double accuracy(const solvers::BasisClassifier& classifier, std::span<const float> parameters,
                  NumberRange range, const LabelledInput& part) const {
    const FittedBasis fitted(maps_of(classifier, parameters), basis_, range, {});
    const Matrix numbers = fitted.scores(part.input);
    double right = 0;
    for (std::int64_t i = 0; i < part.input.rows; ++i) right += numbers.row(i)[0] == part.targets[i];
    return right / static_cast<double>(part.input.rows);
  }

  bool looks_after(std::int64_t step) const {
    return (options_.look == "start" ? step : step + 1) % options_.every == 0 || step + 1 == options_.steps;
  }

  void draw_start(solvers::BasisClassifier& classifier, const RunContext& context) const {
    if (options_.draws == "sonde") {
      classifier.draw_start(RandomStream(context.seed, kKind));
      return;
    }
    replay::TorchGenerator generator(static_cast<std::uint64_t>(options_.seed));
    const std::array maps{classifier.activation_map(), classifier.basis_map()};
    draw_torch_layers(generator, maps, classifier.parameters());
  }

  std::unique_ptr<FittedProbe> train_on(const LabelledInput& train, const LabelledInput* validation,
                                        const RunContext& context) const {
    check_targets(kKind, train);
    check_features(kKind, train.input, -1);
    if (validation != nullptr) {
      check_targets(kKind, *validation);
      check_features(kKind, validation->input, train.input.features.cols);
    }
    const NumberRange range = range_for(train);
    const std::int64_t dim = basis_.columns(range, options_.dim, train.input.features.cols);
    const Labels labels = open_classes(train, range, dim);
    Team team(context);
    solvers::BasisClassifier classifier({train.input.features, labels.basis.view(), labels.labels},
                                        options_.latent, {.lr = options_.lr, .l1 = options_.l1},
                                        options_.batch, team);
    draw_start(classifier, context);
    solvers::EarlyStopping best(solvers::Better::higher, 0);
    FitReport report{.n_iter = options_.steps};
    report.details["classes_open"] = labels.basis.rows();
    const RandomStream draws = RandomStream(context.seed, kKind).substream(2);
    replay::TorchGenerator torch_draws(static_cast<std::uint64_t>(options_.seed));
    std::vector<std::int64_t> rows(options_.batch);
    for (std::int64_t step = 0; step < options_.steps; ++step) {
      if (options_.draws == "torch") {
        rows = torch_draws.randint(0, train.input.rows, options_.batch);
      } else {
        solvers::draw_rows(train.input.rows, draws, step, rows);
      }
      const bool ends = step == 0 || step + 1 == options_.steps;
      const double penalty = ends ? classifier.penalty() : 0;
      const double loss = classifier.step(rows) + penalty;
      if (ends) report.details[step == 0 ? "first_loss" : "last_loss"] = loss;
      if (validation == nullptr || !looks_after(step)) continue;
      best.observe(step + 1, accuracy(classifier, classifier.parameters(), range, *validation),
                   classifier.parameters());
    }
    const bool keeps_best = best.any() && options_.keep == "best";
    report.details["step_kept"] = keeps_best ? best.best_step() : options_.steps;
    if (best.any()) report.details["validation_accuracy"] = best.best();
    const std::span<const float> kept = keeps_best ? best.parameters() : classifier.parameters();
    nlohmann::ordered_json used = options();
    used["range"] = fmt::format("{}:{}", range.low, range.high);
    return std::make_unique<FittedBasis>(maps_of(classifier, kept), basis_, range,
                                         SavedWords{std::move(used), std::move(report)});
  }

  BasisOptions options_;
  BasisRows basis_;
  std::vector<double> closed_;
};

std::unique_ptr<Probe> make(const nlohmann::json& given) {
  BasisOptions options;
  assign_options("probe basis", with_lists_as_text(given), options);
  return std::make_unique<Basis>(std::move(options));
}

Matrix saved_matrix(const SavedProbe& saved, const std::string& name) {
  const NamedTensor& values = saved_tensor(saved, name);
  if (values.shape.size() != 2) {
    throw Error(ErrorCode::input, {.where = "saved probe", .what = fmt::format("'{}' is no matrix", name)});
  }
  Matrix matrix(values.shape[0], values.shape[1]);
  std::ranges::copy(values.values, matrix.data());
  return matrix;
}

void read_map(const SavedProbe& saved, const std::string& name, Matrix& weight, std::vector<float>& bias) {
  weight = saved_matrix(saved, name + ".weight");
  const NamedTensor& shift = saved_tensor(saved, name + ".bias");
  if (shift.shape != std::vector{weight.rows()}) {
    throw Error(ErrorCode::input,
                {.where = "saved probe", .what = fmt::format("the map '{}' is misshapen", name)});
  }
  bias = shift.values;
}

// The rows of a file were saved with the probe: the file is not looked for again.
BasisRows saved_rows(const SavedProbe& saved, const std::string& basis) {
  if (const auto rule = solvers::basis_named(basis)) return BasisRows(*rule);
  return BasisRows(saved_matrix(saved, kOwnRows));
}

std::unique_ptr<FittedProbe> open(const SavedProbe& saved) {
  Maps maps;
  read_map(saved, "activation", maps.activation, maps.shift);
  read_map(saved, "basis", maps.basis, maps.class_shift);
  const nlohmann::ordered_json& options = saved.metadata.at("options");
  try {
    const NumberRange range = parsed_range(options.at("range").get<std::string>());
    BasisRows basis = saved_rows(saved, options.at("basis").get<std::string>());
    if (maps.activation.rows() != maps.basis.rows() ||
        basis.columns(range, maps.basis.cols(), 0) != maps.basis.cols()) {
      throw Error(ErrorCode::input,
                  {.where = "saved probe", .what = "the maps do not fit each other or the range"});
    }
    return std::make_unique<FittedBasis>(std::move(maps), std::move(basis), range,
                                         SavedWords{options, saved_report(saved)});
  } catch (const Error& error) {
    throw Error(ErrorCode::input, {.where = "saved probe", .what = error.what()});
  }
}

}  // namespace

extern const ProbeRecord basis_entry;
const ProbeRecord basis_entry{
    .name = kKind,
    .summary = "classifier over numbers written in a sinusoid, binary, one-hot or own basis",
    .source = "number probes of arXiv 2506.08966",
    .input = InputKind::features,
    .target = TargetKind::numbers,
    .row_order = RowOrder::decides,
    .options = [] { return field_records(BasisOptions{}); },
    .make = make,
    .open = open};

}  // namespace sonde::probes

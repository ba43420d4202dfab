// A probe: options that can be fitted to labelled examples, and the fitted thing that scores new ones. They
// are two types, so "not fitted yet" cannot happen. No files are opened here, but for one that an option
// names: a SavedProbe is tensors and JSON in memory.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sonde/core/matrix.h"
#include "sonde/core/options.h"
#include "sonde/core/run_context.h"

namespace sonde::probes {

/// What a probe reads of an example.
enum class InputKind {
  features,  ///< a row of activations
  contrast,  ///< a row of activations for each of several prompts
  tokens,    ///< a row of activations for each of its tokens
  text,      ///< the text itself
  length,    ///< the number of tokens
  none,      ///< nothing but that it exists
};

/// What a probe predicts.
enum class TargetKind {
  classes,  ///< one of a few classes
  numbers,  ///< a number
};

/// The examples a probe reads; the part that its InputKind names must be filled, the rest may be empty.
struct ProbeInput {
  std::int64_t rows = 0;                  ///< n
  MatrixView features;                    ///< float32 [n, d]; contrast [n, prompts · d]; tokens [sum of t, d]
  std::int64_t prompts = 1;               ///< prompts of a contrast set, whose rows lie side by side
  std::span<const std::int64_t> offsets;  ///< [n + 1] first token row of each example
  std::span<const std::string_view> texts;  ///< [n] UTF-8
  std::span<const std::int64_t> lengths;    ///< [n] tokens

  static ProbeInput of_features(MatrixView features) { return {.rows = features.rows, .features = features}; }
  static ProbeInput of_contrast(MatrixView features, std::int64_t prompts) {
    return {.rows = features.rows, .features = features, .prompts = prompts};
  }
  static ProbeInput of_tokens(MatrixView features, std::span<const std::int64_t> offsets) {
    return {.rows = static_cast<std::int64_t>(offsets.size()) - 1, .features = features, .offsets = offsets};
  }
  static ProbeInput of_texts(std::span<const std::string_view> texts) {
    return {.rows = static_cast<std::int64_t>(texts.size()), .texts = texts};
  }
  static ProbeInput of_lengths(std::span<const std::int64_t> lengths) {
    return {.rows = static_cast<std::int64_t>(lengths.size()), .lengths = lengths};
  }
  static ProbeInput of_count(std::int64_t rows) { return {.rows = rows}; }
};

/// Labelled examples to fit on: classes or numbers, as the probe's TargetKind asks.
/// Shapes: labels [n], ids into classes, which are in sorted order; targets [n].
struct LabelledInput {
  ProbeInput input;
  std::span<const std::int32_t> labels;
  std::span<const std::string> classes;
  std::span<const double> targets;
};

/// What one of several probes on the same examples is to learn; like the fields of LabelledInput.
struct LabelSet {
  std::span<const std::int32_t> labels;
  std::span<const std::string> classes;
  std::span<const double> targets;
};

/// A float32 tensor with a name, row-major.
struct NamedTensor {
  std::string name;
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

/// A fitted probe as it is stored: `kind`, `options`, `classes` and the fit report stand in the metadata.
struct SavedProbe {
  std::vector<NamedTensor> tensors;
  nlohmann::ordered_json metadata;
};

/// How sure it is that a convex fit is the optimum.
struct Certificate {
  double objective = 0;
  double kkt = 0;  ///< largest optimality residual, relative to that at zero weights
  std::int64_t nonzero = 0;
};

/// How a fit went.
struct FitReport {
  std::int64_t n_iter = 0;
  bool converged = true;
  std::optional<Certificate> certificate;  ///< convex probes only
  /// What only this kind of probe has to say: the epoch it kept, the loss of each restart.
  nlohmann::ordered_json details = nlohmann::ordered_json::object();
};

/// A linear model on raw inputs: score = x · weight + bias, any scaler folded in.
/// Shapes: weight [k, d], bias [k]; two classes: [1, d] and [1], positive for the second class in sorted
/// order.
struct LinearWeights {
  Matrix weight;
  std::vector<float> bias;
};

/// A probe that has been fitted. Immutable; may be used from several threads.
class FittedProbe {
 public:
  virtual ~FittedProbe() = default;
  /// Give the probability of every class for every row; a probe of numbers gives the number it predicts.
  /// Shapes: [n, k] float32, rows sum to 1; numbers [n, 1], in the units of the target.
  /// Errors: input when the width differs from the fitted one or a value is not finite (first row named).
  virtual Matrix scores(const ProbeInput& input) const = 0;
  /// Give the fitted probe as tensors and metadata; open_probe() of it gives the same scores, bit for bit.
  virtual SavedProbe save() const = 0;
  /// Give the linear weights in the units of the input; null for a probe that has none.
  virtual const LinearWeights* linear() const { return nullptr; }
  /// Give the classes in the order of the scores; empty for a probe of numbers.
  virtual const std::vector<std::string>& classes() const = 0;
  virtual const FitReport& report() const = 0;
  virtual InputKind input_kind() const = 0;
};

class OnlineProbe;
class ClosedForm;

/// A probe with its options, ready to be fitted any number of times.
class Probe {
 public:
  virtual ~Probe() = default;
  /// Fit to labelled examples and forget anything else.
  /// Errors: input for zero rows, fewer than two classes, a class without a row, or values that are not
  /// finite.
  virtual std::unique_ptr<FittedProbe> fit(const LabelledInput& train, const RunContext& context) const = 0;
  /// Fit, choosing what is set to `auto` on the validation part. Probes with nothing to choose ignore it.
  virtual std::unique_ptr<FittedProbe> fit(const LabelledInput& train, const LabelledInput& validation,
                                           const RunContext& context) const {
    (void)validation;
    return fit(train, context);
  }
  /// Give the probe as it is fitted at one of several addresses, counted from 0; null for one that is the
  /// same at all of them, as all are whose random stream does not run on from one address to the next.
  virtual std::unique_ptr<Probe> placed(std::int64_t place) const {
    (void)place;
    return nullptr;
  }
  /// Give the probe as one that learns from batches as they come; null for one that needs all rows at once.
  virtual const OnlineProbe* online() const { return nullptr; }
  /// Give the probe as one that follows from sums over rows; null for one that does not.
  virtual const ClosedForm* closed_form() const { return nullptr; }
  /// Fit one probe per label set to the same examples, as permutation controls and one-against-the-rest do.
  /// Each has the same bits as fit() gives it alone; a probe whose fits can share work overrides this.
  /// Errors: those of fit(), of the first set that is refused.
  virtual std::vector<std::unique_ptr<FittedProbe>> fit_all(const ProbeInput& input,
                                                            std::span<const LabelSet> sets,
                                                            const RunContext& context) const;
  virtual std::string_view kind() const = 0;
  virtual InputKind input_kind() const = 0;
  /// Give the options in force.
  virtual nlohmann::ordered_json options() const = 0;
};

/// How many classes a probe can tell apart.
enum class ClassLimit { any, two };

/// Whether a fit depends on the order of the rows.
enum class RowOrder {
  irrelevant,  ///< an optimum or a closed form
  decides,     ///< steps over rows in an order that follows from theirs
};

/// One leaf of the catalogue.
struct ProbeRecord {
  std::string_view name;
  std::string_view summary;
  std::string_view source;
  InputKind input = InputKind::features;
  TargetKind target = TargetKind::classes;
  ClassLimit class_limit = ClassLimit::any;
  RowOrder row_order = RowOrder::irrelevant;
  std::vector<FieldRecord> (*options)() = nullptr;  ///< the options with their defaults
  std::unique_ptr<Probe> (*make)(const nlohmann::json& options) = nullptr;
  std::unique_ptr<FittedProbe> (*open)(const SavedProbe& saved) = nullptr;
};

/// Give every kind of probe, in the order of list.def.
std::span<const ProbeRecord* const> probe_records();

/// Give the record of a kind.
/// Errors: usage for an unknown kind, with the nearest.
const ProbeRecord& probe_record(std::string_view kind);

/// Make a probe from its kind and its options (JSON values, or texts as a command line gives them).
/// Errors: usage for an unknown kind or option, or a value that is not allowed.
std::unique_ptr<Probe> make_probe(std::string_view kind,
                                  const nlohmann::json& options = nlohmann::json::object());

/// Open a saved probe.
/// Errors: input when a tensor or a metadata key is missing or misshapen.
std::unique_ptr<FittedProbe> open_probe(const SavedProbe& saved);

/// Give the class of the highest score of each row; the lower class id wins a tie.
std::vector<std::int32_t> predicted_classes(MatrixView scores);

}  // namespace sonde::probes

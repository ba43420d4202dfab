// What one probe found at one address.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sonde/result/values.h"

namespace sonde::result {

/// A paired difference, metric by metric, to one named predictor.
struct Difference {
  std::string to;   ///< name of a baseline
  Metrics metrics;  ///< this minus that, over the same resamples
};

/// What a probe does with one class.
struct PerClass {
  std::string name;
  double precision = kNaN, recall = kNaN, f1 = kNaN;
  std::int64_t support = 0;
};

/// One probe at one address.
struct AddressResult {
  std::string at;      ///< address as the study named it: hidden[4], or a full module path
  std::string module;  ///< full module path of that value, without .output; may equal `at`
  std::string kind;    ///< hidden, attention, mlp or other: the filter of the table
  std::int64_t width = 0;
  std::string probe;
  /// Options that tell it from the study's other probes of its kind, "basis=binary"; empty where none is.
  std::string variant;
  std::string pooling;
  Metrics metrics;  ///< on test
  Values valid_metrics, train_metrics;
  std::vector<Difference> differences;       ///< this minus a baseline, on test
  Metrics minus_best;                        ///< this minus the best, on test; empty for the best itself
  bool indistinguishable_from_best = false;  ///< the paired interval includes 0
  std::int64_t n_iter = 0;
  bool converged = true;
  double seconds = 0, objective = kNaN, kkt = kNaN;
  std::int64_t nonzero = 0;
  std::string path;              ///< saved probe, relative to the run folder
  std::string read;              ///< what it reads of a contrast set: difference, concatenation; else empty
  std::string task = "classes";  ///< what the probe predicts: classes or numbers
  /// Names of classes, or numbers, of the test rows that are judged: the first of Split::rows.test, as many
  /// as there are predictions. Null unless asked for.
  nlohmann::ordered_json predictions = nullptr;
  std::vector<PerClass> per_class;  ///< on test; empty for numbers
  /// What only this kind of probe has to say of its fit: the losses of restarts, the path over C, …
  nlohmann::ordered_json details = nlohmann::ordered_json::object();
};

/// Tell whether two entries are of one probe, wherever they stand.
bool same_probe(const AddressResult& a, const AddressResult& b);

/// Name a probe, or what was found with it, as a command line would: "logistic", "basis:basis=binary".
template <class Entry>
std::string probe_name(const Entry& entry) {
  return entry.variant.empty() ? entry.probe : entry.probe + ":" + entry.variant;
}

}  // namespace sonde::result

// Fits one probe several times to stored features and prints what it took as one JSON line: what the scripts
// in peers/probes time against scikit-learn and torch. Reading the file does not count.
//
//   probe_bench FEATURES.safetensors KIND[:option=value,…] [REPEATS] [THREADS] [PATH]
//
// FEATURES holds `x` [n, d] float32, or [n, k, d] for k prompts, and `labels` [n] int64 (classes 0 … k−1) or
// float64 numbers. Labels [m, n] are m probes fitted together. PATH, values of C with commas between them,
// fits `logistic` for each of them along one path.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "sonde/core/options.h"
#include "sonde/files/convert.h"
#include "sonde/files/tensor_file.h"
#include "sonde/probes/linear_fit.h"
#include "sonde/probes/probe.h"

namespace sonde {
namespace {

// Examples as they lie in the file.
struct Examples {
  Matrix features;
  std::int64_t prompts = 1;
  std::vector<std::int32_t> labels;
  std::vector<std::string> classes;
  std::vector<double> targets;
  std::int64_t probes = 1;  // m

  probes::ProbeInput input() const { return probes::ProbeInput::of_contrast(features.view(), prompts); }
  std::vector<probes::LabelSet> sets() const {
    const auto n = static_cast<std::size_t>(features.rows());
    std::vector<probes::LabelSet> sets;
    for (std::size_t m = 0; m < static_cast<std::size_t>(probes); ++m) {
      sets.push_back({labels.empty() ? std::span<const std::int32_t>() : std::span(labels).subspan(m * n, n),
                      classes, std::span(targets).subspan(m * n, n)});
    }
    return sets;
  }
};

Examples read_examples(const std::string& path) {
  const auto file = files::open_tensors(path);
  const files::TensorInfo& x = file->at("x");
  Examples examples;
  examples.prompts = x.shape.size() == 3 ? x.shape[1] : 1;
  examples.features = Matrix(x.shape[0], examples.prompts * x.shape.back());
  std::ranges::copy(files::to_float(x), examples.features.data());
  const files::TensorInfo& labels = file->at("labels");
  if (labels.shape.size() == 2) examples.probes = labels.shape[0];
  if (labels.dtype != files::DType::i64) {
    for (const float value : files::to_float(labels)) examples.targets.push_back(value);
    return examples;
  }
  std::int64_t most = 0;
  for (const std::int64_t label : files::to_integers(labels)) {
    most = std::max(most, label);
    examples.labels.push_back(static_cast<std::int32_t>(label));
    examples.targets.push_back(static_cast<double>(label));
  }
  for (std::int64_t c = 0; c <= most; ++c) examples.classes.push_back(std::to_string(c));
  return examples;
}

using Fits = std::vector<nlohmann::ordered_json>;

void add_weights(const probes::LinearWeights& linear, nlohmann::ordered_json& fit) {
  const Matrix& weight = linear.weight;
  fit["weight"] = std::vector<float>(weight.data(), weight.data() + weight.rows() * weight.cols());
  fit["bias"] = linear.bias;
}

Fits fit_sets(const probes::Probe& probe, const Examples& examples, const RunContext& context) {
  const std::vector<probes::LabelSet> sets = examples.sets();
  std::vector<std::unique_ptr<probes::FittedProbe>> fitted;
  if (sets.size() == 1) {
    fitted.push_back(
        probe.fit({examples.input(), sets[0].labels, sets[0].classes, sets[0].targets}, context));
  } else {
    fitted = probe.fit_all(examples.input(), sets, context);
  }
  Fits fits;
  for (const auto& one : fitted) {
    fits.push_back(one->save().metadata);
    if (one->linear() != nullptr) add_weights(*one->linear(), fits.back());
  }
  return fits;
}

Fits fit_path(const probes::Probe& probe, const Examples& examples, const std::vector<double>& grid) {
  const nlohmann::ordered_json options = probe.options();
  const solvers::DenseDesign design(examples.features.view());
  const bool scaled = options["standardize"];
  solvers::ColumnStatistics scaler;
  if (scaled) scaler = solvers::column_statistics(examples.features.view());
  Fits fits;
  for (const probes::LinearFit& fit : probes::fit_linear_path(
           design, scaled ? &scaler : nullptr, examples.sets().front(),
           {.l1_ratio = options["l1_ratio"], .tol = options["tol"], .max_iter = options["max_iter"]}, grid)) {
    const probes::Certificate& certificate = *fit.report.certificate;
    fits.push_back({{"objective", certificate.objective},
                    {"kkt", certificate.kkt},
                    {"nonzero", certificate.nonzero},
                    {"converged", fit.report.converged}});
    add_weights(fit.linear, fits.back());
  }
  return fits;
}

std::vector<double> numbers(const std::string& text) {
  std::vector<double> values;
  std::stringstream stream(text);
  for (std::string part; std::getline(stream, part, ',');) values.push_back(std::stod(part));
  return values;
}

int run(const std::vector<std::string>& arguments) {
  const Examples examples = read_examples(arguments[0]);
  const auto [kind, options] = parse_kind_and_options(arguments[1]);
  const int repeats = arguments.size() > 2 ? std::stoi(arguments[2]) : 5;
  const RunContext context{.threads = arguments.size() > 3 ? std::stoi(arguments[3]) : 1};
  const std::vector<double> grid = numbers(arguments.size() > 4 ? arguments[4] : "");
  const std::unique_ptr<probes::Probe> probe = probes::make_probe(kind, options);
  nlohmann::ordered_json line = {{"probe", arguments[1]}, {"threads", context.threads}};
  for (int i = 0; i < repeats; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const Fits fits = grid.empty() ? fit_sets(*probe, examples, context) : fit_path(*probe, examples, grid);
    line["seconds"].push_back(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    line["fit"] = fits.size() == 1 ? fits.front() : nlohmann::ordered_json(fits);
  }
  std::cout << line.dump() << "\n";
  return 0;
}

}  // namespace
}  // namespace sonde

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() < 2) {
    std::cerr << "usage: probe_bench FEATURES.safetensors KIND[:option=value,…] [REPEATS] [THREADS] [PATH]\n";
    return 2;
  }
  try {
    return sonde::run(arguments);
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}

// Fits one probe several times to stored features and prints what it took as one JSON line: what the scripts
// in peers/probes time against scikit-learn and torch. Reading the file does not count.
//
//   probe_bench FEATURES.safetensors KIND[:option=value,…] [REPEATS] [THREADS]
//
// FEATURES holds `x` [n, d] float32, or [n, k, d] for k prompts, and `labels` [n] int64 (classes 0 … k−1) or
// float64 numbers.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "sonde/core/options.h"
#include "sonde/files/convert.h"
#include "sonde/files/tensor_file.h"
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

  probes::LabelledInput labelled() const {
    return {probes::ProbeInput::of_contrast(features.view(), prompts), labels, classes, targets};
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

int run(const std::vector<std::string>& arguments) {
  const Examples examples = read_examples(arguments[0]);
  const auto [kind, options] = parse_kind_and_options(arguments[1]);
  const int repeats = arguments.size() > 2 ? std::stoi(arguments[2]) : 5;
  const RunContext context{.threads = arguments.size() > 3 ? std::stoi(arguments[3]) : 1};
  const std::unique_ptr<probes::Probe> probe = probes::make_probe(kind, options);
  nlohmann::ordered_json line = {{"probe", arguments[1]}, {"threads", context.threads}};
  for (int i = 0; i < repeats; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const auto fitted = probe->fit(examples.labelled(), context);
    line["seconds"].push_back(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    line["fit"] = fitted->save().metadata;
  }
  std::cout << line.dump() << "\n";
  return 0;
}

}  // namespace
}  // namespace sonde

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() < 2) {
    std::cerr << "usage: probe_bench FEATURES.safetensors KIND[:option=value,…] [REPEATS] [THREADS]\n";
    return 2;
  }
  try {
    return sonde::run(arguments);
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}

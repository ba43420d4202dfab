#include "sonde/probes/saved.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace sonde::probes {
namespace {

[[noreturn]] void refuse(std::string what, std::string got, std::string expected) {
  throw Error(ErrorCode::input, {.where = "saved probe",
                                 .what = std::move(what),
                                 .got = std::move(got),
                                 .expected = std::move(expected)});
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

}  // namespace

const NamedTensor& saved_tensor(const SavedProbe& saved, std::string_view name) {
  const auto found = std::ranges::find(saved.tensors, name, &NamedTensor::name);
  if (found == saved.tensors.end()) refuse(fmt::format("tensor '{}' is missing", name), "", "");
  std::int64_t size = 1;
  for (const std::int64_t side : found->shape) size *= side;
  if (size != static_cast<std::int64_t>(found->values.size())) {
    refuse(fmt::format("tensor '{}' does not fill its shape", name),
           fmt::format("{} values", found->values.size()), shape_text(found->shape));
  }
  return *found;
}

nlohmann::ordered_json saved_metadata(std::string_view kind, const nlohmann::ordered_json& options,
                                      const std::vector<std::string>& classes, const FitReport& report) {
  nlohmann::ordered_json metadata;
  metadata["kind"] = kind;
  metadata["options"] = options;
  metadata["classes"] = classes;
  metadata["n_iter"] = report.n_iter;
  metadata["converged"] = report.converged;
  if (report.certificate) {
    metadata["objective"] = report.certificate->objective;
    metadata["kkt"] = report.certificate->kkt;
    metadata["nonzero"] = report.certificate->nonzero;
  }
  if (!report.details.empty()) metadata["details"] = report.details;
  return metadata;
}

std::vector<std::string> saved_classes(const SavedProbe& saved) {
  auto classes = saved.metadata.at("classes").get<std::vector<std::string>>();
  if (classes.size() < 2) refuse("too few classes", fmt::format("{}", classes.size()), "at least 2");
  return classes;
}

FitReport saved_report(const SavedProbe& saved) {
  FitReport report{.n_iter = saved.metadata.at("n_iter"), .converged = saved.metadata.at("converged")};
  if (saved.metadata.contains("objective")) {
    report.certificate = Certificate{.objective = saved.metadata.at("objective"),
                                     .kkt = saved.metadata.at("kkt"),
                                     .nonzero = saved.metadata.at("nonzero")};
  }
  report.details = saved.metadata.value("details", nlohmann::ordered_json::object());
  return report;
}

std::vector<NamedTensor> linear_tensors(const LinearWeights& linear) {
  const Matrix& weight = linear.weight;
  return {{"weight",
           {weight.rows(), weight.cols()},
           {weight.data(), weight.data() + weight.rows() * weight.cols()}},
          {"bias", {static_cast<std::int64_t>(linear.bias.size())}, linear.bias}};
}

LinearWeights saved_linear(const SavedProbe& saved, std::size_t classes) {
  const std::int64_t vectors = classes == 2 ? 1 : static_cast<std::int64_t>(classes);
  const NamedTensor& weight = saved_tensor(saved, "weight");
  const NamedTensor& bias = saved_tensor(saved, "bias");
  if (weight.shape.size() != 2 || weight.shape[0] != vectors) {
    refuse("tensor 'weight' has another shape", shape_text(weight.shape), fmt::format("[{}, d]", vectors));
  }
  if (bias.shape != std::vector{vectors}) {
    refuse("tensor 'bias' has another shape", shape_text(bias.shape), fmt::format("[{}]", vectors));
  }
  LinearWeights linear{Matrix(vectors, weight.shape[1]), bias.values};
  std::copy(weight.values.begin(), weight.values.end(), linear.weight.data());
  return linear;
}

}  // namespace sonde::probes

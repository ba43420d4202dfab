#include "sonde/engine/weights.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <set>

#include "sonde/files/convert.h"

namespace sonde::engine {
namespace {

using graph::Graph;
using graph::ParameterRecord;

// The names a parameter may have: head checkpoints carry the base prefix, base checkpoints do not, and the
// oldest BERT files call LayerNorm's parameters gamma and beta.
std::vector<std::string> possible_names(const Graph& graph, const std::string& name) {
  const std::string prefix = graph.base_name + ".";
  std::vector<std::string> names = {name};
  if (!graph.head_class) names.push_back(prefix + name);
  if (graph.head_class && name.starts_with(prefix)) names.push_back(name.substr(prefix.size()));
  for (std::size_t i = 0, plain = names.size(); i < plain; ++i) {
    const std::string spelled = names[i];
    if (spelled.ends_with("LayerNorm.weight"))
      names.push_back(spelled.substr(0, spelled.size() - 6) + "gamma");
    if (spelled.ends_with("LayerNorm.bias")) names.push_back(spelled.substr(0, spelled.size() - 4) + "beta");
  }
  return names;
}

const files::TensorInfo* find(const Graph& graph, const files::Checkpoint& checkpoint,
                              const std::string& name) {
  for (const std::string& candidate : possible_names(graph, name)) {
    if (const files::TensorInfo* tensor = checkpoint.find(candidate)) return tensor;
  }
  return nullptr;
}

void check_shape(const ParameterRecord& parameter, const files::TensorInfo& tensor,
                 const files::Checkpoint& checkpoint) {
  if (tensor.shape == parameter.shape) return;
  throw Error(ErrorCode::input, {.where = tensor.name,
                                 .what = "the tensor's shape is not what the config implies",
                                 .got = files::shape_text(tensor.shape),
                                 .expected = files::shape_text(parameter.shape),
                                 .hint = "check that config and weights are of one model",
                                 .path = checkpoint.folder().string()});
}

bool is_ignored(const Graph& graph, const std::string& key) {
  return std::any_of(graph.ignored_suffixes.begin(), graph.ignored_suffixes.end(),
                     [&](const std::string& suffix) { return key.ends_with(suffix); });
}

void check_finite(std::span<const float> values, const std::string& name) {
  const auto bad = std::count_if(values.begin(), values.end(), [](float x) { return !std::isfinite(x); });
  if (bad == 0) return;
  throw Error(ErrorCode::input,
              {.where = name,
               .what = fmt::format("{} of {} weights are NaN or infinite", bad, values.size()),
               .hint = "the checkpoint is damaged; fetch it again"});
}

}  // namespace

Binding bind(const Graph& graph, const files::Checkpoint& checkpoint) {
  Binding binding;
  std::set<const files::TensorInfo*> used;
  for (const ParameterRecord& parameter : graph.parameters) {
    const files::TensorInfo* tensor = find(graph, checkpoint, parameter.name);
    if (tensor == nullptr && !parameter.tied_to.empty()) tensor = find(graph, checkpoint, parameter.tied_to);
    if (tensor == nullptr) {
      binding.missing.push_back(parameter.name);
    } else {
      check_shape(parameter, *tensor, checkpoint);
      used.insert(tensor);
    }
    binding.tensors.push_back(tensor);
  }
  for (const files::TensorInfo& tensor : checkpoint.tensors()) {
    if (!used.contains(&tensor) && !is_ignored(graph, tensor.name)) binding.unused.push_back(tensor.name);
  }
  return binding;
}

Weights::Weights(const Graph& graph, const graph::Schedule& schedule, const Binding& binding,
                 const RunContext& context)
    : packed_(graph.nodes.size()), floats_(graph.parameters.size()) {
  std::vector<graph::NodeIndex> dense, plain;
  for (const graph::Segment& segment : schedule.segments) {
    for (const graph::NodeIndex node : segment.nodes) {
      (std::holds_alternative<graph::Linear>(graph.nodes[node].operation) ? dense : plain).push_back(node);
    }
  }
  for (const graph::NodeIndex node : plain) {
    for (const graph::ParameterId parameter : graph.nodes[node].parameters) {
      floats_[parameter] = floats_of(graph, binding, parameter);
      // A table is checked row by row as it is looked up, so that the rest of it is never read.
      if (!std::holds_alternative<graph::Embedding>(graph.nodes[node].operation)) {
        check_finite(floats_[parameter], graph.parameter(parameter).name);
      }
    }
  }
  std::mutex mutex;
  run_queue(context, static_cast<std::int64_t>(dense.size()), [&](int, std::int64_t i) {
    std::unique_ptr<kernels::PackedWeight> packed = pack(graph, binding, dense[i]);
    const std::lock_guard lock(mutex);
    bytes_ += packed->bytes();
    packed_[dense[i]] = std::move(packed);
  });
}

const files::TensorInfo& Weights::tensor_of(const Graph& graph, const Binding& binding,
                                            graph::ParameterId parameter) {
  const files::TensorInfo* tensor = binding.tensors[parameter];
  if (tensor != nullptr) return *tensor;
  const ParameterRecord& record = graph.parameter(parameter);
  throw Error(ErrorCode::input,
              {.where = record.name,
               .what = "the checkpoint has no such weight",
               .expected = fmt::format("a tensor of shape {}", files::shape_text(record.shape)),
               .hint = "check that config and weights are of one model"});
}

std::span<const float> Weights::floats_of(const Graph& graph, const Binding& binding,
                                          graph::ParameterId parameter) {
  const files::TensorInfo& tensor = tensor_of(graph, binding, parameter);
  if (const auto view = files::float_view(tensor)) return *view;
  owned_.push_back(std::make_unique<std::vector<float>>(files::to_float(tensor)));
  bytes_ += static_cast<std::int64_t>(owned_.back()->size() * sizeof(float));
  return *owned_.back();
}

std::unique_ptr<kernels::PackedWeight> Weights::pack(const Graph& graph, const Binding& binding,
                                                     graph::NodeIndex node) {
  const graph::Node& record = graph.nodes[node];
  const auto layout = std::get<graph::Linear>(record.operation).layout;
  const std::vector<std::int64_t>& shape = graph.parameter(record.parameters[0]).shape;
  std::vector<std::vector<float>> converted(record.parameters.size());
  std::vector<std::span<const float>> values(record.parameters.size());
  for (std::size_t i = 0; i < record.parameters.size(); ++i) {
    const files::TensorInfo& tensor = tensor_of(graph, binding, record.parameters[i]);
    const auto view = files::float_view(tensor);
    if (!view) converted[i] = files::to_float(tensor);
    values[i] = view ? *view : converted[i];
    check_finite(values[i], tensor.name);
  }
  const bool out_in = layout == kernels::WeightLayout::out_in;
  return kernels::pack_weight({.values = values[0],
                               .inputs = shape[out_in ? 1 : 0],
                               .outputs = shape[out_in ? 0 : 1],
                               .layout = layout,
                               .bias = values.size() > 1 ? values[1] : std::span<const float>{}});
}

}  // namespace sonde::engine

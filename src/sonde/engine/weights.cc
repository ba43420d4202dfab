#include "sonde/engine/weights.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>
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

// A tensor for a parameter: its own, that of the parameter it is tied to, or that of one tied to it; files
// hold whichever their writer met first.
const files::TensorInfo* find_tied(const Graph& graph, const files::Checkpoint& checkpoint,
                                   const ParameterRecord& parameter) {
  std::vector<std::string> names = {parameter.name};
  if (!parameter.tied_to.empty()) names.push_back(parameter.tied_to);
  for (const ParameterRecord& other : graph.parameters) {
    if (other.tied_to == parameter.name) names.push_back(other.name);
  }
  for (const std::string& name : names) {
    if (const files::TensorInfo* tensor = find(graph, checkpoint, name)) return tensor;
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

std::vector<float> drawn(const Graph& graph, const FreshWeights& fresh, graph::ParameterId parameter) {
  std::vector<float> values(static_cast<std::size_t>(graph.parameter(parameter).size()));
  fresh.write(parameter, 0, values);
  return values;
}

// A convolution's weight [outputs, width, taps] in the order of unfolded rows: [outputs, taps, width].
std::vector<float> taps_first(std::span<const float> values, const std::vector<std::int64_t>& shape) {
  const std::int64_t width = shape[1], taps = shape[2];
  std::vector<float> result(values.size());
  for (std::int64_t output = 0; output < shape[0]; ++output) {
    const float* from = values.data() + output * width * taps;
    float* to = result.data() + output * width * taps;
    for (std::int64_t j = 0; j < width; ++j) {
      for (std::int64_t tap = 0; tap < taps; ++tap) to[tap * width + j] = from[j * taps + tap];
    }
  }
  return result;
}

}  // namespace

Binding bind(const Graph& graph, const files::Checkpoint& checkpoint) {
  Binding binding{.checkpoint = &checkpoint};
  std::set<const files::TensorInfo*> used;
  for (const ParameterRecord& parameter : graph.parameters) {
    const files::TensorInfo* tensor = find_tied(graph, checkpoint, parameter);
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

Binding bind(const Graph& graph, std::shared_ptr<const FreshWeights> fresh) {
  Binding binding;
  binding.tensors.resize(graph.parameters.size());
  binding.fresh = std::move(fresh);
  return binding;
}

Weights::Weights(const Graph& graph, const graph::Schedule& schedule, const Binding& binding,
                 const RunContext& context, kernels::GemmPrecision precision)
    : fresh_(binding.fresh),
      packed_(graph.nodes.size()),
      tables_(graph.nodes.size()),
      floats_(graph.parameters.size()),
      looked_up_(graph.parameters.size()) {
  std::vector<graph::NodeIndex> nodes = schedule.tables, dense;
  for (const graph::Segment& segment : schedule.segments)
    nodes.insert(nodes.end(), segment.nodes.begin(), segment.nodes.end());
  for (const graph::NodeIndex node : nodes) {
    if (std::holds_alternative<graph::Linear>(graph.nodes[node].operation)) {
      dense.push_back(node);
    } else {
      hold(graph, binding, graph.nodes[node]);
    }
  }
  pack_all(graph, binding, dense, context, precision);
  make_all_tables(graph, schedule, context);
}

void Weights::hold(const Graph& graph, const Binding& binding, const graph::Node& node) {
  for (const graph::ParameterId parameter : node.parameters) {
    // A row is checked when it is looked up, so that the rest of the table is never read.
    if (std::holds_alternative<graph::Embedding>(node.operation)) {
      if (!fresh_) looked_up_[parameter] = &tensor_of(graph, binding, parameter);
    } else if (floats_[parameter].empty()) {
      floats_[parameter] = floats_of(graph, binding, parameter);
      check_finite(floats_[parameter], graph.parameter(parameter).name);
    }
  }
}

void Weights::pack_all(const Graph& graph, const Binding& binding, std::span<const graph::NodeIndex> dense,
                       const RunContext& context, kernels::GemmPrecision precision) {
  // Nodes that share parameters, the calls of one module or a layer that also projects a table, share a
  // weight.
  std::map<std::vector<graph::ParameterId>, std::vector<graph::NodeIndex>> users;
  for (const graph::NodeIndex node : dense) users[graph.nodes[node].parameters].push_back(node);
  std::vector<const std::vector<graph::NodeIndex>*> groups;
  for (const auto& [parameters, nodes] : users) groups.push_back(&nodes);
  std::mutex mutex;
  run_queue(context, static_cast<std::int64_t>(groups.size()), [&](int, std::int64_t i) {
    const std::shared_ptr<const kernels::PackedWeight> packed =
        pack(graph, binding, groups[i]->front(), precision);
    const std::lock_guard lock(mutex);
    bytes_ += packed->bytes();
    for (const graph::NodeIndex node : *groups[i]) packed_[node] = packed;
  });
}

void Weights::make_all_tables(const Graph& graph, const graph::Schedule& schedule,
                              const RunContext& context) {
  if (schedule.tables.empty()) return;
  std::vector<graph::NodeIndex> attentions;
  for (const graph::Segment& segment : schedule.segments) {
    if (segment.kind == graph::Segment::Kind::attention) attentions.push_back(segment.nodes.front());
  }
  std::mutex mutex;
  run_queue(context, static_cast<std::int64_t>(attentions.size()), [&](int, std::int64_t i) {
    AttentionTables made = make_tables(graph, *this, attentions[i]);
    const std::lock_guard lock(mutex);
    for (const auto* table : {made.keys.get(), made.queries.get()})
      bytes_ += table == nullptr ? 0 : table->bytes();
    tables_[attentions[i]] = std::move(made);
  });
  for (const graph::NodeIndex node : schedule.tables) {
    if (packed_[node] != nullptr && packed_[node].use_count() == 1) bytes_ -= packed_[node]->bytes();
    packed_[node].reset();
  }
}

void Weights::read_row(graph::ParameterId parameter, std::int64_t row, std::span<float> target) const {
  if (fresh_) return fresh_->write(parameter, row * static_cast<std::int64_t>(target.size()), target);
  files::rows_to_float(*looked_up_[parameter], row, target);
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
  if (fresh_) {
    owned_.push_back(std::make_unique<std::vector<float>>(drawn(graph, *fresh_, parameter)));
  } else {
    const files::TensorInfo& tensor = tensor_of(graph, binding, parameter);
    if (const auto view = files::float_view(tensor)) return *view;
    owned_.push_back(std::make_unique<std::vector<float>>(files::to_float(tensor)));
  }
  bytes_ += static_cast<std::int64_t>(owned_.back()->size() * sizeof(float));
  return *owned_.back();
}

std::unique_ptr<kernels::PackedWeight> Weights::pack(const Graph& graph, const Binding& binding,
                                                     graph::NodeIndex node,
                                                     kernels::GemmPrecision precision) {
  const graph::Node& record = graph.nodes[node];
  const auto layout = std::get<graph::Linear>(record.operation).layout;
  const std::vector<std::int64_t>& shape = graph.parameter(record.parameters[0]).shape;
  std::vector<std::vector<float>> converted(record.parameters.size());
  std::vector<std::span<const float>> values(record.parameters.size());
  for (std::size_t i = 0; i < record.parameters.size(); ++i) {
    if (binding.fresh) {
      converted[i] = drawn(graph, *binding.fresh, record.parameters[i]);
      values[i] = converted[i];
      continue;
    }
    const files::TensorInfo& tensor = tensor_of(graph, binding, record.parameters[i]);
    const auto view = files::float_view(tensor);
    if (!view) converted[i] = files::to_float(tensor);
    values[i] = view ? *view : converted[i];
    check_finite(values[i], tensor.name);
  }
  const std::int64_t taps = shape.size() > 2 ? shape[2] : 1;
  if (taps > 1) {
    converted[0] = taps_first(values[0], shape);
    values[0] = converted[0];
  }
  const bool out_in = layout == kernels::WeightLayout::out_in;
  std::unique_ptr<kernels::PackedWeight> packed =
      kernels::pack_weight({.values = values[0],
                            .inputs = shape[out_in ? 1 : 0] * taps,
                            .outputs = shape[out_in ? 0 : 1],
                            .layout = layout,
                            .bias = values.size() > 1 ? values[1] : std::span<const float>{}},
                           kernels::best_gemm_backend(precision));
  if (binding.checkpoint == nullptr) return packed;
  for (const graph::ParameterId parameter : record.parameters)
    binding.checkpoint->release(tensor_of(graph, binding, parameter));
  return packed;
}

}  // namespace sonde::engine

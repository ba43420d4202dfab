#include "sonde/graph/scope.h"

#include <fmt/core.h>

namespace sonde::graph {

std::string Scope::path_of(std::string_view child) const {
  if (child.empty()) return path_;
  return path_.empty() ? std::string(child) : fmt::format("{}.{}", path_, child);
}

std::size_t Scope::open(std::string_view name, Value input) {
  graph_->scopes.push_back({.path = path_of(name), .input = input.id});
  return graph_->scopes.size() - 1;
}

Scope Scope::container(std::string_view name) {
  open(name, {});
  return {*graph_, path_of(name)};
}

Value Scope::new_value(RowSpace rows, std::int64_t width) {
  graph_->values.push_back({.rows = rows, .width = width});
  return {static_cast<ValueId>(graph_->values.size() - 1)};
}

Value Scope::append(Operation operation, std::vector<ValueId> inputs, std::int64_t width) {
  const RowSpace rows = inputs.empty() ? RowSpace::token : graph_->value(inputs.front()).rows;
  const Value output = new_value(rows, width);
  graph_->nodes.push_back({std::move(operation), std::move(inputs), output.id, {}});
  return output;
}

Value Scope::leaf(std::string_view name, std::string kind, Value x, Operation operation,
                  std::vector<ParameterRecord> parameters) {
  const std::size_t record = open(name, x);
  std::vector<ValueId> inputs;
  if (x.id != kNoValue) inputs.push_back(x.id);
  // The width of the result: a table's and a linear layer's differ from the input's.
  std::int64_t width = x.id == kNoValue ? parameters.front().shape[1] : record_of(x).width;
  if (const auto* linear = std::get_if<Linear>(&operation)) {
    width = parameters.front().shape[linear->layout == kernels::WeightLayout::out_in ? 0 : 1];
  }
  const Value output = append(std::move(operation), std::move(inputs), width);
  for (ParameterRecord& parameter : parameters) {
    const auto id = static_cast<ParameterId>(graph_->parameters.size());
    graph_->nodes.back().parameters.push_back(id);
    graph_->scopes[record].parameters.push_back(id);
    graph_->parameters.push_back(std::move(parameter));
  }
  graph_->scopes[record].kind = std::move(kind);
  close(record, output);
  return output;
}

Value Scope::embedding(std::string_view name, Embedding::Index index, std::int64_t rows, std::int64_t width,
                       std::int64_t first) {
  return embedding(name, Embedding{.index = index, .first = first}, rows, width);
}

Value Scope::embedding(std::string_view name, const Embedding& look_up, std::int64_t rows,
                       std::int64_t width) {
  return leaf(name, "Embedding", {}, look_up, {{path_of(name) + ".weight", {rows, width}, {}}});
}

Value Scope::linear(std::string_view name, Value x, std::int64_t width, Bias bias, const TiedTo& tied) {
  std::vector<ParameterRecord> parameters = {
      {path_of(name) + ".weight", {width, record_of(x).width}, tied.weight}};
  if (bias == Bias::with) parameters.push_back({path_of(name) + ".bias", {width}, tied.bias});
  return leaf(name, "Linear", x, Linear{kernels::WeightLayout::out_in}, std::move(parameters));
}

Value Scope::conv1d(std::string_view name, Value x, std::int64_t width) {
  return leaf(
      name, "Conv1D", x, Linear{kernels::WeightLayout::in_out},
      {{path_of(name) + ".weight", {record_of(x).width, width}, {}}, {path_of(name) + ".bias", {width}, {}}});
}

Value Scope::layer_norm(std::string_view name, Value x, double eps) {
  const std::int64_t width = record_of(x).width;
  return leaf(name, "LayerNorm", x, Normalize{Normalize::Kind::layer, static_cast<float>(eps)},
              {{path_of(name) + ".weight", {width}, {}}, {path_of(name) + ".bias", {width}, {}}});
}

Value Scope::rms_norm(std::string_view name, Value x, double eps, double offset) {
  return head_rms_norm(name, x, record_of(x).width, eps, offset);
}

Value Scope::head_rms_norm(std::string_view name, Value x, std::int64_t head_width, double eps,
                           double offset) {
  return leaf(name, "RMSNorm", x,
              Normalize{Normalize::Kind::rms, static_cast<float>(eps), static_cast<float>(offset)},
              {{path_of(name) + ".weight", {head_width}, {}}});
}

Value Scope::activation(std::string_view name, Value x, kernels::Activation function) {
  return leaf(name, "Activation", x, Activate{function}, {});
}

Value Scope::identity(std::string_view name, Value x) {
  const std::size_t record = open(name, x);
  graph_->scopes[record].kind = "Identity";
  close(record, x);
  return x;
}

Value Scope::apply(Value x, kernels::Activation function) {
  return append(Activate{function}, {x.id}, record_of(x).width);
}

Value Scope::soft_cap(Value x, double cap) {
  return append(SoftCap{static_cast<float>(cap)}, {x.id}, record_of(x).width);
}

Value Scope::add(Value a, Value b) { return append(Add{}, {a.id, b.id}, record_of(a).width); }

Value Scope::multiply(Value a, Value b) { return append(Multiply{}, {a.id, b.id}, record_of(a).width); }

Value Scope::columns(Value x, std::int64_t first, std::int64_t width) {
  const Value view = new_value(record_of(x).rows, width);
  graph_->values.back().view_of = x.id;
  graph_->values.back().first_column = first;
  return view;
}

Value Scope::take_heads(Value x, const kernels::HeadPart& part) {
  return append(TakeHeads{part}, {x.id}, record_of(x).width / part.stride * part.width);
}

Value Scope::rotate(Value x, std::vector<float> frequencies) {
  const auto head_width = static_cast<std::int64_t>(2 * frequencies.size());
  return rotate(x, Rotate{.frequencies = std::move(frequencies), .head_width = head_width});
}

Value Scope::rotate(Value x, Rotate rotation) {
  return append(std::move(rotation), {x.id}, record_of(x).width);
}

Value Scope::attend(const Attention& attention, const kernels::AttentionShape& shape) {
  const Value weights = new_value(RowSpace::pair, shape.heads);
  const Value context =
      append(Attend{shape, weights.id}, {attention.query.id, attention.key.id, attention.value.id},
             shape.heads * shape.head_width);
  name_inner("weights", weights);
  name_inner("heads", context);
  return context;
}

Value Scope::first_row(Value x) {
  const Value rows = append(FirstRow{}, {x.id}, record_of(x).width);
  graph_->values[static_cast<std::size_t>(rows.id)].rows = RowSpace::sequence;
  return rows;
}

void Scope::name_inner(std::string_view name, Value x) {
  graph_->inner_values.push_back({path_of(name), x.id});
}

}  // namespace sonde::graph

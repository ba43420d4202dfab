#include "sonde/graph/scope.h"

#include <fmt/core.h>

#include <algorithm>

namespace sonde::graph {
namespace {

// Whether the path lies in a call after a module's first.
bool in_later_call(std::string_view path) {
  for (std::size_t at = path.find('['); at != std::string_view::npos; at = path.find('[', at + 1)) {
    if (path.substr(at, 3) != "[0]") return true;
  }
  return false;
}

}  // namespace

std::string name_of_call(std::string_view name, std::int64_t call, std::int64_t calls) {
  return calls == 1 ? std::string(name) : fmt::format("{}[{}]", name, call);
}

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
  if (rows == RowSpace::table)
    graph_->values[static_cast<std::size_t>(output.id)].table_rows = graph_->value(inputs.front()).table_rows;
  graph_->nodes.push_back({std::move(operation), std::move(inputs), output.id, {}});
  return output;
}

ParameterId Scope::parameter(ParameterRecord record) {
  const bool known = in_later_call(record.name);
  record.name = module_path(record.name);
  std::vector<ParameterRecord>& all = graph_->parameters;
  // From the back: an earlier call of the module wrote its parameters a moment ago.
  const auto found =
      known ? std::ranges::find(all.rbegin(), all.rend(), record.name, &ParameterRecord::name) : all.rend();
  if (found != all.rend()) {
    SONDE_ASSERT(found->shape == record.shape);
    return static_cast<ParameterId>(all.rend() - found - 1);
  }
  all.push_back(std::move(record));
  return static_cast<ParameterId>(all.size() - 1);
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
  for (ParameterRecord& made : parameters) {
    const ParameterId id = parameter(std::move(made));
    graph_->nodes.back().parameters.push_back(id);
    graph_->scopes[record].parameters.push_back(id);
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

Value Scope::table(std::string_view name, std::int64_t rows, std::int64_t width) {
  const Value output = leaf(name, "Embedding", {}, Table{}, {{path_of(name) + ".weight", {rows, width}, {}}});
  ValueRecord& record = graph_->values[static_cast<std::size_t>(output.id)];
  record.rows = RowSpace::table;
  record.table_rows = rows;
  graph_->scopes.back().output = kNoValue;
  return output;
}

Value Scope::linear_again(std::string_view name, Value x) {
  const auto scope = std::ranges::find(graph_->scopes, path_of(name), &ScopeRecord::path);
  SONDE_ASSERT(scope != graph_->scopes.end() && scope->kind == "Linear");
  const auto node = std::ranges::find(graph_->nodes, scope->output, &Node::output);
  const Value output = append(node->operation, {x.id}, graph_->value(scope->output).width);
  graph_->nodes.back().parameters = scope->parameters;
  return output;
}

Value Scope::multiply_by_table(Value x, std::string_view table_parameter) {
  const auto table = std::ranges::find(graph_->parameters, table_parameter, &ParameterRecord::name);
  const auto scope = std::ranges::find(graph_->scopes, path_, &ScopeRecord::path);
  SONDE_ASSERT(table != graph_->parameters.end() && scope != graph_->scopes.end());
  const std::int64_t rows = table->shape[0];
  const auto weight = static_cast<ParameterId>(table - graph_->parameters.begin());
  const auto bias = static_cast<ParameterId>(graph_->parameters.size());
  graph_->parameters.push_back({path_of("bias"), {rows}, {}});
  scope->parameters.push_back(bias);
  const Value output = append(Linear{kernels::WeightLayout::out_in}, {x.id}, rows);
  graph_->nodes.back().parameters = {weight, bias};
  return output;
}

Value Scope::convolution(std::string_view name, Value x, std::int64_t width, std::int64_t taps) {
  SONDE_ASSERT(taps % 2 == 1);
  const std::int64_t in = record_of(x).width;
  const Value unfolded = append(Unfold{taps}, {x.id}, taps * in);
  const Value output =
      leaf(name, "Conv1d", unfolded, Linear{kernels::WeightLayout::out_in},
           {{path_of(name) + ".weight", {width, in, taps}, {}}, {path_of(name) + ".bias", {width}, {}}});
  graph_->scopes.back().input = x.id;
  return output;
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

Value Scope::layer_norm(std::string_view name, Value x, double eps, Bias bias) {
  const std::int64_t width = record_of(x).width;
  std::vector<ParameterRecord> parameters = {{path_of(name) + ".weight", {width}, {}}};
  if (bias == Bias::with) parameters.push_back({path_of(name) + ".bias", {width}, {}});
  return leaf(name, "LayerNorm", x, Normalize{Normalize::Kind::layer, static_cast<float>(eps)},
              std::move(parameters));
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

Attended Scope::attend_by_distance(const Attention& attention, const kernels::AttentionShape& shape,
                                   const RelativeTables& tables) {
  const Value context = attend(attention, shape);
  Node& node = graph_->nodes.back();
  auto& operation = std::get<Attend>(node.operation);
  operation.distances = {tables.rows, tables.keys.id, tables.queries.id};
  for (const Value table : {tables.keys, tables.queries}) {
    if (table.id != kNoValue) node.inputs.push_back(table.id);
  }
  return {context, {operation.weights}};
}

Value Scope::append_per_text(Operation operation, Value x) {
  const Value rows = append(std::move(operation), {x.id}, record_of(x).width);
  graph_->values[static_cast<std::size_t>(rows.id)].rows = RowSpace::sequence;
  return rows;
}

Value Scope::first_row(Value x) { return append_per_text(FirstRow{}, x); }

Value Scope::mean_row(Value x) { return append_per_text(MeanRow{}, x); }

void Scope::name_inner(std::string_view name, Value x) {
  graph_->inner_values.push_back({path_of(name), x.id});
}

}  // namespace sonde::graph

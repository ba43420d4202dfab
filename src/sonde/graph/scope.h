// The pen with which an architecture file writes its graph: one function per kind of module, named children,
// and a module path for every value without a word said about capture.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "sonde/graph/graph.h"

namespace sonde::graph {

/// A handle on a value while a graph is written.
struct Value {
  ValueId id = kNoValue;
};

/// Whether a linear layer has a bias.
enum class Bias { without, with };

/// Names of the parameters that stand in when a layer's own are not stored.
struct TiedTo {
  std::string weight;
  std::string bias;
};

/// Name one of the `calls` that a pass makes to a module, counted from 0: `name[call]`, or `name` alone when
/// there is but one. Parameters keep the module's own name, so that all calls share them.
std::string name_of_call(std::string_view name, std::int64_t call, std::int64_t calls);

/// The values of an attention operation.
struct Attention {
  Value query;
  Value key;
  Value value;
};

/// The relative tables of an attention operation, projected: [rows, h·e] each, or no value.
struct RelativeTables {
  Value keys;
  Value queries;
  kernels::RelativeRows rows;
};

/// What an attention operation gives.
struct Attended {
  Value context;
  Value weights;
};

/// A module under construction. Copies refer to the same module.
class Scope {
 public:
  /// Start the root module of `graph`.
  explicit Scope(Graph& graph) : graph_(&graph) {}

  /// Give the module path of a child, or of this module for an empty name.
  std::string path_of(std::string_view child) const;

  /// Run `module(scope, input, arguments…)` as the child `name`; its argument and result become `.input`,
  /// `.output`.
  template <class Module, class... Arguments>
  Value call(std::string_view name, Module module, Value input, Arguments&&... arguments) {
    const std::size_t record = open(name, input);
    const Value output = module(Scope(*graph_, path_of(name)), input, std::forward<Arguments>(arguments)...);
    close(record, output);
    return output;
  }
  /// Run a child whose input is not a value of the graph, such as an embedding block that takes token ids.
  template <class Module, class... Arguments>
  Value call_source(std::string_view name, Module module, Arguments&&... arguments) {
    const std::size_t record = open(name, Value{});
    const Value output = module(Scope(*graph_, path_of(name)), std::forward<Arguments>(arguments)...);
    close(record, output);
    return output;
  }

  /// Enter a child that only holds others and is never called, so that it takes and returns nothing.
  Scope container(std::string_view name);

  /// torch.nn.Embedding; position 0 looks up row `first`. Shapes: table [rows, width] -> [t,
  /// width].
  Value embedding(std::string_view name, Embedding::Index index, std::int64_t rows, std::int64_t width,
                  std::int64_t first = 0);
  /// The same with a factor on every row, or rows looked up otherwise.
  Value embedding(std::string_view name, const Embedding& look_up, std::int64_t rows, std::int64_t width);
  /// The weight of a torch.nn.Embedding that is never called, as a value that no text changes. Shapes: [rows,
  /// width].
  Value table(std::string_view name, std::int64_t rows, std::int64_t width);
  /// torch.nn.Linear. Shapes: x [t, in], weight [width, in] -> [t, width].
  Value linear(std::string_view name, Value x, std::int64_t width, Bias bias = Bias::with,
               const TiedTo& tied = {});
  /// Run a linear child that is already written on another value; its addresses stay those of the first.
  Value linear_again(std::string_view name, Value x);
  /// Multiply by an embedding's table, transposed, and add this module's own parameter `bias`.
  /// Shapes: x [t, width], table [v, width] -> [t, v].
  Value multiply_by_table(Value x, std::string_view table_parameter);
  /// torch.nn.Conv1d over the tokens of a text, zeros beyond its ends, as many tokens out as in.
  /// Shapes: x [t, in], weight [width, in, taps] -> [t, width]; taps odd.
  Value convolution(std::string_view name, Value x, std::int64_t width, std::int64_t taps);
  /// transformers' Conv1D. Shapes: x [t, in], weight [in, width] -> [t, width].
  Value conv1d(std::string_view name, Value x, std::int64_t width);
  /// torch.nn.LayerNorm over the last axis.
  Value layer_norm(std::string_view name, Value x, double eps, Bias bias = Bias::with);
  /// RMSNorm over the last axis; `offset` is added to its weight.
  Value rms_norm(std::string_view name, Value x, double eps, double offset = 0.0);
  /// RMSNorm of every head by itself. Shapes: x [t, h·e], weight [e] -> [t, h·e].
  Value head_rms_norm(std::string_view name, Value x, std::int64_t head_width, double eps,
                      double offset = 0.0);
  /// An activation module.
  Value activation(std::string_view name, Value x, kernels::Activation function);
  /// A module that passes its input through when not training, such as dropout.
  Value identity(std::string_view name, Value x);

  /// Apply a function that is no module.
  Value apply(Value x, kernels::Activation function);
  /// Limit every number softly to ±cap.
  Value soft_cap(Value x, double cap);
  Value add(Value a, Value b);
  Value multiply(Value a, Value b);
  /// Take `width` columns from `first` on, without a copy.
  Value columns(Value x, std::int64_t first, std::int64_t width);
  /// Copy one part of each head. Shapes: x [t, h·stride] -> [t, h·width].
  Value take_heads(Value x, const kernels::HeadPart& part);
  /// Turn every head of x by its token's position, the whole of it when only frequencies are given.
  Value rotate(Value x, std::vector<float> frequencies);
  Value rotate(Value x, Rotate rotation);
  /// Attend within each text; the probabilities become the inner value `weights`, the result `heads`.
  Value attend(const Attention& attention, const kernels::AttentionShape& shape);
  /// The same with scores that also depend on the tokens' distance.
  Attended attend_by_distance(const Attention& attention, const kernels::AttentionShape& shape,
                              const RelativeTables& tables);
  /// Take the first token's row of each text.
  Value first_row(Value x);
  /// Average the rows of each text.
  Value mean_row(Value x);

  /// Give a value that no module returns an address under this module.
  void name_inner(std::string_view name, Value x);
  /// Add the next of transformers' hidden states.
  void hidden_state(Value x) { graph_->hidden_states.push_back(x.id); }

 private:
  Scope(Graph& graph, std::string path) : graph_(&graph), path_(std::move(path)) {}

  std::size_t open(std::string_view name, Value input);
  void close(std::size_t record, Value output) { graph_->scopes[record].output = output.id; }
  Value new_value(RowSpace rows, std::int64_t width);
  Value append(Operation operation, std::vector<ValueId> inputs, std::int64_t width);
  // The same with one row per text.
  Value append_per_text(Operation operation, Value x);
  // The parameter of this name: a new one, or the one that an earlier call of the module made.
  ParameterId parameter(ParameterRecord record);
  // A leaf module: a scope with parameters and one node.
  Value leaf(std::string_view name, std::string kind, Value x, Operation operation,
             std::vector<ParameterRecord> parameters);
  const ValueRecord& record_of(Value x) const { return graph_->value(x.id); }

  Graph* graph_;
  std::string path_;
};

}  // namespace sonde::graph

// What a forward pass is: values, the operations between them, the parameters they use and the modules they
// belong to. A graph is made from a config alone; it knows nothing of weights, texts or threads.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sonde/kernels/attention.h"
#include "sonde/kernels/elementwise.h"
#include "sonde/kernels/gemm.h"
#include "sonde/kernels/heads.h"
#include "sonde/kernels/relative_position.h"

namespace sonde::graph {

using ValueId = std::int32_t;
using ParameterId = std::int32_t;
inline constexpr ValueId kNoValue = -1;

/// What one row of a value stands for.
enum class RowSpace {
  token,     ///< one row per token: [t, width]
  sequence,  ///< one row per text: [n, width]
  pair,      ///< one number per head and pair of tokens of a text: [h, t, t], where width is h
  table,     ///< rows of learned tables that no text changes: [rows, width]; made once, before any text
};

/// A tensor that flows through the pass.
struct ValueRecord {
  RowSpace rows = RowSpace::token;
  std::int64_t width = 0;
  ValueId view_of = kNoValue;  ///< set when the value is some columns of another
  std::int64_t first_column = 0;
  std::int64_t table_rows = 0;  ///< of the table space
};

/// A learned tensor, by its name in the checkpoint.
struct ParameterRecord {
  std::string name;
  std::vector<std::int64_t> shape;
  std::string tied_to;  ///< the parameter used when the checkpoint lacks this one; empty: none

  std::int64_t size() const;
};

/// Look up a row of a table for each token.
struct Embedding {
  enum class Index { token, position, zero };
  /// Which position pads have.
  enum class Pads {
    counted,         ///< that of a token at their place
    skipped,         ///< the one before position 0; real tokens are counted without them
    skipped_unseen,  ///< skipped when real tokens do not see them, else counted
  };
  Index index = Index::token;
  std::int64_t first = 0;  ///< the row of position 0
  float scale = 1.0f;      ///< on every number of a row
  Pads pads = Pads::counted;
};
/// Take a whole table as it is: a value of the table space.
struct Table {};
/// Multiply by a weight and add a bias when there is a second parameter. A weight [outputs, width, taps] of a
/// convolution multiplies unfolded rows [t, taps·width].
struct Linear {
  kernels::WeightLayout layout = kernels::WeightLayout::out_in;
};
/// Normalise rows; scale is the first parameter, shift (of a layer norm that has one) the second. An RMS norm
/// whose scale is narrower than the row works on runs of that width, the heads.
struct Normalize {
  enum class Kind { layer, rms };
  Kind kind = Kind::layer;
  float eps = 1e-5f;
  float offset = 0.0f;  ///< added to the scale, rms only
};
/// Apply a function to each number.
struct Activate {
  kernels::Activation function = kernels::Activation::gelu;
};
/// Add two values.
struct Add {};
/// Multiply two values number by number.
struct Multiply {};
/// Limit each number softly: cap·tanh(x/cap).
struct SoftCap {
  float cap = 1.0f;
};
/// Take one part of each head of a row.
struct TakeHeads {
  kernels::HeadPart part;
};
/// Turn heads by the token's position. With long_frequencies a row depends on how long its text is, so that
/// such a model's rows differ between a text and a prefix of it, causal mask or not.
struct Rotate {
  std::vector<float> frequencies;       ///< [r/2], radians per position; the first r numbers of a head turn
  std::int64_t head_width = 0;          ///< e
  float scale = 1.0f;                   ///< of the numbers that turn
  std::vector<float> long_frequencies;  ///< [r/2], for texts of more than short_tokens; empty: none
  std::int64_t short_tokens = 0;        ///< tokens
};
/// Which values of the table space an attention reads by the distance of two tokens, and how.
struct DistanceTables {
  kernels::RelativeRows rows;
  ValueId keys = kNoValue;     ///< a score gains q·keys[distance]; also an input
  ValueId queries = kNoValue;  ///< a score gains k·queries[distance]; also an input
};
/// Mix rows within each text: query, key, value -> context.
struct Attend {
  kernels::AttentionShape shape;
  ValueId weights = kNoValue;  ///< the attention probabilities, a value of the pair space
  DistanceTables distances;
};
/// Lay the rows of the tokens around each token side by side, zeros beyond the text: [t, width] -> [t,
/// taps·width].
struct Unfold {
  std::int64_t taps = 1;  ///< odd
};
/// Take the first token's row of each text.
struct FirstRow {};
/// Average the rows of each text.
struct MeanRow {};

using Operation = std::variant<Embedding, Table, Linear, Normalize, Activate, SoftCap, Add, Multiply,
                               TakeHeads, Rotate, Attend, Unfold, FirstRow, MeanRow>;

/// One step of the pass.
struct Node {
  Operation operation;
  std::vector<ValueId> inputs;
  ValueId output = kNoValue;
  std::vector<ParameterId> parameters;
};

/// A module of the Hugging Face model: its path, and the values that go in and come out. A module that one
/// pass calls several times has a record per call, whose path counts them: `groups.0[3]` is the fourth call
/// of `groups.0`, and what it calls in turn stands below it, `groups.0[3].attention`.
struct ScopeRecord {
  std::string path;
  std::string kind;           ///< for example "Linear"; empty for a module that only holds others
  ValueId input = kNoValue;   ///< first tensor argument, when it is a value of the graph
  ValueId output = kNoValue;  ///< kNoValue when the module returns no value of the graph
  std::vector<ParameterId> parameters;
};

/// A value that no module returns, such as `….heads`.
struct InnerValue {
  std::string path;
  ValueId value = kNoValue;
};

/// A short name for a module; `[i]` and `{i}` stand for a layer number.
struct Alias {
  std::string name;
  std::string path = {};
  std::vector<std::string> layer_paths = {};  ///< [l], instead of a path where `{i}` cannot say them
};

/// Give the path of the module whose call `path` names: without the `[k]` of each call.
std::string module_path(std::string_view path);

/// The whole forward pass of one model class. Nodes stand in an order in which they can run.
struct Graph {
  std::string model_class;  ///< as `architectures[0]` names it
  std::string base_name;    ///< what head classes call the base model, for example "bert"
  bool head_class = false;  ///< whether module paths start with base_name
  std::vector<ValueRecord> values;
  std::vector<ParameterRecord> parameters;
  std::vector<Node> nodes;
  std::vector<ScopeRecord> scopes;
  std::vector<InnerValue> inner_values;
  std::vector<ValueId> hidden_states;  ///< exactly transformers' `hidden_states`
  std::vector<Alias> aliases;
  std::vector<std::string> ignored_suffixes;  ///< checkpoint keys that hold no parameter of this class
  std::int64_t layers = 0;                    ///< l
  std::int64_t width = 0;                     ///< d
  std::int64_t positions = 0;                 ///< most tokens of one text, 0 when there is no bound

  /// Give the value whose memory `value` lies in: itself, or what it is a view of.
  ValueId storage_of(ValueId value) const;
  /// Tell whether a row depends only on the tokens up to its own: all masks are causal, no step reads
  /// neighbours, and no rotation asks how long the text is.
  bool is_causal() const;
  /// Add suffixes of checkpoint keys that hold no parameter of this class.
  void ignore(std::initializer_list<std::string_view> suffixes);
  /// Count the numbers a parameter adds to the model: none when it is another parameter of the graph.
  std::int64_t own_size(ParameterId parameter) const;
  const ValueRecord& value(ValueId id) const { return values[static_cast<std::size_t>(id)]; }
  const ParameterRecord& parameter(ParameterId id) const { return parameters[static_cast<std::size_t>(id)]; }
};

}  // namespace sonde::graph

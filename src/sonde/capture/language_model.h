// A language model on disk: its config as a graph, its weights as a checkpoint, its tokenizer. Runs nothing
// itself.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "sonde/capture/model_source.h"
#include "sonde/engine/weights.h"
#include "sonde/files/checkpoint.h"
#include "sonde/graph/graph.h"
#include "sonde/text/tokenizer.h"

namespace sonde::capture {

/// Build the graph of a model from its config.json, or its GGUF file's metadata, alone.
/// Errors: input when the config is missing, malformed or of an unknown architecture.
graph::Graph read_graph(const std::filesystem::path& model);

/// The seed of a model's numbers when they are drawn anew.
struct FreshSeed {
  std::uint64_t value = 0;
};

/// An open model.
class LanguageModel {
 public:
  /// Open a model folder or a GGUF file; weights are mapped, not read.
  /// Errors: input as read_graph(), ModelSource and engine::bind say.
  explicit LanguageModel(const std::filesystem::path& model);
  /// Open the same config and tokenizer with weights as they were before training: drawn with the deviation
  /// that the config names as `initializer_range` (OPT: `init_std`), else 0.02. What is trained stays unread.
  /// Errors: as above.
  LanguageModel(const std::filesystem::path& model, FreshSeed seed);

  /// Give the folder, or the GGUF file.
  const std::filesystem::path& folder() const { return source_.path(); }
  const graph::Graph& graph() const { return graph_; }
  const files::Checkpoint& checkpoint() const { return checkpoint_; }
  const engine::Binding& binding() const { return binding_; }
  const std::string& model_type() const { return model_type_; }

  /// Open the tokenizer. Errors: input when there is none or it is malformed.
  text::Tokenizer open_tokenizer() const;

  /// Give the token that pads are: the tokenizer's, else the config's, else the one that ends a text.
  /// Errors: input when none of them is named.
  std::int32_t pad_token() const;

  /// Give the most tokens of a text: `asked` when positive, else what the tokenizer says, never more than the
  /// model's positions. 0 when there is no bound at all. Errors: usage when `asked` is beyond the model's
  /// positions.
  std::int64_t max_length(std::int64_t asked, const text::Tokenizer& tokenizer) const;

 private:
  ModelSource source_;
  graph::Graph graph_;
  std::string model_type_;
  files::Checkpoint checkpoint_;
  engine::Binding binding_;
};

}  // namespace sonde::capture

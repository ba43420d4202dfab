// A small model written with the pen and its weights in a scratch folder, for tests of binding and running.
#pragma once

#include <fmt/core.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "../files/scratch_folder.h"
#include "sonde/core/random.h"
#include "sonde/engine/weights.h"
#include "sonde/files/safetensors_writer.h"
#include "sonde/graph/scope.h"

namespace sonde::engine {

enum class ModelKind { base, head };

inline graph::Value tiny_base(graph::Scope s) {
  using graph::Embedding;
  // One statement each: the order of a call's arguments is the compiler's choice.
  const graph::Value words = s.embedding("words", Embedding::Index::token, 11, 6);
  const graph::Value positions = s.embedding("positions", Embedding::Index::position, 8, 6);
  graph::Value x = s.add(words, positions);
  x = s.layer_norm("LayerNorm", x, 1e-5);
  s.hidden_state(x);
  const graph::Attention qkv{s.linear("query", x, 6), s.linear("key", x, 6), s.linear("value", x, 6)};
  x = s.add(x, s.attend(qkv, {.heads = 2, .key_heads = 2, .head_width = 3}));
  s.hidden_state(x);
  return x;
}

/// Write the graph: a base model, or the same under "tiny." with a head tied to its embeddings.
inline graph::Graph tiny_graph(ModelKind kind) {
  graph::Graph graph;
  graph.base_name = "tiny";
  graph.positions = 8;
  graph.width = 6;
  graph.ignored_suffixes = {"position_ids"};
  graph::Scope root(graph);
  if (kind == ModelKind::base) {
    tiny_base(root);
  } else {
    graph.head_class = true;
    root.linear("decoder", root.call_source("tiny", tiny_base), 11, graph::Bias::without,
                {.weight = "tiny.words.weight"});
  }
  return graph;
}

using Tensors = std::map<std::string, std::pair<std::vector<std::int64_t>, std::vector<float>>>;

/// Draw a value for every parameter; the name without the base prefix decides, so that both kinds agree.
inline Tensors tiny_tensors(const graph::Graph& graph) {
  Tensors tensors;
  for (const graph::ParameterRecord& parameter : graph.parameters) {
    if (!parameter.tied_to.empty()) continue;
    const std::string plain = parameter.name.starts_with("tiny.") ? parameter.name.substr(5) : parameter.name;
    std::vector<float> values(parameter.size());
    const RandomStream stream(3, plain);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(stream.uniform(i) - 0.5);
    tensors[parameter.name] = {parameter.shape, std::move(values)};
  }
  return tensors;
}

/// Give every tensor another name.
inline Tensors renamed(const Tensors& tensors, const std::function<std::string(std::string)>& rename) {
  Tensors result;
  for (const auto& [name, tensor] : tensors) result[rename(name)] = tensor;
  return result;
}

/// Write the tensors as a model folder.
inline void write_checkpoint(const files::ScratchFolder& folder, const Tensors& tensors) {
  std::vector<files::TensorInfo> infos;
  for (const auto& [name, tensor] : tensors) {
    infos.push_back(files::float_tensor(name, tensor.first, tensor.second));
  }
  folder.write("config.json", "{}");
  files::write_safetensors(folder.path() / "model.safetensors", infos, {}, files::Existing::replace);
}

/// Write the tensors as a model folder and open it.
inline files::Checkpoint checkpoint_of(const files::ScratchFolder& folder, const Tensors& tensors) {
  write_checkpoint(folder, tensors);
  return files::Checkpoint(folder.path());
}

}  // namespace sonde::engine

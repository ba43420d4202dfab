// sonde modules: every address of a model with shapes and sizes, from its config alone.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>

#include "sonde/capture/language_model.h"
#include "sonde/capture/model_source.h"
#include "sonde/command.h"
#include "sonde/core/error.h"
#include "sonde/engine/weights.h"
#include "sonde/graph/cost.h"
#include "sonde/graph/module_list.h"

namespace sonde::app {
namespace {

struct Options {
  std::string model;
  std::int64_t texts = 1;
  std::int64_t length = 256;
  bool all = false;
};

double megabytes(std::int64_t numbers) { return static_cast<double>(numbers) * sizeof(float) / 1e6; }

// A whole number with its thousands apart: 30,522.
std::string grouped(std::int64_t number) {
  std::string digits = std::to_string(number);
  for (auto at = static_cast<std::int64_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

std::string target_of(const graph::Alias& alias) {
  if (alias.layer_paths.empty()) return alias.path;
  return fmt::format("{} to {}", alias.layer_paths.front(), alias.layer_paths.back());
}

// Texts no longer than the model's positions.
graph::Workload workload_of(const Options& options, const graph::Graph& graph) {
  const std::int64_t longest = graph.positions > 0 ? graph.positions : options.length;
  return {.texts = options.texts, .tokens = std::min(options.length, longest)};
}

void print_rows(const Session& session, const std::vector<graph::ModuleRow>& rows) {
  std::size_t width = 7;
  for (const graph::ModuleRow& row : rows) width = std::max(width, row.address.size());
  session.print(
      session.styled(fmt::format("{:<{}}  {:<12}  {:>14}  {:>5}  {:>13}  {:>9}  {:>14}", "address", width,
                                 "kind", "shape", "times", "parameters", "MB", "activations MB"),
                     "bold"));
  for (const graph::ModuleRow& row : rows) {
    const std::size_t dot = row.address.rfind('.');
    const std::string holder = dot == std::string::npos ? "" : row.address.substr(0, dot + 1);
    const std::string size = row.parameters == 0 ? fmt::format("{:>13}  {:>9}", "", "")
                                                 : fmt::format("{:>13}  {:>9.2f}", grouped(row.parameters),
                                                               megabytes(row.parameters));
    const std::string times = row.count == 1 ? "" : fmt::format("{} ×", row.count);
    // The shape's dash is one column wide but three bytes long, which fmt knows.
    session.print(fmt::format("{}{:<{}}  {:<12}  {:>14}  {:>5}  {}  {:>14}", session.styled(holder, "dim"),
                              row.address.substr(holder.size()), width - holder.size(), row.kind, row.shape,
                              times, size,
                              row.activations == 0 ? "" : fmt::format("{:.2f}", megabytes(row.activations))));
  }
}

void print_totals(const Session& session, const graph::Graph& graph, const graph::Workload& work) {
  const std::int64_t total = graph::parameter_count(graph);
  const std::int64_t listed = graph::listed_parameter_count(graph);
  const std::string tied =
      listed == total ? "" : fmt::format(" ({} with tied ones counted wherever they stand)", grouped(listed));
  session.print(fmt::format("\n{}: {} parameters{}, {:.2f} MB in float32", graph.model_class, grouped(total),
                            tied, megabytes(total)));
  session.print(
      fmt::format("at n = {}, t = {}: layers with parameters give out {:.2f} MB; {:.2f} billion "
                  "multiply-adds",
                  work.texts, work.tokens, megabytes(graph::activation_count(graph, work)),
                  static_cast<double>(graph::multiply_adds(graph, work)) / 1e9));
}

// What stands in the weight files, and how it fits the config.
struct WeightSummary {
  std::int64_t bytes = 0;
  std::map<std::string, std::int64_t> tensors;  // by element type
  std::vector<std::string> missing, unused;
};

std::optional<WeightSummary> weights_of(const capture::ModelSource& source, const graph::Graph& graph) {
  if (!source.has_weights()) return std::nullopt;
  const files::Checkpoint checkpoint = source.open_checkpoint();
  engine::Binding binding = engine::bind(graph, checkpoint);
  WeightSummary summary{.bytes = checkpoint.tensor_bytes(),
                        .missing = std::move(binding.missing),
                        .unused = std::move(binding.unused)};
  for (const files::TensorInfo& tensor : checkpoint.tensors())
    ++summary.tensors[files::to_string(tensor.dtype)];
  return summary;
}

// The first few of a list, and how many more there are.
std::string some_of(const std::vector<std::string>& all) {
  constexpr std::size_t kMost = 12;
  const std::vector<std::string> first(
      all.begin(), all.begin() + static_cast<std::ptrdiff_t>(std::min(kMost, all.size())));
  const std::string more = all.size() > kMost ? fmt::format(" and {} more", all.size() - kMost) : "";
  return fmt::format("{}{}", fmt::join(first, ", "), more);
}

void print_weights(const Session& session, const WeightSummary& weights) {
  std::vector<std::string> types;
  for (const auto& [type, count] : weights.tensors) types.push_back(fmt::format("{} {}", count, type));
  session.print(fmt::format("weights: {:.2f} MB as stored; tensors: {}",
                            static_cast<double>(weights.bytes) / 1e6, fmt::join(types, ", ")));
  if (!weights.missing.empty())
    session.print(fmt::format("  {} missing: {}", weights.missing.size(), some_of(weights.missing)));
  if (!weights.unused.empty())
    session.print(fmt::format("  {} not used: {}", weights.unused.size(), some_of(weights.unused)));
}

void print_tokenizer(const Session& session, const text::Tokenizer& tokenizer) {
  const text::TokenizerDescription& description = tokenizer.description();
  const auto longest = tokenizer.model_max_length();
  session.print(fmt::format("tokenizer: {} from {}, {} entries{}; adds {} tokens to a text{}",
                            description.model, description.source, grouped(description.vocabulary_size),
                            description.lower_case ? ", in lower case" : "", description.specials_per_text,
                            longest ? fmt::format(", at most {} in all", grouped(*longest)) : ""));
  std::vector<std::string> special;
  for (const text::SpecialToken& token : description.special_tokens)
    special.push_back(fmt::format("{} {}", one_line(token.token), token.id));
  if (!special.empty()) session.print(fmt::format("  special: {}", some_of(special)));
}

void print_table(const Session& session, const graph::Graph& graph, const Options& options) {
  const graph::Workload work = workload_of(options, graph);
  const std::vector<graph::ModuleRow> rows = graph::list_modules(graph, work);
  print_rows(session, options.all ? rows : graph::fold_layers(graph, rows));
  session.print("");
  for (const graph::Alias& alias : graph.aliases)
    session.print(fmt::format("{:<14}  is short for {}", alias.name, target_of(alias)));
  print_totals(session, graph, work);
}

nlohmann::ordered_json to_json(const graph::ModuleRow& row) {
  return {{"address", row.address},
          {"kind", row.kind},
          {"shape", row.shape},
          {"parameters", row.parameters},
          {"megabytes", megabytes(row.parameters)},
          {"activation_megabytes", megabytes(row.activations)}};
}

nlohmann::ordered_json to_json(const std::optional<WeightSummary>& weights) {
  if (!weights) return nullptr;
  return {{"bytes", weights->bytes},
          {"tensors", weights->tensors},
          {"missing", weights->missing},
          {"unused", weights->unused}};
}

nlohmann::ordered_json to_json(const std::optional<text::Tokenizer>& tokenizer) {
  if (!tokenizer) return nullptr;
  const text::TokenizerDescription& description = tokenizer->description();
  nlohmann::ordered_json special = nlohmann::ordered_json::array();
  for (const text::SpecialToken& token : description.special_tokens)
    special.push_back({{"id", token.id}, {"token", token.token}});
  nlohmann::ordered_json json = {{"model", description.model},
                                 {"source", description.source},
                                 {"vocabulary", description.vocabulary_size},
                                 {"lower_case", description.lower_case},
                                 {"specials_per_text", description.specials_per_text},
                                 {"special_tokens", special}};
  json["max_length"] = nullptr;
  if (const auto longest = tokenizer->model_max_length()) json["max_length"] = *longest;
  return json;
}

// The tokenizer, where there is one that can be opened: the modules can be listed without it.
std::optional<text::Tokenizer> tokenizer_of(const capture::ModelSource& source,
                                            std::vector<result::Warning>& warnings) {
  if (!source.has_tokenizer()) return std::nullopt;
  try {
    return source.open_tokenizer();
  } catch (const Error& error) {
    warnings.push_back({.code = "tokenizer", .message = error.what()});
    return std::nullopt;
  }
}

void run(const Options& options, Session& session) {
  const std::filesystem::path path = session.locate(options.model, hub::ModelPart::config);
  const graph::Graph graph = capture::read_graph(path);
  const capture::ModelSource source(path);
  const std::optional<WeightSummary> weights = weights_of(source, graph);
  std::vector<result::Warning> warnings;
  const std::optional<text::Tokenizer> tokenizer = tokenizer_of(source, warnings);
  if (!session.json()) {
    session.warn(warnings);
    print_table(session, graph, options);
    if (weights) print_weights(session, *weights);
    if (tokenizer) print_tokenizer(session, *tokenizer);
    return;
  }
  const graph::Workload work = workload_of(options, graph);
  nlohmann::ordered_json modules = nlohmann::ordered_json::array();
  for (const graph::ModuleRow& row : graph::list_modules(graph, work)) modules.push_back(to_json(row));
  nlohmann::ordered_json aliases;
  for (const graph::Alias& alias : graph.aliases) {
    aliases[alias.name] = alias.path;
    if (!alias.layer_paths.empty()) aliases[alias.name] = alias.layer_paths;
  }
  const std::int64_t parameters = graph::parameter_count(graph);
  session.print_json({{"model",
                       {{"path", options.model},
                        {"architecture", graph.model_class},
                        {"layers", graph.layers},
                        {"width", graph.width},
                        {"parameters", parameters},
                        {"listed_parameters", graph::listed_parameter_count(graph)},
                        {"megabytes", megabytes(parameters)}}},
                      {"workload",
                       {{"texts", work.texts},
                        {"tokens", work.tokens},
                        {"activation_megabytes", megabytes(graph::activation_count(graph, work))},
                        {"multiply_adds", graph::multiply_adds(graph, work)}}},
                      {"weights", to_json(weights)},
                      {"tokenizer", to_json(tokenizer)},
                      {"modules", modules},
                      {"aliases", aliases}},
                     warnings);
}

Action declare(CLI::App& app) {
  auto options = std::make_shared<Options>();
  constexpr std::int64_t kMost = 1 << 20;
  app.add_option("model", options->model,
                 "model folder (config.json is enough), .gguf file, or hub id OWNER/NAME[@REVISION]")
      ->required();
  app.add_option("--texts", options->texts, "n, texts that activations are counted for (default 1)")
      ->check(CLI::Range(std::int64_t{1}, kMost));
  app.add_option("--length", options->length,
                 "t, tokens of each, at most the model's positions (default 256)")
      ->check(CLI::Range(std::int64_t{1}, kMost));
  app.add_flag("--all", options->all, "a row for every layer; else layers that are alike share one");
  return [options](Session& session) { run(*options, session); };
}

}  // namespace

extern const Command modules_command;
const Command modules_command = {"modules", "list every address of a model with shape and size",
                                 "  sonde modules models/minilm\n"
                                 "  sonde modules models/minilm --texts 32 --length 128\n"
                                 "  sonde modules models/minilm --all --json\n",
                                 declare};

}  // namespace sonde::app

// sonde modules: every address of a model with shapes and sizes, from its config alone.
#include <fmt/core.h>

#include <map>
#include <memory>

#include "sonde/capture/address.h"
#include "sonde/capture/language_model.h"
#include "sonde/command.h"

namespace sonde::app {
namespace {

struct Options {
  std::string model;
};

struct Row {
  std::string address;
  std::string kind;
  std::string shape;
  std::int64_t parameters = 0;
};

std::string shape_of(const graph::Graph& graph, graph::ValueId value) {
  if (value == graph::kNoValue) return "–";
  const graph::ValueRecord& record = graph.value(value);
  switch (record.rows) {
    case graph::RowSpace::token:
      return fmt::format("[t, {}]", record.width);
    case graph::RowSpace::sequence:
      return fmt::format("[n, {}]", record.width);
    case graph::RowSpace::pair:
      return fmt::format("[{}, t, t]", record.width);
  }
  return "–";
}

// Parameters of a module and of all below it; a tied parameter counts where it stands first.
std::int64_t parameters_below(const graph::Graph& graph, const std::string& path) {
  std::int64_t count = 0;
  for (const graph::ScopeRecord& scope : graph.scopes) {
    if (scope.path != path && !scope.path.starts_with(path + ".")) continue;
    for (const graph::ParameterId id : scope.parameters) count += graph.own_size(id);
  }
  return count;
}

std::vector<Row> rows_of(const graph::Graph& graph) {
  std::vector<Row> rows;
  for (const graph::ScopeRecord& scope : graph.scopes) {
    rows.push_back(
        {scope.path, scope.kind, shape_of(graph, scope.output), parameters_below(graph, scope.path)});
  }
  for (const graph::InnerValue& inner : graph.inner_values) {
    rows.push_back({inner.path, "inner value", shape_of(graph, inner.value), 0});
  }
  for (std::size_t i = 0; i < graph.hidden_states.size(); ++i) {
    rows.push_back(
        {fmt::format("hidden[{}]", i), "hidden state", shape_of(graph, graph.hidden_states[i]), 0});
  }
  return rows;
}

double megabytes(std::int64_t parameters) { return static_cast<double>(parameters) * sizeof(float) / 1e6; }

void print_table(const Session& session, const graph::Graph& graph, const std::vector<Row>& rows) {
  std::size_t width = 8;
  for (const Row& row : rows) width = std::max(width, row.address.size());
  session.print(session.styled(fmt::format("{:<{}}  {:<12}  {:<14}  {:>13}  {:>9}", "address", width, "kind",
                                           "shape", "parameters", "MB"),
                               "bold"));
  for (const Row& row : rows) {
    const std::string sizes =
        row.parameters == 0 ? "" : fmt::format("{:>13}  {:>9.2f}", row.parameters, megabytes(row.parameters));
    session.print(fmt::format("{:<{}}  {:<12}  {:<14}  {}", row.address, width, row.kind, row.shape, sizes));
  }
  for (const graph::Alias& alias : graph.aliases)
    session.print(fmt::format("{:<{}}  alias of {}", alias.name, width, alias.path));
  const std::int64_t total = capture::parameter_count(graph);
  session.print(fmt::format("\n{}: {} parameters, {:.2f} MB in float32; t tokens of a text, n texts",
                            graph.model_class, total, megabytes(total)));
}

void run(const Options& options, Session& session) {
  const graph::Graph graph = capture::read_graph(options.model);
  const std::vector<Row> rows = rows_of(graph);
  if (!session.json()) return print_table(session, graph, rows);
  nlohmann::ordered_json modules = nlohmann::ordered_json::array();
  for (const Row& row : rows) {
    modules.push_back({{"address", row.address},
                       {"kind", row.kind},
                       {"shape", row.shape},
                       {"parameters", row.parameters},
                       {"megabytes", megabytes(row.parameters)}});
  }
  nlohmann::ordered_json aliases;
  for (const graph::Alias& alias : graph.aliases) aliases[alias.name] = alias.path;
  session.print_json({{"model",
                       {{"path", options.model},
                        {"architecture", graph.model_class},
                        {"layers", graph.layers},
                        {"width", graph.width},
                        {"parameters", capture::parameter_count(graph)}}},
                      {"modules", modules},
                      {"aliases", aliases}},
                     {});
}

Action declare(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("model", options->model, "model folder (config.json is enough) or .gguf file")->required();
  return [options](Session& session) { run(*options, session); };
}

}  // namespace

extern const Command modules_command;
const Command modules_command = {"modules", "list every address of a model with shape and size",
                                 "  sonde modules models/minilm\n"
                                 "  sonde modules models/minilm --json\n",
                                 declare};

}  // namespace sonde::app

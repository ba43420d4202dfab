#include "sonde/capture/language_model.h"

#include <fmt/core.h>

#include <algorithm>

#include "sonde/core/error.h"
#include "sonde/files/read_file.h"
#include "sonde/models/architecture.h"

namespace sonde::capture {
namespace {

models::Config read_config(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "config.json";
  if (!std::filesystem::is_directory(folder)) {
    throw Error(ErrorCode::input, {.where = folder.string(),
                                   .what = "no such model folder",
                                   .expected = "a folder with config.json, weights and a tokenizer",
                                   .path = folder.string()});
  }
  if (!std::filesystem::is_regular_file(path)) {
    throw Error(ErrorCode::input, {.where = folder.string(),
                                   .what = "the model folder has no config.json",
                                   .hint = "give the folder that holds config.json and the weights",
                                   .path = path.string()});
  }
  return models::Config::parse(files::read_file(path, std::int64_t{64} << 20));
}

}  // namespace

graph::Graph read_graph(const std::filesystem::path& folder) {
  try {
    return models::build_graph(read_config(folder));
  } catch (const Error& error) {
    // A config knows its keys, not where it lies.
    ErrorParts parts = error.parts();
    if (parts.path.empty() || parts.path == "config.json") parts.path = (folder / "config.json").string();
    throw Error(error.code(), std::move(parts));
  }
}

LanguageModel::LanguageModel(const std::filesystem::path& folder)
    : folder_(folder),
      graph_(read_graph(folder)),
      model_type_(read_config(folder).model_type()),
      checkpoint_(folder),
      binding_(engine::bind(graph_, checkpoint_)) {}

text::Tokenizer LanguageModel::open_tokenizer() const { return text::Tokenizer::open(folder_.string()); }

std::int64_t LanguageModel::max_length(std::int64_t asked, const text::Tokenizer& tokenizer) const {
  if (asked > 0 && graph_.positions > 0 && asked > graph_.positions) {
    throw Error(ErrorCode::usage, {.where = "max_length",
                                   .what = "longer than the model's positions",
                                   .got = std::to_string(asked),
                                   .expected = fmt::format("at most {}", graph_.positions)});
  }
  if (asked > 0) return asked;
  const std::int64_t said = tokenizer.model_max_length().value_or(0);
  if (said <= 0) return graph_.positions;
  return graph_.positions > 0 ? std::min(said, graph_.positions) : said;
}

}  // namespace sonde::capture

#include "sonde/capture/language_model.h"

#include <fmt/core.h>

#include <algorithm>

#include "sonde/core/error.h"
#include "sonde/models/architecture.h"

namespace sonde::capture {

static graph::Graph graph_of(const ModelSource& source) {
  try {
    return models::build_graph(source.config());
  } catch (const Error& error) {
    // A config knows its keys, not where it lies.
    constexpr std::string_view kName = "config.json";
    ErrorParts parts = error.parts();
    const std::filesystem::path path = source.config_path();
    if (parts.path.empty() || parts.path == kName) parts.path = path.string();
    if (path.filename() != kName && parts.where.starts_with(kName)) {
      parts.where = "the metadata of " + path.string() + parts.where.substr(kName.size());
    }
    throw Error(error.code(), std::move(parts));
  }
}

graph::Graph read_graph(const std::filesystem::path& model) { return graph_of(ModelSource(model)); }

LanguageModel::LanguageModel(const std::filesystem::path& model)
    : source_(model),
      graph_(graph_of(source_)),
      model_type_(source_.config().model_type()),
      checkpoint_(source_.open_checkpoint()),
      binding_(engine::bind(graph_, checkpoint_)) {}

static double initial_deviation(const models::Config& config) {
  return config.number("initializer_range", config.number("init_std", 0.02));
}

LanguageModel::LanguageModel(const std::filesystem::path& model, FreshSeed seed)
    : source_(model),
      graph_(graph_of(source_)),
      model_type_(source_.config().model_type()),
      checkpoint_(source_.open_checkpoint()),
      binding_(engine::bind(graph_, std::make_shared<engine::FreshWeights>(
                                        graph_, initial_deviation(source_.config()), seed.value))) {}

text::Tokenizer LanguageModel::open_tokenizer() const { return source_.open_tokenizer(); }

std::int32_t LanguageModel::pad_token() const {
  std::optional<std::int32_t> token;
  if (source_.has_tokenizer()) token = open_tokenizer().pad_token();
  for (const char* key : {"pad_token_id", "eos_token_id"}) {
    if (!token) token = source_.config().token(key);
  }
  if (token) return *token;
  throw Error(
      ErrorCode::input,
      {.where = folder().string(),
       .what = "the model names no token to pad with",
       .expected = "pad_token in tokenizer_config.json, or pad_token_id or eos_token_id in config.json",
       .path = source_.config_path().string()});
}

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

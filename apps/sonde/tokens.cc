// sonde tokens: how a text is cut, and which tokens a pooling reads.
#include <fmt/core.h>

#include <memory>

#include "sonde/capture/language_model.h"
#include "sonde/capture/pooling.h"
#include "sonde/command.h"

namespace sonde::app {
namespace {

struct Options {
  std::string model;
  std::string text;
  std::string pooling = "mean";
};

// The tokens a pooling reads, found by pooling the rows of an identity matrix: what is not zero was read.
std::vector<bool> tokens_read(const capture::Pooling& pooling, const std::vector<text::TokenPiece>& pieces) {
  const auto count = static_cast<std::int64_t>(pieces.size());
  if (pooling.keeps_every_token()) return std::vector<bool>(pieces.size(), true);
  std::vector<std::uint8_t> special;
  for (const text::TokenPiece& piece : pieces) special.push_back(piece.special ? 1 : 0);
  const capture::TokenSpan whole{0, count, special};
  pooling.check(whole, 1);
  Matrix rows(count, count), kept(1, count);
  for (std::int64_t i = 0; i < count; ++i) rows.row(i)[i] = 1;
  const TokenRange reads = pooling.reads(whole);
  pooling.add({rows.row(reads.first).data(), reads.count(), count, count}, {reads.first, count, special},
              kept.view());
  std::vector<bool> read;
  for (const float share : kept.row(0)) read.push_back(share != 0);
  return read;
}

nlohmann::ordered_json to_json(const std::vector<text::TokenPiece>& pieces, const std::vector<bool>& read) {
  nlohmann::ordered_json tokens = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    tokens.push_back({{"index", i},
                      {"id", pieces[i].id},
                      {"token", pieces[i].token},
                      {"begin", pieces[i].begin},
                      {"end", pieces[i].end},
                      {"special", pieces[i].special},
                      {"read", bool(read[i])}});
  }
  return tokens;
}

void run(const Options& options, Session& session) {
  const text::Tokenizer tokenizer =
      capture::ModelSource(session.locate(options.model, hub::ModelPart::tokenizer)).open_tokenizer();
  const std::vector<text::TokenPiece> pieces = tokenizer.pieces(options.text);
  const std::vector<bool> read = tokens_read(*capture::make_pooling(options.pooling), pieces);
  const text::TokenizerDescription& description = tokenizer.description();
  if (session.json()) {
    return session.print_json({{"tokenizer",
                                {{"model", description.model},
                                 {"source", description.source},
                                 {"vocabulary", description.vocabulary_size}}},
                               {"pooling", options.pooling},
                               {"tokens", to_json(pieces, read)}},
                              {});
  }
  session.print(session.styled(
      fmt::format("{:>5}  {:>7}  {:>11}  {:<7}  token", "index", "id", "bytes", "read"), "bold"));
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const text::TokenPiece& piece = pieces[i];
    const std::string bytes = piece.special ? "added" : fmt::format("{}–{}", piece.begin, piece.end);
    session.print(
        fmt::format("{:>5}  {:>7}  {:>11}  {:<7}  {}", i, piece.id, bytes, read[i] ? "*" : "", piece.token));
  }
  session.say(fmt::format("{} tokens; {} with a vocabulary of {} from {}; * is read by {}", pieces.size(),
                          description.model, description.vocabulary_size, description.source,
                          options.pooling));
}

Action declare(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("model", options->model, "model folder, .gguf file, or hub id OWNER/NAME[@REVISION]")
      ->required();
  app.add_option("--text", options->text, "text to cut")->required();
  app.add_option("--tokens", options->pooling, "pooling whose tokens are marked (default mean)");
  return [options](Session& session) { run(*options, session); };
}

}  // namespace

extern const Command tokens_command;
const Command tokens_command = {"tokens", "show how a text is cut into tokens, and which a pooling reads",
                                "  sonde tokens models/minilm --text 'A fine film.'\n"
                                "  sonde tokens models/minilm --text 'A fine film.' --tokens token:-2\n",
                                declare};

}  // namespace sonde::app

// The tokenizer.json that a GGUF vocabulary stands for: which parts each kind of tokenizer is put together
// from. Source: transformers 5.23, integrations/gguf/gguf_tokenizer_mapping.py; for "bert", which it does not
// read, the inverse of llama.cpp's convert_hf_to_gguf.py (BertModel.set_vocab).
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "sonde/core/error.h"
#include "sonde/text/gguf_vocabulary_internal.h"

namespace sonde::text {
namespace {

using nlohmann::json;

constexpr std::string_view kWordStart = "▁";

/// How words are cut before bytes are merged, by tokenizer.ggml.pre.
struct WordSplit {
  std::string_view name;
  std::string_view pattern;  // empty: GPT-2's, built into the byte-level step
};

constexpr std::string_view kLlama3 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kQwen2 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
// smollm also takes digits one by one; no token of its vocabulary joins any, so that GPT-2's rule cuts the
// same.
constexpr std::array<WordSplit, 14> kWordSplits = {{{"default", ""},
                                                    {"gpt-2", ""},
                                                    {"smollm", ""},
                                                    {"llama-bpe", kLlama3},
                                                    {"llama3", kLlama3},
                                                    {"llama-v3", kLlama3},
                                                    {"falcon3", kLlama3},
                                                    {"pixtral", kLlama3},
                                                    {"dbrx", kLlama3},
                                                    {"smaug-bpe", kLlama3},
                                                    {"qwen2", kQwen2},
                                                    {"deepseek-r1-qwen", kQwen2},
                                                    {"kormo", kQwen2},
                                                    {"megrez", kQwen2}}};

[[noreturn]] void refuse_word(const GgufVocabulary& vocabulary, std::string_view key, std::string_view got,
                              std::span<const std::string_view> known) {
  vocabulary.header->refuse(key, fmt::format("'{}'", got), fmt::format("one of {}", fmt::join(known, ", ")));
}

std::string_view split_pattern(const GgufVocabulary& vocabulary) {
  constexpr std::string_view kKey = "tokenizer.ggml.pre";
  const std::string_view name = vocabulary.header->text(kKey).value_or("default");
  std::vector<std::string_view> known;
  for (const WordSplit& split : kWordSplits) {
    if (split.name == name) return split.pattern;
    known.push_back(split.name);
  }
  refuse_word(vocabulary, kKey, name, known);
}

/// Tokens that are matched whole, by name: whether each is special.
using AddedTokens = std::map<std::string, bool>;

/// The tokens of the file that are matched whole: those it marks, and those with a part to play. Only what is
/// in the vocabulary, so that no id is beyond the model's.
AddedTokens added_tokens(const GgufVocabulary& vocabulary, const json& vocab,
                         std::span<const std::string_view> usual) {
  AddedTokens added;
  const auto add = [&](std::string_view token, bool special) {
    if (vocab.contains(token)) added[std::string(token)] |= special;
  };
  for (std::size_t i = 0; i < vocabulary.tokens.size(); ++i) {
    if (vocabulary.type(i) == GgufTokenType::control) add(vocabulary.tokens[i], true);
    if (vocabulary.type(i) == GgufTokenType::user_defined) add(vocabulary.tokens[i], false);
  }
  for (const std::string_view token : usual) add(token, true);
  for (const char* key : {"bos_token_id", "eos_token_id", "unknown_token_id", "padding_token_id"}) {
    if (const auto id = vocabulary.id(key)) add(vocabulary.tokens[static_cast<std::size_t>(*id)], true);
  }
  return added;
}

json added_json(const AddedTokens& added, const json& vocab) {
  std::map<std::int64_t, json> by_id;
  for (const auto& [token, special] : added) {
    const std::int64_t id = vocab.at(token);
    by_id[id] = {{"id", id},        {"content", token},    {"single_word", false}, {"lstrip", false},
                 {"rstrip", false}, {"normalized", false}, {"special", special}};
  }
  json list = json::array();
  for (const auto& [id, token] : by_id) list.push_back(token);
  return list;
}

/// A template that puts the tokens `before` and `after` around a text.
json template_json(const std::optional<std::pair<std::string, std::int64_t>>& before,
                   const std::optional<std::pair<std::string, std::int64_t>>& after) {
  json single = json::array(), specials = json::object();
  const auto add = [&](const std::optional<std::pair<std::string, std::int64_t>>& token) {
    if (!token) return;
    single.push_back({{"SpecialToken", {{"id", token->first}, {"type_id", 0}}}});
    specials[token->first] = {{"id", token->first}, {"ids", {token->second}}, {"tokens", {token->first}}};
  };
  add(before);
  single.push_back({{"Sequence", {{"id", "A"}, {"type_id", 0}}}});
  add(after);
  json pair = single;
  pair.push_back({{"Sequence", {{"id", "B"}, {"type_id", 1}}}});
  return {{"type", "TemplateProcessing"}, {"single", single}, {"pair", pair}, {"special_tokens", specials}};
}

/// The template that the flags add_bos_token and add_eos_token ask for.
json bos_and_eos(const GgufVocabulary& vocabulary, bool bos_by_default) {
  const auto token = [&](std::string_view key,
                         bool wanted) -> std::optional<std::pair<std::string, std::int64_t>> {
    const std::optional<std::int64_t> id = vocabulary.id(key);
    if (!wanted || !id) return std::nullopt;
    return std::pair(std::string(vocabulary.tokens[static_cast<std::size_t>(*id)]), *id);
  };
  return template_json(token("bos_token_id", vocabulary.flag("add_bos_token", bos_by_default)),
                       token("eos_token_id", vocabulary.flag("add_eos_token", false)));
}

json document(json model, json normalizer, json pre_tokenizer, json decoder) {
  return {{"version", "1.0"},
          {"truncation", nullptr},
          {"padding", nullptr},
          {"normalizer", std::move(normalizer)},
          {"pre_tokenizer", std::move(pre_tokenizer)},
          {"decoder", std::move(decoder)},
          {"model", std::move(model)}};
}

template <class Pairs>
json merges_json(const Pairs& merges) {
  json list = json::array();
  for (const auto& [left, right] : merges) list.push_back({left, right});
  return list;
}

/// GPT-2's spelling of bytes: printable ones as themselves, the others from U+0100 on.
/// Source: transformers 5.23, convert_slow_tokenizer.bytes_to_unicode.
std::array<std::string, 256> byte_spelling() {
  std::array<std::string, 256> spelling;
  int next = 256;
  for (int byte = 0; byte < 256; ++byte) {
    const bool plain = (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
    const int code = plain ? byte : next++;
    if (code < 0x80) {
      spelling[byte] = static_cast<char>(code);
    } else {
      spelling[byte] = {static_cast<char>(0xC0 | code >> 6), static_cast<char>(0x80 | (code & 0x3F))};
    }
  }
  return spelling;
}

/// Spell a token in GPT-2's alphabet, unless it is in it already.
std::string spelled(std::string_view token, const std::array<std::string, 256>& spelling,
                    const std::set<std::string, std::less<>>& alphabet) {
  bool within = true;
  for (std::size_t i = 0; i < token.size() && within;) {
    const std::size_t size = static_cast<unsigned char>(token[i]) < 0x80 ? 1 : 2;
    within = alphabet.contains(token.substr(i, size));
    i += size;
  }
  if (within) return std::string(token);
  std::string bytes;
  for (const char byte : token) bytes += spelling[static_cast<unsigned char>(byte)];
  return bytes;
}

json byte_level_json(const GgufVocabulary& vocabulary) {
  const std::array<std::string, 256> spelling = byte_spelling();
  const std::set<std::string, std::less<>> alphabet(spelling.begin(), spelling.end());
  json vocab = json::object();
  for (std::size_t i = 0; i < vocabulary.tokens.size(); ++i)
    vocab[spelled(vocabulary.tokens[i], spelling, alphabet)] = i;
  // A token with a part to play is matched as it is written, also outside of the alphabet.
  for (const char* key : {"bos_token_id", "eos_token_id", "unknown_token_id", "padding_token_id"}) {
    const std::optional<std::int64_t> id = vocabulary.id(key);
    if (id) vocab[std::string(vocabulary.tokens[static_cast<std::size_t>(*id)])] = *id;
  }
  if (!vocabulary.merges)
    vocabulary.header->refuse("tokenizer.ggml.merges", "nothing", "the merges of a byte-level vocabulary");
  const std::string_view pattern = split_pattern(vocabulary);
  const bool own = pattern.empty();
  const json bytes = {
      {"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", own}};
  const json split = {
      {"type", "Split"}, {"pattern", {{"Regex", pattern}}}, {"behavior", "Isolated"}, {"invert", false}};
  json result = document(
      {{"type", "BPE"},
       {"dropout", nullptr},
       {"unk_token", nullptr},
       {"continuing_subword_prefix", ""},
       {"end_of_word_suffix", ""},
       {"fuse_unk", false},
       {"byte_fallback", false},
       {"ignore_merges", false},
       {"vocab", vocab},
       {"merges", merges_json(*vocabulary.merges)}},
      nullptr, own ? bytes : json{{"type", "Sequence"}, {"pretokenizers", {split, bytes}}},
      {{"type", "ByteLevel"}, {"add_prefix_space", true}, {"trim_offsets", true}, {"use_regex", true}});
  constexpr auto kUsual = std::to_array<std::string_view>({"<|endoftext|>"});
  result["added_tokens"] = added_json(added_tokens(vocabulary, vocab, kUsual), vocab);
  result["post_processor"] = bos_and_eos(vocabulary, false);
  return result;
}

/// Gemma's files hold its tokens of blanks as blanks.
std::string with_word_starts(std::string_view token) {
  if (token.empty() || token.find_first_not_of(' ') != std::string_view::npos) return std::string(token);
  std::string starts;
  for (std::size_t i = 0; i < token.size(); ++i) starts += kWordStart;
  return starts;
}

json sentence_piece_model(const GgufVocabulary& vocabulary, files::ImpliedMerges implied) {
  const bool by_score = implied == files::ImpliedMerges::by_score;
  std::vector<std::string> tokens;
  std::vector<double> ranks;
  json vocab = json::object();
  for (std::size_t i = 0; i < vocabulary.tokens.size(); ++i) {
    tokens.push_back(by_score ? std::string(vocabulary.tokens[i]) : with_word_starts(vocabulary.tokens[i]));
    vocab[tokens.back()] = i;
    ranks.push_back(by_score ? vocabulary.scores.empty() ? 0.0 : vocabulary.scores[i]
                             : -static_cast<double>(i));
  }
  const bool given = vocabulary.merges.has_value();
  if (!given && by_score && vocabulary.scores.empty()) {
    vocabulary.header->refuse("tokenizer.ggml.scores", "nothing", "scores, or merges");
  }
  const json unknown = by_score || !vocab.contains("<unk>") ? json() : json("<unk>");
  return {{"type", "BPE"},
          {"dropout", nullptr},
          {"unk_token", unknown},
          {"continuing_subword_prefix", nullptr},
          {"end_of_word_suffix", nullptr},
          {"fuse_unk", true},
          {"byte_fallback", true},
          {"ignore_merges", false},
          {"vocab", std::move(vocab)},
          {"merges",
           given ? merges_json(*vocabulary.merges) : merges_json(implied_merges(vocabulary, tokens, ranks))}};
}

json sentence_piece_json(const GgufVocabulary& vocabulary, files::ImpliedMerges implied) {
  const bool by_score = implied == files::ImpliedMerges::by_score;
  const bool prefix = by_score && vocabulary.flag("add_space_prefix", true);
  json decoders = {{{"type", "Replace"}, {"pattern", {{"String", kWordStart}}}, {"content", " "}},
                   {{"type", "ByteFallback"}},
                   {{"type", "Fuse"}}};
  if (prefix) decoders.push_back({{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}});
  const json metaspace = {{"type", "Metaspace"},
                          {"replacement", kWordStart},
                          {"prepend_scheme", prefix ? "first" : "never"},
                          {"split", false}};
  const json replace = {{"type", "Replace"}, {"pattern", {{"String", " "}}}, {"content", kWordStart}};
  const json blanks = {{"type", "Split"},
                       {"pattern", {{"String", " "}}},
                       {"behavior", "MergedWithPrevious"},
                       {"invert", false}};
  json result = document(sentence_piece_model(vocabulary, implied), by_score ? json() : replace,
                         by_score ? metaspace : blanks, {{"type", "Sequence"}, {"decoders", decoders}});
  constexpr auto kLlama = std::to_array<std::string_view>({"<unk>", "<s>", "</s>"});
  constexpr auto kGemma = std::to_array<std::string_view>({"<unk>", "<bos>", "<eos>", "<pad>", "<mask>"});
  const json& vocab = result["model"]["vocab"];
  const std::span<const std::string_view> usual =
      by_score ? std::span<const std::string_view>(kLlama) : kGemma;
  result["added_tokens"] = added_json(added_tokens(vocabulary, vocab, usual), vocab);
  result["post_processor"] = bos_and_eos(vocabulary, true);
  return result;
}

bool is_bracketed(std::string_view token) { return token.starts_with("[") && token.ends_with("]"); }

/// Undo the spelling of llama.cpp's files, which mark the starts of words instead of the rest.
std::string word_piece(const GgufVocabulary& vocabulary, std::size_t id) {
  const std::string_view token = vocabulary.tokens[id];
  const GgufTokenType type = vocabulary.type(id);
  if (type == GgufTokenType::control || type == GgufTokenType::unknown || is_bracketed(token))
    return std::string(token);
  if (token.starts_with(kWordStart) && token.size() > kWordStart.size())
    return std::string(token.substr(kWordStart.size()));
  return fmt::format("##{}", token);
}

/// Give the first token that a key names, else the usual one. Errors: input when the vocabulary lacks it.
std::pair<std::string, std::int64_t> named_token(const GgufVocabulary& vocabulary, const json& vocab,
                                                 std::initializer_list<std::string_view> keys,
                                                 std::string_view usual) {
  for (const std::string_view key : keys) {
    const std::optional<std::int64_t> id = vocabulary.id(key);
    if (id) return {word_piece(vocabulary, static_cast<std::size_t>(*id)), *id};
  }
  if (!vocab.contains(usual)) {
    vocabulary.header->refuse("tokenizer.ggml.tokens", fmt::format("no token '{}'", usual),
                              "the special tokens of BERT");
  }
  return {std::string(usual), vocab.at(usual)};
}

/// Lower-casing is not in the file. Tokens with capitals could never be reached with it.
bool is_lower_case(const GgufVocabulary& vocabulary) {
  for (std::size_t i = 0; i < vocabulary.tokens.size(); ++i) {
    const std::string piece = word_piece(vocabulary, i);
    const bool ordinary = vocabulary.type(i) == GgufTokenType::normal && !is_bracketed(piece);
    if (ordinary && std::ranges::any_of(piece, [](char c) { return c >= 'A' && c <= 'Z'; })) return false;
  }
  return true;
}

json word_piece_json(const GgufVocabulary& vocabulary) {
  json vocab = json::object();
  for (std::size_t i = 0; i < vocabulary.tokens.size(); ++i) vocab[word_piece(vocabulary, i)] = i;
  const auto classifier = named_token(vocabulary, vocab, {"cls_token_id", "bos_token_id"}, "[CLS]");
  const auto separator = named_token(vocabulary, vocab, {"seperator_token_id", "eos_token_id"}, "[SEP]");
  const auto unknown = named_token(vocabulary, vocab, {"unknown_token_id"}, "[UNK]");
  AddedTokens added = {{classifier.first, true}, {separator.first, true}, {unknown.first, true}};
  for (const char* usual : {"[PAD]", "[MASK]"}) {
    if (vocab.contains(usual)) added[usual] = true;
  }
  json result =
      document({{"type", "WordPiece"},
                {"unk_token", unknown.first},
                {"continuing_subword_prefix", "##"},
                {"max_input_chars_per_word", 100},
                {"vocab", vocab}},
               {{"type", "BertNormalizer"},
                {"clean_text", true},
                {"handle_chinese_chars", true},
                {"strip_accents", nullptr},
                {"lowercase", is_lower_case(vocabulary)}},
               {{"type", "BertPreTokenizer"}}, {{"type", "WordPiece"}, {"prefix", "##"}, {"cleanup", true}});
  result["added_tokens"] = added_json(added, vocab);
  result["post_processor"] = template_json(classifier, separator);
  return result;
}

}  // namespace

json gguf_tokenizer_json(const GgufVocabulary& vocabulary, files::ImpliedMerges implied) {
  constexpr std::string_view kKey = "tokenizer.ggml.model";
  constexpr auto kKnown = std::to_array<std::string_view>({"gpt2", "llama", "bert"});
  const std::string_view model = vocabulary.header->text(kKey).value_or("");
  if (model == "gpt2") return byte_level_json(vocabulary);
  if (model == "llama") return sentence_piece_json(vocabulary, implied);
  if (model == "bert") return word_piece_json(vocabulary);
  refuse_word(vocabulary, kKey, model, kKnown);
}

}  // namespace sonde::text

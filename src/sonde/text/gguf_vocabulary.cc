#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "sonde/core/error.h"
#include "sonde/text/gguf_vocabulary_internal.h"

namespace sonde::text {
namespace {

constexpr std::string_view kPrefix = "tokenizer.ggml.";
constexpr std::size_t kMostMerges = 8'000'000, kLongestToken = 512;

std::string key_of(std::string_view key) { return fmt::format("{}{}", kPrefix, key); }

void check_length(const GgufVocabulary& vocabulary, std::string_view key, std::size_t length) {
  if (length == vocabulary.tokens.size()) return;
  vocabulary.header->refuse(key_of(key), fmt::format("{} items", length),
                            fmt::format("{}, one for each token", vocabulary.tokens.size()));
}

bool is_hexadecimal(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

bool is_byte_token(std::string_view token) {
  return token.size() == 6 && token.starts_with("<0x") && is_hexadecimal(token[3]) &&
         is_hexadecimal(token[4]) && token[5] == '>';
}

void read_types(GgufVocabulary& vocabulary) {
  const auto types = vocabulary.header->whole_numbers(key_of("token_type"));
  if (!types) return;
  check_length(vocabulary, "token_type", types->size());
  for (std::size_t i = 0; i < types->size(); ++i) {
    const std::int64_t type = (*types)[i];
    if (type < 1 || type > 6) {
      vocabulary.header->refuse(key_of("token_type"), fmt::format("{} of token {}", type, i), "1 to 6");
    }
    vocabulary.types.push_back(static_cast<GgufTokenType>(type));
    if (vocabulary.types.back() == GgufTokenType::byte && !is_byte_token(vocabulary.tokens[i])) {
      vocabulary.header->refuse(key_of("tokens"),
                                fmt::format("byte token {} of {} bytes", i, vocabulary.tokens[i].size()),
                                "<0x00> to <0xFF>");
    }
  }
}

void read_scores(GgufVocabulary& vocabulary) {
  auto scores = vocabulary.header->floats(key_of("scores"));
  if (!scores) return;
  check_length(vocabulary, "scores", scores->size());
  const auto bad = std::ranges::find_if_not(*scores, [](float score) { return std::isfinite(score); });
  if (bad != scores->end()) {
    vocabulary.header->refuse(key_of("scores"), fmt::format("{} of token {}", *bad, bad - scores->begin()),
                              "a finite number");
  }
  vocabulary.scores = std::move(*scores);
}

void read_merges(GgufVocabulary& vocabulary) {
  const auto lines = vocabulary.header->texts(key_of("merges"));
  if (!lines) return;
  vocabulary.merges.emplace();
  vocabulary.merges->reserve(lines->size());
  for (std::size_t i = 0; i < lines->size(); ++i) {
    const std::string_view line = (*lines)[i];
    const std::size_t blank = line.find(' ');
    if (blank == std::string_view::npos || blank == 0 || blank + 1 == line.size() ||
        line.find(' ', blank + 1) != std::string_view::npos) {
      vocabulary.header->refuse(key_of("merges"), fmt::format("line {} of {} bytes", i, line.size()),
                                "two tokens and one space between");
    }
    vocabulary.merges->emplace_back(line.substr(0, blank), line.substr(blank + 1));
  }
}

std::vector<std::size_t> character_starts(std::string_view text) {
  std::vector<std::size_t> starts;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) starts.push_back(i);
  }
  return starts;
}

/// A pair and what ranks it; `left` and `right` are ids, lengths are in characters.
struct RankedPair {
  double rank;
  std::uint32_t left_length, right_length, left, right;
};

}  // namespace

std::optional<std::int64_t> GgufVocabulary::id(std::string_view key) const {
  const std::optional<std::int64_t> id = header->whole_number(key_of(key));
  if (!id || (*id >= 0 && *id < static_cast<std::int64_t>(tokens.size()))) return id;
  header->refuse(key_of(key), fmt::format("{}", *id),
                 fmt::format("the id of one of {} tokens", tokens.size()));
}

bool GgufVocabulary::flag(std::string_view key, bool otherwise) const {
  return header->flag(key_of(key)).value_or(otherwise);
}

GgufVocabulary read_gguf_vocabulary(const files::GgufHeader& header) {
  GgufVocabulary vocabulary{.header = &header};
  auto tokens = header.texts(key_of("tokens"));
  if (!tokens || tokens->empty()) header.refuse(key_of("tokens"), "nothing", "the vocabulary of a tokenizer");
  vocabulary.tokens = std::move(*tokens);
  read_types(vocabulary);
  read_scores(vocabulary);
  read_merges(vocabulary);
  return vocabulary;
}

std::vector<std::pair<std::string, std::string>> implied_merges(const GgufVocabulary& vocabulary,
                                                                const std::vector<std::string>& tokens,
                                                                const std::vector<double>& ranks) {
  // As in the reference's dictionaries: a token that stands twice counts once, where it stands first, and
  // with the id and rank where it stands last.
  std::unordered_map<std::string_view, std::uint32_t> last;
  for (std::size_t i = 0; i < tokens.size(); ++i) last[tokens[i]] = static_cast<std::uint32_t>(i);
  std::unordered_map<std::string_view, bool> seen;
  std::vector<RankedPair> pairs, local;
  for (const std::string& token : tokens) {
    if (token.size() > kLongestToken) {
      vocabulary.header->refuse(key_of("tokens"), fmt::format("a token of {} bytes", token.size()),
                                fmt::format("at most {} where merges must be derived", kLongestToken));
    }
    if (!seen.emplace(token, true).second) continue;
    local.clear();
    const std::string_view text = token;
    const std::vector<std::size_t> starts = character_starts(text);
    for (std::size_t cut = 1; cut < starts.size(); ++cut) {
      const auto left = last.find(text.substr(0, starts[cut]));
      if (left == last.end()) continue;
      const auto right = last.find(text.substr(starts[cut]));
      if (right == last.end()) continue;
      local.push_back({ranks[last[text]], static_cast<std::uint32_t>(cut),
                       static_cast<std::uint32_t>(starts.size() - cut), left->second, right->second});
    }
    std::ranges::sort(local, {}, [](const RankedPair& pair) { return std::pair(pair.left, pair.right); });
    pairs.insert(pairs.end(), local.begin(), local.end());
    if (pairs.size() > kMostMerges) {
      throw Error(ErrorCode::limit, {.where = vocabulary.header->path().string(),
                                     .what = "the vocabulary implies too many merges",
                                     .expected = fmt::format("at most {}", kMostMerges),
                                     .path = vocabulary.header->path().string()});
    }
  }
  std::ranges::stable_sort(pairs, std::greater<>(), [](const RankedPair& pair) {
    return std::tuple(pair.rank, pair.left_length, pair.right_length);
  });
  std::vector<std::pair<std::string, std::string>> merges;
  merges.reserve(pairs.size());
  for (const RankedPair& pair : pairs) merges.emplace_back(tokens[pair.left], tokens[pair.right]);
  return merges;
}

}  // namespace sonde::text

// Occurrences of some tokens in a stream of documents, each with a window of tokens around it. Works on token
// ids; what a token says is for those who know the tokenizer.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sonde/core/options.h"

namespace sonde::data {

/// Section [occurrences].
struct OccurrenceOptions {
  std::vector<std::string> targets;
  std::string next = "any";
  std::int64_t before = 14;
  std::int64_t after = 2;
  std::int64_t per_class = 100;
  std::string choose = "random";
  std::string documents = "apart";
  std::int64_t seed = 0;

  template <class V>
  void fields(V& visit) {
    visit("targets", targets, {.help = "tokens to look for, each one token of the tokenizer and a class"});
    visit(
        "next", next,
        {.help = "which token may come after: any, or one that starts a word, so that the target is a whole "
                 "word",
         .words = {"any", "word_start"}});
    visit("before", before,
          {.help = "tokens of the window before the target", .larger = "more context", .low = 0});
    visit("after", after, {.help = "tokens of the window after the target", .low = 0});
    visit("per_class", per_class, {.help = "occurrences of each target", .larger = "surer scores", .low = 1});
    visit("choose", choose,
          {.help = "which occurrences: at random from all that are read, or the first ones, which takes rare "
                   "targets from more documents than common ones",
           .words = {"random", "first"}});
    visit("documents", documents,
          {.help = "apart: windows lie inside a document and do not overlap; joined: all documents are one "
                   "stream, and windows may cross borders and overlap",
           .words = {"apart", "joined"}});
    visit("seed", seed, {.help = "key of the random choice", .low = 0});
  }
};

/// Documents as token ids end to end. Shapes: ids [t], offsets [documents + 1].
struct TokenStream {
  std::span<const std::int32_t> ids;
  std::span<const std::int64_t> offsets;
};

/// What counts as an occurrence.
struct OccurrenceRules {
  std::span<const std::int32_t> targets;  ///< [k] token ids
  std::span<const std::string> names;     ///< [k] what messages call them
  /// Tell whether `next`, coming after `target`, starts a word; null: any token may come.
  std::function<bool(std::int32_t target, std::int32_t next)> starts_word;
};

/// One occurrence.
struct Occurrence {
  std::int32_t target = 0;    ///< index into OccurrenceRules::targets
  std::int64_t position = 0;  ///< of the target in the stream
  std::int64_t document = 0;
};

/// The occurrences chosen, and what stood in the way of others.
struct Occurrences {
  std::vector<Occurrence> chosen;     ///< target after target, each in the stream's order
  std::vector<std::int64_t> found;    ///< [k] occurrences that the rule on the next token allows
  std::vector<std::int64_t> no_room;  ///< [k] of those, without room for their window
  std::int64_t crossing = 0;          ///< chosen windows that hold tokens of several documents
  std::int64_t overlapping = 0;       ///< chosen windows that overlap another
};

/// Find and choose `per_class` occurrences of each target. A window is always whole: an occurrence too close
/// to the start or end of the stream (or, apart, of its document) is left out and counted. An occurrence
/// without a token after it has no next token and fits no rule but `any`.
/// Errors: input when a target does not occur, or fewer than `per_class` can be had (how many there are, and
/// what to try).
Occurrences find_occurrences(const TokenStream& stream, const OccurrenceRules& rules,
                             const OccurrenceOptions& options);

/// Give the first token of the first whole window around a target in one document, if there is one.
std::optional<std::int64_t> first_window(std::span<const std::int32_t> ids, const OccurrenceRules& rules,
                                         const OccurrenceOptions& options);

}  // namespace sonde::data

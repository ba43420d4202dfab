#include "sonde/study/occurrence_source.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>

#include "sonde/study/inputs.h"

namespace sonde::study {
namespace {

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\n"), last = text.find_last_not_of(" \t\n");
  return first == std::string::npos ? text : text.substr(first, last - first + 1);
}

// The id of a target, which must be one token.
std::int32_t token_of(const std::string& target, const text::Tokenizer& tokenizer) {
  const std::vector<text::TokenPiece> pieces = tokenizer.pieces(target, text::SpecialTokens::leave_out);
  if (pieces.size() == 1) return pieces.front().id;
  std::vector<std::string> names;
  for (const text::TokenPiece& piece : pieces) names.push_back(fmt::format("'{}'", piece.token));
  throw Error(ErrorCode::input,
              {.where = "[occurrences] targets",
               .what = fmt::format("'{}' is not one token of this model's tokenizer", target),
               .got = pieces.empty() ? "no token" : fmt::format("{}", fmt::join(names, " ")),
               .expected = "one token",
               .hint = "look for a shorter word, or one with or without a space in front"});
}

// Class names are the words; where these coincide (" the" and "the"), the targets as they are.
std::vector<std::string> class_names(const std::vector<std::string>& targets) {
  std::vector<std::string> names;
  for (const std::string& target : targets) names.push_back(trimmed(target));
  std::vector<std::string> sorted = names;
  std::ranges::sort(sorted);
  return std::ranges::adjacent_find(sorted) == sorted.end() ? names : targets;
}

// Tells whether a token starts a word after another: whether the text goes on with a space. This holds for
// byte-level and SentencePiece tokens that carry the space, and for WordPiece, which joins what has none.
class WordStarts {
 public:
  explicit WordStarts(const text::Tokenizer& tokenizer) : tokenizer_(&tokenizer) {}

  bool operator()(std::int32_t target, std::int32_t next) {
    const auto [known, fresh] = known_.try_emplace({target, next}, false);
    if (!fresh) return known->second;
    const std::string before = tokenizer_->decode(std::array{target});
    const std::string both = tokenizer_->decode(std::array{target, next});
    known->second = both.starts_with(before) && both.size() > before.size() && both[before.size()] == ' ';
    return known->second;
  }

 private:
  const text::Tokenizer* tokenizer_;
  std::map<std::pair<std::int32_t, std::int32_t>, bool> known_;
};

// The target tokens and what counts as one of them.
class Targets {
 public:
  Targets(const data::OccurrenceOptions& options, const text::Tokenizer& tokenizer) : tokenizer_(tokenizer) {
    for (const std::string& target : options.targets) {
      const std::int32_t id = token_of(target, tokenizer);
      if (std::ranges::find(ids_, id) != ids_.end()) {
        throw Error(ErrorCode::input, {.where = "[occurrences] targets",
                                       .what = "two targets are the same token",
                                       .got = fmt::format("'{}'", target),
                                       .expected = "different tokens"});
      }
      ids_.push_back(id);
    }
  }

  data::OccurrenceRules rules(const data::OccurrenceOptions& options) const {
    data::OccurrenceRules rules{.targets = ids_, .names = options.targets, .starts_word = nullptr};
    if (options.next == "word_start") rules.starts_word = WordStarts(tokenizer_);
    return rules;
  }

 private:
  const text::Tokenizer& tokenizer_;
  std::vector<std::int32_t> ids_;
};

// Windows as a batch; each is about its target.
class WindowBatch {
 public:
  explicit WindowBatch(const data::OccurrenceOptions& options)
      : before_(options.before), width_(options.before + 1 + options.after) {}

  void add(std::span<const std::int32_t> window) {
    batch_.ids.insert(batch_.ids.end(), window.begin(), window.end());
    batch_.special.resize(batch_.ids.size());
    batch_.offsets.push_back(static_cast<std::int64_t>(batch_.ids.size()));
    batch_.full_length.push_back(static_cast<std::int32_t>(width_));
    batch_.targets.push_back(before_);
  }
  text::TokenBatch take() { return std::move(batch_); }

 private:
  std::int64_t before_, width_;
  text::TokenBatch batch_;
};

void require_room(std::int64_t width, std::int64_t max_length) {
  if (max_length == 0 || width <= max_length) return;
  throw Error(ErrorCode::input, {.where = "[occurrences]",
                                 .what = "a window is longer than the model's longest text",
                                 .got = fmt::format("{} tokens", width),
                                 .expected = fmt::format("at most {}", max_length),
                                 .hint = "lower before or after"});
}

void warn(const data::Occurrences& found, const data::OccurrenceOptions& options,
          std::vector<result::Warning>& warnings) {
  std::int64_t no_room = 0;
  for (const std::int64_t count : found.no_room) no_room += count;
  if (options.documents == "joined" && no_room > 0) {
    warnings.push_back(
        {.code = "occurrences",
         .message = fmt::format("{} occurrences are too close to an end of the stream for their window and "
                                "were left out",
                                no_room)});
  }
  if (found.crossing == 0 && found.overlapping == 0) return;
  warnings.push_back(
      {.code = "occurrences",
       .message = fmt::format("of {} windows {} cross a border between documents and {} overlap another",
                              found.chosen.size(), found.crossing, found.overlapping),
       .hint = "documents = \"apart\" keeps windows inside a document and apart",
       .affects_numbers = true});
}

}  // namespace

OccurrenceSource::OccurrenceSource(data::OccurrenceOptions options, DataSpec spec, const hub::Settings& hub,
                                   const RunContext& context)
    : options_(std::move(options)),
      spec_(std::move(spec)),
      location_(hub::locate_data(spec_.file, spec_.revision, hub, context)) {}

SourcedExamples OccurrenceSource::read(const text::Tokenizer& tokenizer, const RunContext& context) {
  const Targets targets(options_, tokenizer);
  const data::Examples documents = read_rows(spec_, location_.files).examples;
  const std::vector<std::string_view> texts(documents.texts.begin(), documents.texts.end());
  const text::TokenBatch batch =
      tokenizer.encode(texts, {.special = text::SpecialTokens::leave_out}, context);
  const data::TokenStream stream{batch.ids, batch.offsets};
  const data::Occurrences found = data::find_occurrences(stream, targets.rules(options_), options_);
  SourcedExamples made;
  if (!location_.note.empty()) made.warnings.push_back({.code = "hub", .message = location_.note});
  take(found, stream, tokenizer, documents, made);
  warn(found, options_, made.warnings);
  return made;
}

void OccurrenceSource::take(const data::Occurrences& found, const data::TokenStream& stream,
                            const text::Tokenizer& tokenizer, const data::Examples& documents,
                            SourcedExamples& made) {
  const std::vector<std::string> names = class_names(options_.targets);
  std::vector<std::string> texts, groups;
  std::vector<std::int64_t> rows;
  std::vector<std::string_view> labels;
  for (const data::Occurrence& one : found.chosen) {
    const auto window = stream.ids.subspan(one.position - options_.before, width());
    windows_.insert(windows_.end(), window.begin(), window.end());
    texts.push_back(tokenizer.decode(window));
    labels.push_back(names[one.target]);
    rows.push_back(documents.rows[one.document]);
    groups.push_back(documents.groups.empty() ? fmt::format("document {}", rows.back())
                                              : documents.group_names[documents.groups[one.document]]);
  }
  const std::vector<std::string_view> text_views(texts.begin(), texts.end()),
      group_views(groups.begin(), groups.end());
  made.examples = data::build_examples({.texts = text_views, .labels = labels, .groups = group_views}, {});
  made.examples.rows = std::move(rows);
  made.examples.data_rows = documents.data_rows;
}

text::TokenBatch OccurrenceSource::tokens(const ChosenRows& rows, const Encoding& encoding,
                                          const RunContext&) const {
  require_room(width(), encoding.max_length);
  WindowBatch batch(options_);
  for (const std::int64_t place : rows.places)
    batch.add(std::span(windows_).subspan(place * width(), width()));
  return batch.take();
}

DataSpec OccurrenceSource::resolved() const {
  DataSpec spec = spec_;
  spec.revision = location_.revision;
  if (location_.revision.empty())
    spec.file = std::filesystem::absolute(spec.file).lexically_normal().string();
  return spec;
}

DataSpec OccurrenceSource::described() const {
  DataSpec spec = spec_;
  spec.label = "token";
  if (spec.group.empty()) spec.group = "document";
  if (spec.row_noun.empty()) spec.row_noun = "occurrence";
  if (spec.group_noun.empty()) spec.group_noun = "document";
  return spec;
}

std::string OccurrenceSource::digest() const { return digest_of(location_.files); }

text::TokenBatch windows_in_texts(const data::OccurrenceOptions& options,
                                  std::span<const std::string_view> texts, const Encoding& encoding,
                                  const RunContext& context) {
  const std::int64_t width = options.before + 1 + options.after;
  require_room(width, encoding.max_length);
  const Targets targets(options, *encoding.tokenizer);
  const data::OccurrenceRules rules = targets.rules(options);
  const text::TokenBatch all =
      encoding.tokenizer->encode(texts, {.special = text::SpecialTokens::leave_out}, context);
  WindowBatch windows(options);
  for (std::int64_t i = 0; i < all.size(); ++i) {
    const std::optional<std::int64_t> first = data::first_window(all.tokens(i), rules, options);
    if (!first) {
      throw Error(ErrorCode::input, {.where = fmt::format("text {}", i + 1),
                                     .what = "holds none of the tokens that the run's probes tell apart",
                                     .expected = fmt::format(
                                         "one of '{}' with {} tokens before it and {} after",
                                         fmt::join(options.targets, "', '"), options.before, options.after)});
    }
    windows.add(all.tokens(i).subspan(*first, width));
  }
  return windows.take();
}

}  // namespace sonde::study

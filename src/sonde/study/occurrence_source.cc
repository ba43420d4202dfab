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
  std::vector<std::int32_t> targets;
  for (const std::string& target : options_.targets) {
    const std::int32_t id = token_of(target, tokenizer);
    if (std::ranges::find(targets, id) != targets.end()) {
      throw Error(ErrorCode::input, {.where = "[occurrences] targets",
                                     .what = "two targets are the same token",
                                     .got = fmt::format("'{}'", target)});
    }
    targets.push_back(id);
  }
  const data::Examples documents = read_rows(spec_, location_.files).examples;
  const std::vector<std::string_view> texts(documents.texts.begin(), documents.texts.end());
  const text::TokenBatch batch =
      tokenizer.encode(texts, {.special = text::SpecialTokens::leave_out}, context);
  const data::TokenStream stream{batch.ids, batch.offsets};
  data::OccurrenceRules rules{.targets = targets, .names = options_.targets, .starts_word = nullptr};
  if (options_.next == "word_start") rules.starts_word = WordStarts(tokenizer);
  const data::Occurrences found = data::find_occurrences(stream, rules, options_);
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
  if (encoding.max_length > 0 && width() > encoding.max_length) {
    throw Error(ErrorCode::input, {.where = "[occurrences]",
                                   .what = "a window is longer than the model's longest text",
                                   .got = fmt::format("{} tokens", width()),
                                   .expected = fmt::format("at most {}", encoding.max_length),
                                   .hint = "lower before or after"});
  }
  text::TokenBatch batch;
  for (const std::int64_t place : rows.places) {
    const auto first = windows_.begin() + place * width();
    batch.ids.insert(batch.ids.end(), first, first + width());
    batch.offsets.push_back(static_cast<std::int64_t>(batch.ids.size()));
    batch.full_length.push_back(static_cast<std::int32_t>(width()));
    batch.targets.push_back(options_.before);
  }
  batch.special.assign(batch.ids.size(), 0);
  return batch;
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

}  // namespace sonde::study

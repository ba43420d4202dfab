#include "sonde/text/tokenizer.h"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sonde/core/error.h"
#include "sonde_shim_cpp.h"

namespace sonde::text {
namespace {

// Texts of one task of the queue: enough to hide its cost, few enough to share out evenly.
constexpr std::int64_t kChunkTexts = 64;

/// An encoding of the shim, freed on destruction.
struct ShimEncoding : sonde_encoding {
  ShimEncoding() : sonde_encoding{} {}
  ~ShimEncoding() { sonde_shim_free_encoding(this); }
  ShimEncoding(const ShimEncoding&) = delete;
  ShimEncoding& operator=(const ShimEncoding&) = delete;
};

void check_size(std::string_view text, std::int64_t index, std::int64_t limit) {
  if (static_cast<std::int64_t>(text.size()) <= limit) return;
  throw Error(ErrorCode::limit, {.where = fmt::format("text {}", index),
                                 .what = "the text is too long",
                                 .got = fmt::format("{} bytes", text.size()),
                                 .expected = fmt::format("at most {}", limit),
                                 .offset = index});
}

void append(const TokenBatch& part, TokenBatch& whole) {
  const std::int64_t base = whole.offsets.back();
  whole.ids.insert(whole.ids.end(), part.ids.begin(), part.ids.end());
  whole.special.insert(whole.special.end(), part.special.begin(), part.special.end());
  whole.full_length.insert(whole.full_length.end(), part.full_length.begin(), part.full_length.end());
  for (std::size_t i = 1; i < part.offsets.size(); ++i) whole.offsets.push_back(base + part.offsets[i]);
}

TokenBatch join(const std::vector<TokenBatch>& parts) {
  TokenBatch whole;
  std::size_t tokens = 0;
  std::size_t texts = 0;
  for (const TokenBatch& part : parts) {
    tokens += part.ids.size();
    texts += part.full_length.size();
  }
  whole.ids.reserve(tokens);
  whole.special.reserve(tokens);
  whole.full_length.reserve(texts);
  whole.offsets.reserve(texts + 1);
  for (const TokenBatch& part : parts) append(part, whole);
  return whole;
}

}  // namespace

void Tokenizer::Close::operator()(sonde_tokenizer* handle) const { sonde_tokenizer_free(handle); }

Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

void Tokenizer::describe() {
  shim::Bytes json;
  shim::Failure failure;
  if (sonde_tokenizer_describe(handle_.get(), json.out(), failure.out()) != SONDE_OK) {
    failure.raise({.where = description_.source});
  }
  const auto facts = nlohmann::json::parse(json.text());
  description_.model = facts.at("model");
  description_.vocabulary_size = facts.at("vocabulary_size");
  description_.specials_per_text = facts.at("special_tokens_per_text");
  description_.lower_case = facts.at("lower_case");
  for (const auto& token : facts.at("special_tokens")) {
    description_.special_tokens.push_back({.id = token.at("id"), .token = token.at("token")});
  }
}

void Tokenizer::encode_chunk(std::span<const std::string_view> texts, std::int64_t first,
                             const EncodeOptions& options, TokenBatch& out) const {
  std::vector<sonde_view> views;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    check_size(texts[i], first + static_cast<std::int64_t>(i), options.text_bytes);
    views.push_back(shim::view(texts[i]));
  }
  const sonde_encode_options shim_options = {.max_length = static_cast<std::size_t>(options.max_length),
                                             .add_special = options.special == SpecialTokens::add};
  ShimEncoding encoding;
  shim::Failure failure;
  if (sonde_tokenizer_encode(handle_.get(), views.data(), views.size(), &shim_options, &encoding,
                             failure.out()) != SONDE_OK) {
    const std::int64_t index = first + std::max<std::int64_t>(0, failure.offset());
    failure.raise({.where = fmt::format("text {}", index), .offset = index});
  }
  out.ids.assign(encoding.ids, encoding.ids + encoding.n_ids);
  out.special.assign(encoding.special, encoding.special + encoding.n_ids);
  out.full_length.assign(encoding.full_lengths, encoding.full_lengths + encoding.n_texts);
  for (std::size_t i = 0; i < encoding.n_texts; ++i)
    out.offsets.push_back(out.offsets.back() + encoding.lengths[i]);
}

TokenBatch Tokenizer::encode(std::span<const std::string_view> texts, const EncodeOptions& options,
                             const RunContext& context) const {
  if (options.max_length < 0) {
    throw Error(ErrorCode::usage, {.where = "max_length",
                                   .what = "a negative length",
                                   .got = fmt::format("{}", options.max_length),
                                   .expected = "0 for no limit, or a positive number of tokens"});
  }
  const auto n = static_cast<std::int64_t>(texts.size());
  const std::int64_t chunks = (n + kChunkTexts - 1) / kChunkTexts;
  std::vector<TokenBatch> parts(chunks);
  const ProgressStage stage(context, "tokenize", n, "texts");
  run_queue(context, chunks, [&](int, std::int64_t chunk) {
    const std::int64_t first = chunk * kChunkTexts;
    const std::int64_t count = std::min(kChunkTexts, n - first);
    encode_chunk(texts.subspan(first, count), first, options, parts[chunk]);
    context.advance(count);
  });
  return join(parts);
}

std::vector<TokenPiece> Tokenizer::pieces(std::string_view text, SpecialTokens special) const {
  check_size(text, 0, EncodeOptions{}.text_bytes);
  shim::Bytes json;
  shim::Failure failure;
  const std::int32_t add_special = special == SpecialTokens::add;
  if (sonde_tokenizer_pieces(handle_.get(), shim::view(text), add_special, json.out(), failure.out()) !=
      SONDE_OK) {
    failure.raise({.where = "text"});
  }
  std::vector<TokenPiece> pieces;
  for (const auto& piece : nlohmann::json::parse(json.text())) {
    pieces.push_back({.id = piece.at("id"),
                      .token = piece.at("token"),
                      .begin = piece.at("begin"),
                      .end = piece.at("end"),
                      .special = piece.at("special")});
  }
  return pieces;
}

std::string Tokenizer::decode(std::span<const std::int32_t> ids) const {
  shim::Bytes text;
  shim::Failure failure;
  if (sonde_tokenizer_decode(handle_.get(), ids.data(), ids.size(), 0, text.out(), failure.out()) !=
      SONDE_OK) {
    failure.raise({.where = "token ids"});
  }
  return std::string(text.text());
}

}  // namespace sonde::text

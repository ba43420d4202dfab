#include "sonde/capture/capture.h"

#include <fmt/core.h>

#include <algorithm>

#include "sonde/core/error.h"

namespace sonde::capture {
namespace {

std::vector<graph::ValueId> values_of(const std::vector<Address>& addresses) {
  std::vector<graph::ValueId> values;
  for (const Address& address : addresses) values.push_back(address.value);
  return values;
}

// A text as its pooling sees it: with its pads only when the pooling asks for them.
struct PooledText {
  TokenRange tokens;  // of the text, pads included
  TokenSpan whole;

  PooledText(const text::TokenBatch& batch, std::int64_t text, const Pooling& pooling)
      : tokens(pooling.padded_length() > 0 ? TokenRange{0, batch.length(text)} : batch.real(text)),
        whole{0, tokens.count(), batch.specials(text).subspan(tokens.first, tokens.count()),
              batch.target(text)} {}
};

// The tokens of each text whose rows a pooling reads.
std::vector<TokenRange> tokens_read(const text::TokenBatch& batch, const Pooling& pooling) {
  std::vector<TokenRange> read;
  for (std::int64_t i = 0; i < batch.size(); ++i) {
    const PooledText text(batch, i, pooling);
    const TokenRange reads = pooling.reads(text.whole);
    read.push_back({text.tokens.first + reads.first, text.tokens.first + reads.end});
  }
  return read;
}

// Rows of a text go to their place in the result, through the pooling where tokens are pooled.
class TokenSink final : public engine::Sink {
 public:
  TokenSink(const text::TokenBatch& batch, const Pooling& pooling, Activations& out)
      : batch_(batch), pooling_(pooling), out_(out) {}

  void receive(const engine::TextRows& r) override {
    const PooledText text(batch_, r.text, pooling_);
    const std::int64_t first = out_.offsets.empty() ? r.text : out_.offsets[r.text];
    const std::int64_t count = pooling_.keeps_every_token() ? text.whole.tokens : 1;
    MutableMatrixView kept = out_.values.view();
    kept = {kept.row(first).data(), count, kept.cols, kept.stride};
    TokenSpan span = text.whole;
    span.first = r.first_token - text.tokens.first;
    pooling_.add(r.rows, span, kept);
    if (span.first + r.rows.rows == pooling_.reads(text.whole).end) pooling_.finish(text.whole, kept);
  }

 private:
  const text::TokenBatch& batch_;
  const Pooling& pooling_;
  Activations& out_;
};

// One row per text: kept as it is.
class SequenceSink final : public engine::Sink {
 public:
  explicit SequenceSink(Activations& out) : out_(out) {}
  void receive(const engine::TextRows& r) override {
    std::copy(r.rows.row(0).begin(), r.rows.row(0).end(), out_.values.row(r.text).begin());
  }

 private:
  Activations& out_;
};

// Attention weights of a text, [h, t, t] flat.
class PairSink final : public engine::Sink {
 public:
  explicit PairSink(Activations& out) : out_(out) {}
  void receive(const engine::TextRows& r) override {
    std::copy_n(r.rows.data, r.rows.rows * r.rows.cols, out_.values.data() + out_.offsets[r.text]);
  }

 private:
  Activations& out_;
};

// Lay out the result of one address, zeros everywhere.
Activations lay_out(const Address& address, std::int64_t width, const text::TokenBatch& batch,
                    const Pooling& pooling) {
  Activations out{.at = address.name};
  const bool pairs = address.rows == graph::RowSpace::pair;
  const bool ragged = pairs || (address.rows == graph::RowSpace::token && pooling.keeps_every_token());
  std::int64_t rows = 0;
  std::vector<std::int64_t> offsets = {0};
  for (std::int64_t i = 0; i < batch.size(); ++i) {
    const std::int64_t tokens = pairs ? batch.length(i) : batch.real(i).count();
    rows += pairs ? width * tokens * tokens : ragged ? tokens : 1;
    offsets.push_back(rows);
  }
  out.values = Matrix(rows, pairs ? 1 : width);
  if (ragged) out.offsets = std::move(offsets);
  return out;
}

}  // namespace

void check_texts(const text::TokenBatch& batch, const Pooling& pooling, std::span<const std::int64_t> rows) {
  for (std::int64_t i = 0; i < batch.size(); ++i) {
    const std::int64_t row = rows.empty() ? i + 1 : rows[i];
    if (batch.real(i).count() == 0) {
      throw Error(ErrorCode::input, {.where = fmt::format("row {}", row),
                                     .what = "the text has no tokens",
                                     .hint = "leave the row out"});
    }
    const std::int64_t padded = pooling.padded_length();
    if (padded > 0 && padded != batch.length(i)) {
      throw Error(ErrorCode::usage, {.where = fmt::format("row {}", row),
                                     .what = "is not padded to the length that the pooling asks for",
                                     .got = fmt::format("{} tokens", batch.length(i)),
                                     .expected = std::to_string(padded),
                                     .hint = "pad the texts first"});
    }
    pooling.check(PooledText(batch, i, pooling).whole, row);
  }
}

Capture::Capture(const LanguageModel& model, std::vector<Address> addresses, const RunContext& context,
                 kernels::GemmPrecision precision)
    : model_(&model),
      addresses_(std::move(addresses)),
      schedule_(graph::schedule(model.graph(), values_of(addresses_))),
      weights_(
          std::make_shared<engine::Weights>(model.graph(), schedule_, model.binding(), context, precision)) {
  // A file that somebody rewrote while it was read is refused rather than believed.
  model.checkpoint().verify_unchanged();
}

Capture::Capture(const Capture& whole, std::vector<Address> addresses)
    : model_(whole.model_),
      addresses_(std::move(addresses)),
      schedule_(graph::schedule(model_->graph(), values_of(addresses_))),
      weights_(whole.weights_) {}

Capture Capture::narrowed(std::span<const std::size_t> kept) const {
  std::vector<Address> addresses;
  for (const std::size_t i : kept) addresses.push_back(addresses_.at(i));
  return {*this, std::move(addresses)};
}

std::vector<Activations> Capture::run(const text::TokenBatch& batch, std::string_view pooling_name,
                                      const RunContext& context,
                                      const engine::ExecutorOptions& options) const {
  const std::unique_ptr<Pooling> pooling = make_pooling(pooling_name);
  check_texts(batch, *pooling);
  std::vector<Activations> results;
  for (std::size_t i = 0; i < addresses_.size(); ++i) {
    const Address& address = addresses_[i];
    if (address.rows == graph::RowSpace::pair && pooling_name != "none") {
      throw Error(ErrorCode::usage,
                  {.where = fmt::format("address '{}'", address.name),
                   .what = "attention weights are not vectors per token and cannot be pooled",
                   .hint = "ask for them with --tokens none"});
    }
    results.push_back(lay_out(address, width(i), batch, *pooling));
  }
  std::vector<std::unique_ptr<engine::Sink>> sinks;
  std::vector<engine::Sink*> handles;
  for (std::size_t i = 0; i < addresses_.size(); ++i) {
    switch (addresses_[i].rows) {
      case graph::RowSpace::token:
        sinks.push_back(std::make_unique<TokenSink>(batch, *pooling, results[i]));
        break;
      case graph::RowSpace::table:
        SONDE_ASSERT(!"no address stands for a table");
        break;
      case graph::RowSpace::sequence:
        sinks.push_back(std::make_unique<SequenceSink>(results[i]));
        break;
      case graph::RowSpace::pair:
        sinks.push_back(std::make_unique<PairSink>(results[i]));
        break;
    }
    handles.push_back(sinks.back().get());
  }
  const std::vector<TokenRange> needed = tokens_read(batch, *pooling);
  engine::Executor(model_->graph(), schedule_, *weights_)
      .run({batch.ids, batch.offsets, batch.real_tokens, batch.attend_pads, needed}, handles, options,
           context);
  return results;
}

}  // namespace sonde::capture

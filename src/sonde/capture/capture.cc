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

// Rows of a text go to their place in the result, through the pooling where tokens are pooled.
class TokenSink final : public engine::Sink {
 public:
  TokenSink(const text::TokenBatch& batch, const Pooling& pooling, Activations& out)
      : batch_(batch), pooling_(pooling), out_(out) {}

  void receive(const engine::TextRows& r) override {
    const std::int64_t first = out_.offsets.empty() ? r.text : out_.offsets[r.text];
    const std::int64_t count = pooling_.keeps_every_token() ? r.tokens : 1;
    MutableMatrixView kept = out_.values.view();
    kept = {kept.row(first).data(), count, kept.cols, kept.stride};
    const TokenSpan span{r.first_token, r.tokens, batch_.specials(r.text)};
    pooling_.add(r.rows, span, kept);
    if (r.first_token + r.rows.rows == r.tokens) pooling_.finish({0, r.tokens, span.special}, kept);
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
    const std::int64_t tokens = batch.length(i);
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
    if (batch.length(i) == 0) {
      throw Error(ErrorCode::input, {.where = fmt::format("row {}", row),
                                     .what = "the text has no tokens",
                                     .hint = "leave the row out"});
    }
    pooling.check({0, batch.length(i), batch.specials(i)}, row);
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
  engine::Executor(model_->graph(), schedule_, *weights_)
      .run({batch.ids, batch.offsets}, handles, options, context);
  return results;
}

}  // namespace sonde::capture

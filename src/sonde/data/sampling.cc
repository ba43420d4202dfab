#include "sonde/data/sampling.h"

#include <fmt/core.h>

#include <algorithm>
#include <numeric>

#include "sonde/core/error.h"
#include "sonde/core/nearest.h"
#include "sonde/core/random.h"
#include "sonde/replay/numpy_generator.h"
#include "sonde/replay/numpy_random_state.h"
#include "sonde/replay/python_random.h"
#include "sonde/replay/torch_generator.h"

namespace sonde::data {

/// A library's way of drawing rows.
class Sampler::Stream {
 public:
  virtual ~Stream() = default;
  /// Give 0 … n-1 in random order.
  virtual std::vector<std::int64_t> permutation(std::int64_t n) = 0;
  /// Draw `count` of 0 … n-1, each time from all.
  virtual std::vector<std::int64_t> with_replacement(std::int64_t n, std::int64_t count) = 0;
};

namespace {

using Rows = std::vector<std::int64_t>;

void refuse(std::string what, std::string expected, std::string hint) {
  throw Error(ErrorCode::usage, {.where = "[sample]",
                                 .what = std::move(what),
                                 .expected = std::move(expected),
                                 .hint = std::move(hint)});
}

class OwnStream : public Sampler::Stream {
 public:
  explicit OwnStream(const SampleOptions& options)
      : stream_(static_cast<std::uint64_t>(options.seed), "sample") {}
  Rows permutation(std::int64_t n) override { return stream_.substream(draws_++).permutation(n); }
  Rows with_replacement(std::int64_t n, std::int64_t count) override {
    const RandomStream draw = stream_.substream(draws_++);
    Rows rows;
    for (std::int64_t i = 0; i < count; ++i)
      rows.push_back(static_cast<std::int64_t>(draw.below(static_cast<std::uint64_t>(n), i)));
    return rows;
  }

 private:
  RandomStream stream_;
  std::uint64_t draws_ = 0;
};

class NumpyLegacyStream : public Sampler::Stream {
 public:
  explicit NumpyLegacyStream(const SampleOptions& options) : random_(options.seed) {
    for (std::int64_t i = 0; i < options.normals_before; ++i) (void)random_.standard_normal();
  }
  Rows permutation(std::int64_t n) override { return random_.permutation(n); }
  Rows with_replacement(std::int64_t n, std::int64_t count) override { return random_.randint(0, n, count); }

 private:
  replay::NumpyRandomState random_;
};

// DataFrame.sample(n, random_state=seed) is RandomState(seed).choice, and every call seeds its own.
class PandasStream : public Sampler::Stream {
 public:
  explicit PandasStream(const SampleOptions& options) : options_(options) {}
  Rows permutation(std::int64_t n) override { return NumpyLegacyStream(options_).permutation(n); }
  Rows with_replacement(std::int64_t n, std::int64_t count) override {
    return NumpyLegacyStream(options_).with_replacement(n, count);
  }

 private:
  SampleOptions options_;
};

class NumpyStream : public Sampler::Stream {
 public:
  explicit NumpyStream(const SampleOptions& options) : random_(static_cast<std::uint64_t>(options.seed)) {}
  Rows permutation(std::int64_t n) override { return random_.permutation(n); }
  Rows with_replacement(std::int64_t n, std::int64_t count) override { return random_.integers(0, n, count); }

 private:
  replay::NumpyGenerator random_;
};

// Dataset.shuffle(seed) permutes with a generator of its own at every call.
class DatasetsStream : public Sampler::Stream {
 public:
  explicit DatasetsStream(const SampleOptions& options) : seed_(static_cast<std::uint64_t>(options.seed)) {
    if (options.method == "replacement")
      refuse("datasets draws no rows with replacement", "method shuffle", "choose another stream");
  }
  Rows permutation(std::int64_t n) override { return replay::NumpyGenerator(seed_).permutation(n); }
  Rows with_replacement(std::int64_t, std::int64_t) override { return {}; }  // refused above

 private:
  std::uint64_t seed_;
};

class PythonStream : public Sampler::Stream {
 public:
  explicit PythonStream(const SampleOptions& options) : random_(options.seed) {}
  Rows permutation(std::int64_t n) override { return random_.shuffled(n); }
  // random.choices(range(n), k=count). Source: CPython 3.11, Lib/random.py.
  Rows with_replacement(std::int64_t n, std::int64_t count) override {
    Rows rows;
    for (std::int64_t i = 0; i < count; ++i)
      rows.push_back(static_cast<std::int64_t>(random_.random() * static_cast<double>(n)));
    return rows;
  }

 private:
  replay::PythonRandom random_;
};

class TorchStream : public Sampler::Stream {
 public:
  explicit TorchStream(const SampleOptions& options) : random_(static_cast<std::uint64_t>(options.seed)) {}
  Rows permutation(std::int64_t n) override { return random_.randperm(n); }
  Rows with_replacement(std::int64_t n, std::int64_t count) override { return random_.randint(0, n, count); }

 private:
  replay::TorchGenerator random_;
};

struct StreamRecord {
  const char* name;
  std::unique_ptr<Sampler::Stream> (*make)(const SampleOptions& options);
};

template <class T>
std::unique_ptr<Sampler::Stream> make(const SampleOptions& options) {
  return std::make_unique<T>(options);
}

constexpr StreamRecord kStreams[] = {
    {"sonde", make<OwnStream>},     {"numpy_legacy", make<NumpyLegacyStream>},
    {"numpy", make<NumpyStream>},   {"datasets", make<DatasetsStream>},
    {"python", make<PythonStream>}, {"torch", make<TorchStream>},
    {"pandas", make<PandasStream>}};

void check(const SampleOptions& options) {
  const std::vector<std::string> methods{"shuffle", "replacement", "first"};
  if (std::ranges::find(methods, options.method) == methods.end()) {
    refuse(fmt::format("unknown method '{}'", options.method), "shuffle, replacement or first",
           did_you_mean(options.method, methods));
  }
  if (options.count > 0 && options.counts_parts()) {
    refuse("rows are counted both before they are divided and part by part",
           "count, or train, valid and test", "leave one of the two out");
  }
  if (options.normals_before > 0 && options.stream != "numpy_legacy") {
    refuse(fmt::format("the stream '{}' draws no normals before", options.stream), "stream numpy_legacy",
           "leave normals_before out");
  }
}

}  // namespace

Sampler::Sampler(const SampleOptions& options) : method_(options.method) {
  check(options);
  std::vector<std::string> known;
  for (const StreamRecord& record : kStreams) {
    if (record.name == options.stream) stream_ = record.make(options);
    known.emplace_back(record.name);
  }
  if (!stream_) {
    refuse(fmt::format("unknown stream '{}'", options.stream), "a stream that is known",
           did_you_mean(options.stream, known));
  }
}

Sampler::Sampler(Sampler&&) noexcept = default;
Sampler& Sampler::operator=(Sampler&&) noexcept = default;
Sampler::~Sampler() = default;

std::vector<std::int64_t> Sampler::draw(std::int64_t rows, std::int64_t count, const char* what) {
  const std::int64_t wanted = count == 0 ? rows : count;
  if (method_ == "replacement") return stream_->with_replacement(rows, wanted);
  if (wanted > rows) {
    throw Error(ErrorCode::input, {.where = "[sample]",
                                   .what = fmt::format("more rows are wanted than the {} has", what),
                                   .got = fmt::format("{} of {}", wanted, rows),
                                   .expected = fmt::format("at most {}", rows),
                                   .hint = "lower the count, give more rows, or draw with replacement"});
  }
  Rows order;
  if (method_ == "first") {
    order.resize(rows);
    std::iota(order.begin(), order.end(), 0);
  } else {
    order = stream_->permutation(rows);
  }
  order.resize(wanted);
  return order;
}

}  // namespace sonde::data

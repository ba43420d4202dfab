// Which rows are used and in what order, drawn from our own stream or as a named library draws them, so that
// a published study's sample comes out again. Knows row numbers only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sonde/core/options.h"

namespace sonde::data {

/// How rows are drawn.
struct SampleOptions {
  std::string method = "shuffle";
  std::string stream = "sonde";
  std::int64_t seed = 0;
  std::int64_t normals_before = 0;
  std::int64_t count = 0;
  std::int64_t train = 0, valid = 0, test = 0;

  template <class V>
  void fields(V& visit) {
    visit("method", method,
          {.help = "how rows are drawn: each at most once in random order, with replacement (a row may come "
                   "twice), or the first ones as they stand",
           .words = {"shuffle", "replacement", "first"}});
    visit("stream", stream,
          {.help = "whose random numbers: ours, or another library's so that a published sample comes out "
                   "again (numpy_legacy: permutation, randint; numpy: permutation, integers; datasets: "
                   "shuffle; python: shuffle, choices; torch: randperm, randint; pandas: DataFrame.sample)",
           .words = {"sonde", "numpy_legacy", "numpy", "datasets", "python", "torch", "pandas"}});
    visit("seed", seed, {.help = "key of the random stream", .low = 0});
    visit("normals_before", normals_before,
          {.help = "standard normals that were drawn from the same stream before; numpy_legacy only",
           .low = 0});
    visit("count", count, {.help = "rows drawn before they are divided; 0: all", .low = 0});
    visit("train", train, {.help = "rows drawn of the training part; 0: all of it", .low = 0});
    visit("valid", valid, {.help = "rows drawn of the validation part; 0: all of it", .low = 0});
    visit("test", test, {.help = "rows drawn of the test part; 0: all of it", .low = 0});
  }

  /// Tell whether rows are drawn part by part.
  bool counts_parts() const { return train > 0 || valid > 0 || test > 0; }
};

/// Draws from one stream, one draw after the other.
class Sampler {
 public:
  /// Errors: usage for a method or stream that is unknown or not possible together, a seed that the library
  /// refuses, `normals_before` with another stream than numpy_legacy, or counts of rows and of parts at once.
  explicit Sampler(const SampleOptions& options);
  Sampler(Sampler&&) noexcept;
  Sampler& operator=(Sampler&&) noexcept;
  ~Sampler();

  /// Draw `count` of the rows 0 … rows-1, in order; 0 draws as many as there are. Draws follow one another in
  /// the stream as a script's calls do; `datasets` and `pandas`, which are seeded at each call, begin anew.
  /// `what` names the rows in messages. Errors: input for more rows than there are, unless with replacement.
  std::vector<std::int64_t> draw(std::int64_t rows, std::int64_t count, const char* what = "data");

  class Stream;

 private:
  std::string method_;
  std::unique_ptr<Stream> stream_;
};

}  // namespace sonde::data

// What a study found: the one record that the program prints with --json, that result.json stores and that
// the report draws. Plain values only; it computes nothing and opens no file.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sonde/result/address_result.h"
#include "sonde/result/honesty.h"
#include "sonde/result/numbers.h"
#include "sonde/result/picture.h"
#include "sonde/result/recipe.h"
#include "sonde/result/sparse_weights.h"
#include "sonde/result/split.h"
#include "sonde/result/values.h"

namespace sonde::result {

/// Something the reader must know before quoting a number.
struct Warning {
  std::string code;              ///< one word: leak, convergence, balance, truncation, address, …
  std::string message;           ///< what was found, one sentence
  std::string hint;              ///< way out, or effect on the number; may be empty
  bool affects_numbers = false;  ///< can change a number, as opposed to good to know
};

/// The model that was read.
struct Model {
  std::string path;          ///< as typed: a path or a hub id
  std::string revision;      ///< commit of a model from a hub; else empty
  std::string name;          ///< what sentences call it; empty: last part of `path`
  std::string type;          ///< model_type of config.json
  std::string architecture;  ///< class named in config.json
  std::int64_t parameters = 0;
  std::string dtype = "float32";
  std::int64_t layers = 0, width = 0;
};

/// One class of the label and how many examples of it each part holds.
struct ClassCount {
  std::string name;
  std::int64_t count = 0, train = 0, valid = 0, test = 0;
};

/// One bin of the histogram of token counts, low <= tokens < high.
struct TokenBin {
  std::int64_t low = 0, high = 0, count = 0;
};

/// Token counts per example, before truncation, special tokens included.
struct Tokens {
  std::int64_t min = 0;
  double median = 0, p95 = 0;
  std::int64_t max = 0, total = 0;
  std::vector<TokenBin> histogram;
};

/// The examples that were read.
struct Data {
  std::string file;                ///< as typed: a path or an address on a hub
  std::string revision;            ///< commit of data from a hub; else empty
  std::int64_t rows = 0;           ///< rows in the file
  std::int64_t used = 0;           ///< rows that became examples
  std::string text, label, group;  ///< column names
  std::string label_noun, row_noun,
      group_noun;  ///< what sentences call them ("sentiment", "review", "film"); may be empty
  std::vector<ClassCount> classes;  ///< sorted by name; empty where only numbers were predicted
  TargetSummary target;             ///< NaN where only classes were predicted
  std::int64_t truncated = 0;       ///< examples cut at `max_length`
  std::int64_t max_length = 0;      ///< tokens
  Tokens tokens;
};

/// A probe as the study resolved it.
struct ProbeSpec {
  std::string name;  ///< logistic, …
  nlohmann::ordered_json options = nlohmann::ordered_json::object();
};

/// A predictor that knows less: majority class, bag of words, text length, …
struct Baseline {
  std::string name;         ///< majority, bag_of_words, length, …
  std::string note;         ///< one phrase: what it is ("always “fresh”", "logistic on 7,741 word counts")
  Metrics metrics;          ///< on test
  Metrics best_minus_this;  ///< paired; empty for a baseline of another task than the best
  std::string task = "classes";
};

/// Counts on test; row: true class, column: predicted class.
struct Confusion {
  std::vector<std::string> classes;
  std::vector<std::vector<std::int64_t>> counts;
};

/// A test example that the best probe gets wrong.
struct Mistake {
  std::int64_t row = 0;  ///< 1-based data row of the file
  std::string text, group, label, predicted;
  double probability = kNaN;  ///< of the predicted class
};

/// One bin of the reliability diagram.
struct CalibrationBin {
  double low = 0, high = 0;
  std::int64_t n = 0;
  double predicted = kNaN;  ///< mean predicted probability
  Interval observed;        ///< share that is positive, with its Wilson interval
};

/// Predicted probabilities against what was true. Two classes: of the second in sorted order; more: of the
/// predicted one.
struct Calibration {
  std::string positive;  ///< class name; empty with more than two classes
  double ece = kNaN;
  std::vector<CalibrationBin> bins;
  std::vector<std::vector<std::int64_t>>
      scores;  ///< two classes only: [2][100] counts per hundredth of probability
};

/// The address that the study chose, and how its probe behaves on test.
struct Best {
  std::string at, probe, variant;  ///< as AddressResult
  std::string read;                ///< as AddressResult::read
  std::string chosen_on;           ///< valid, train, or only when there was one address
  std::string chosen_by;           ///< metric
  Metrics metrics;
  Confusion confusion;
  std::vector<PerClass> per_class;
  std::vector<Mistake> mistakes;  ///< most confident first, at most a few dozen
  std::int64_t mistakes_total = 0;
  Calibration calibration;
  BestNumbers numbers;
  SparseWeights sparse;
};

/// One check for the same thing standing in two parts. A count of 0 says that it was looked for and not
/// found.
struct Leak {
  std::string kind;                ///< text, group or id
  std::string part, other;         ///< "test" rows that also stand in "train"
  std::int64_t count = 0, of = 0;  ///< rows of `part` concerned, rows of `part`
  std::string action;              ///< warn, drop
  Values without;                  ///< metrics of the best without those rows
};

/// Seconds per stage.
struct Timing {
  double load = 0, tokenize = 0, forward = 0, probes = 0, controls = 0, pictures = 0, report = 0, total = 0;
};

/// What is needed to do it again. `created` is the only field that may differ between two equal runs of one
/// study.
struct Provenance {
  std::string command;                                        ///< as typed, one line per option
  std::string study;                                          ///< resolved study, TOML
  std::string weights_digest, tokenizer_digest, data_digest;  ///< sha256, hexadecimal
  std::int64_t seed = 0, threads = 0;
  std::string simd;     ///< SIMD level in use
  std::string created;  ///< ISO 8601, UTC
};

/// What a study found.
struct Result {
  std::int64_t schema_version = 1;
  std::string status = "ok";
  std::vector<Warning> warnings;
  std::string task = "classes";     ///< what the headline is about: classes or numbers
  std::string metric = "accuracy";  ///< the metric of headline and figures
  std::int64_t resamples = 0;       ///< of the bootstrap
  double level = 0.95;              ///< of its intervals, fraction
  Model model;
  Data data;
  Split split;
  std::vector<ProbeSpec> probes;
  std::vector<AddressResult> results;
  std::vector<Baseline> baselines;
  Best best;
  std::vector<FoldChoice> folds;  ///< in order; empty when the rows were divided once
  std::vector<Leak> leaks;
  Honesty honesty;
  Recipe recipe;  ///< that the study is an edition of
  std::vector<Picture> pictures;
  Timing timing;
  double tokens_per_second = kNaN;
  double peak_rss_mb = kNaN;
  std::vector<std::pair<std::string, std::string>> versions;
  Provenance provenance;
};

/// Find what was chosen as the best; null when nothing was probed.
const AddressResult* find_best(const Result& result);

/// Give the record as JSON with the keys of the result format; NaN becomes null.
nlohmann::ordered_json to_json(const Result& result);

/// Give the record as the text of result.json: indented, ends with a newline, invalid UTF-8 replaced.
std::string to_text(const Result& result);

/// Read a record back; absent keys keep their defaults, null numbers become NaN, unknown keys are skipped.
/// Errors: input when a key holds the wrong type (named) or `schema_version` is newer than this program's.
Result from_json(const nlohmann::ordered_json& json);

}  // namespace sonde::result

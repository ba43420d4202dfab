// A study: what to open, what to capture, how to divide, what to fit and how to judge it. Plain data with one
// description of every field; it opens nothing.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sonde/controls/control.h"
#include "sonde/core/options.h"
#include "sonde/data/number_pairs.h"
#include "sonde/data/occurrences.h"
#include "sonde/data/sampling.h"
#include "sonde/data/split.h"
#include "sonde/kernels/gemm.h"
#include "sonde/metrics/bootstrap.h"
#include "sonde/study/data_spec.h"
#include "sonde/study/picture.h"

namespace sonde::study {

/// Section [model].
struct ModelSpec {
  std::string path, revision;
  std::string dtype = "float32";

  template <class V>
  void fields(V& visit) {
    visit("path", path, {.help = "model folder, .gguf file, or hub id OWNER/NAME"});
    visit("revision", revision, {.help = "branch, tag or commit of a model from a hub"});
    visit("dtype", dtype, {.help = "number type of the matrix products", .words = {"float32", "bfloat16"}});
  }

  /// Give the precision that `dtype` asks for.
  kernels::GemmPrecision precision() const {
    return dtype == "bfloat16" ? kernels::GemmPrecision::bfloat16 : kernels::GemmPrecision::float32;
  }
};

/// Section [capture].
struct CaptureSpec {
  std::vector<std::string> at = {"hidden[*]"};
  std::string tokens = "mean";
  std::int64_t max_length = 0;
  std::string pad;
  bool attend_pads = false;
  std::string keep = "needed";

  template <class V>
  void fields(V& visit) {
    visit("tokens", tokens, {.help = "pooling of the tokens of a text"});
    visit("max_length", max_length,
          {.help = "most tokens of a text; 0: as many as the model takes",
           .larger = "fewer texts cut",
           .low = 0});
    visit("pad", pad,
          {.help = "left:L or right:L computes pads, to replay published work; empty: none, which is exact"});
    visit("attend_pads", attend_pads, {.help = "the tokens of a text see its pads, as without a mask"});
    visit("keep", keep,
          {.help = "activations in memory: those that probes and pictures need again, or none: they are "
                   "learned from or scored as they come; in folds texts run twice for that",
           .words = {"needed", "nothing"}});
  }
};

/// Section [split]: data::SplitOptions and the column of the method `column`.
struct SplitSpec : data::SplitOptions {
  std::string column;

  template <class V>
  void fields(V& visit) {
    SplitOptions::fields(visit);
    visit("column", column, {.help = "column that says train, valid or test"});
  }
};

/// EvaluateSpec::metric where the task of the first probe decides.
inline constexpr const char* kAutomaticMetric = "auto";

/// Section [evaluate].
struct EvaluateSpec : metrics::BootstrapOptions {
  std::string metric = kAutomaticMetric;
  std::string leaks = "warn";
  bool predictions = false;
  std::string rows = "all";

  template <class V>
  void fields(V& visit) {
    visit(
        "metric", metric,
        {.help =
             "metric that chooses the best address and leads the report; auto: accuracy, or r2 for numbers"});
    visit("leaks", leaks,
          {.help = "what to do about rows that stand on both sides", .words = {"warn", "drop", "refuse"}});
    visit(
        "predictions", predictions,
        {.help = "keep in the result which rows each part has, and what every probe says of every test row"});
    visit("rows", rows,
          {.help =
               "rows of the test part that are judged: all, or with probes that learn batch by batch only as "
               "many, from the first on, as the probe that learned longest was shown (seen)",
           .words = {"all", "seen"}});
    BootstrapOptions::fields(visit);
  }
};

/// Section [honesty]: controls that question the best probe. The section turns them on.
struct HonestySpec : controls::ControlOptions {
  std::string addresses = "best";
  bool random_weights = true;

  template <class V>
  void fields(V& visit) {
    ControlOptions::fields(visit);
    visit("addresses", addresses,
          {.help = "where labels are shuffled: at the best address, or at all of them, which gives p values "
                   "corrected for how many were tried and costs as many times more",
           .words = {"best", "all"}});
    visit(
        "random_weights", random_weights,
        {.help = "also probe the same address of the same model with random weights: one more forward pass"});
  }
};

/// Section [report].
struct ReportSpec {
  bool texts = true;

  template <class V>
  void fields(V& visit) {
    visit("texts", texts, {.help = "show the texts of mistakes; they may be private"});
  }
};

/// One entry of [[probes]].
struct ProbeChoice {
  std::string kind = "logistic";
  nlohmann::json options = nlohmann::json::object();
  std::string read = {};             ///< how a probe of plain features reads a contrast set: contrast_reads.h
  std::vector<std::string> at = {};  ///< addresses it is fitted at; empty: all that are captured
};

/// A whole study.
struct Study {
  ModelSpec model;
  DataSpec data;
  std::optional<data::NumberPairOptions> numbers;
  std::optional<data::OccurrenceOptions> occurrences;
  std::optional<data::SampleOptions> sample;
  CaptureSpec capture;
  SplitSpec split;
  EvaluateSpec evaluate;
  std::optional<HonestySpec> honesty;
  ReportSpec report;
  std::vector<PictureSpec> pictures;
  std::vector<ProbeChoice> probes = {{}};
};

/// Read a study from its TOML. Relative paths inside are meant from `folder`; what is on a hub stays as it
/// is. Errors: usage with the nearest known word for an unknown section or key, or a value that is not
/// allowed.
Study parse_study(std::string_view text, std::string_view path, std::string_view folder);
/// Read a study from its sections, as parse_toml() gives them. Errors: as above.
Study read_study(const nlohmann::json& sections, std::string_view path, std::string_view folder);

/// Check what the fields cannot say by themselves: that a probe kind and its options exist, that a pooling
/// does, that probes read what the pooling leaves, that the metric judges one of them, that a text and a
/// label are named, and that the split has what its method needs. Errors: usage.
void check(const Study& study);

/// Write a study with every default filled in.
std::string to_toml(const Study& study);

// The readers below serve every kind of study; each takes the JSON of the parsed TOML.

/// Refuse sections that are not known. Errors: usage, with the nearest.
void check_sections(const nlohmann::json& study, const std::vector<std::string>& known,
                    std::string_view path);
/// Give a section, or an empty object. Errors: usage when it is no section.
nlohmann::json read_section(const nlohmann::json& study, const std::string& name);
/// Take the addresses `at` out of a section. Errors: usage when they are no list of texts.
std::vector<std::string> take_addresses(nlohmann::json& section, std::vector<std::string> otherwise);
/// Read [honesty], if the study has it. Errors: usage, as the fields and controls::check() say.
std::optional<HonestySpec> read_honesty(const nlohmann::json& study);
/// Read [sample], if the study has it. Errors: usage, as the fields and data::Sampler say.
std::optional<data::SampleOptions> read_sample(const nlohmann::json& study);
/// Read [[probes]]; none means the default probe. Files that options name are meant from `folder`.
/// Errors: usage for an entry without a kind, or of one that is not known.
std::vector<ProbeChoice> read_probes(const nlohmann::json& study, std::string_view folder);
/// Write probes with every option filled in.
nlohmann::ordered_json probes_to_json(std::span<const ProbeChoice> choices);
/// Give a path as meant from a folder; absolute and empty paths stay.
std::string path_from(const std::string& path, std::string_view folder);

/// Read a probe as the command line gives it: `KIND` or `KIND:name=value,…`.
ProbeChoice parse_probe(std::string_view text);

}  // namespace sonde::study

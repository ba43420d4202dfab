// result.json both ways. Each struct lists its keys once, in `describe`; writer and reader walk the same
// list.
#include "sonde/result/result.h"

#include <fmt/format.h>

#include <type_traits>

#include "sonde/core/error.h"

namespace sonde::result {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::int64_t kSchemaVersion = 1;

template <class V>
void describe(V& v, Warning& x) {
  v("code", x.code), v("message", x.message), v("hint", x.hint), v("affects_numbers", x.affects_numbers);
}

template <class V>
void describe(V& v, Model& x) {
  v("path", x.path), v("revision", x.revision), v("name", x.name), v("type", x.type),
      v("architecture", x.architecture);
  v("parameters", x.parameters), v("dtype", x.dtype), v("layers", x.layers), v("width", x.width);
}

template <class V>
void describe(V& v, ClassCount& x) {
  v("name", x.name), v("count", x.count), v("train", x.train), v("valid", x.valid), v("test", x.test);
}

template <class V>
void describe(V& v, TokenBin& x) {
  v("low", x.low), v("high", x.high), v("count", x.count);
}

template <class V>
void describe(V& v, Tokens& x) {
  v("min", x.min), v("median", x.median), v("p95", x.p95), v("max", x.max), v("total", x.total);
  v("histogram", x.histogram);
}

template <class V>
void describe(V& v, TargetSummary& x) {
  v("min", x.min), v("median", x.median), v("mean", x.mean), v("max", x.max), v("whole", x.whole);
}

template <class V>
void describe(V& v, NumberPair& x) {
  v("truth", x.truth), v("predicted", x.predicted);
}

template <class V>
void describe(V& v, NumberError& x) {
  v("row", x.row), v("text", x.text), v("group", x.group), v("truth", x.truth), v("predicted", x.predicted);
}

template <class V>
void describe(V& v, BestNumbers& x) {
  v("pairs", x.pairs), v("errors", x.errors), v("median_error", x.median_error);
}

template <class V>
void describe(V& v, Data& x) {
  v("file", x.file), v("revision", x.revision), v("rows", x.rows), v("used", x.used), v("text", x.text),
      v("label", x.label);
  v("group", x.group), v("label_noun", x.label_noun), v("row_noun", x.row_noun),
      v("group_noun", x.group_noun);
  v("classes", x.classes), v("truncated", x.truncated), v("max_length", x.max_length), v("tokens", x.tokens);
  v("target", x.target);
}

template <class V>
void describe(V& v, PartRows& x) {
  v("train", x.train), v("valid", x.valid), v("test", x.test);
}

template <class V>
void describe(V& v, Split& x) {
  v("train", x.train), v("valid", x.valid), v("test", x.test), v("method", x.method), v("seed", x.seed);
  v("group", x.group), v("train_groups", x.train_groups), v("valid_groups", x.valid_groups);
  v("test_groups", x.test_groups);
  v("folds", x.folds), v("rows", x.rows);
}

template <class V>
void describe(V& v, FoldChoice& x) {
  v("at", x.at), v("probe", x.probe), v("variant", x.variant), v("value", x.value);
  v("train", x.train), v("valid", x.valid), v("test", x.test);
}

template <class V>
void describe(V& v, ProbeSpec& x) {
  v("name", x.name), v("options", x.options);
}

template <class V>
void describe(V& v, Difference& x) {
  v("to", x.to), v("metrics", x.metrics);
}

template <class V>
void describe(V& v, PerClass& x) {
  v("name", x.name), v("precision", x.precision), v("recall", x.recall), v("f1", x.f1),
      v("support", x.support);
}

template <class V>
void describe(V& v, ValueHistogram& x) {
  v("name", x.name), v("low", x.low), v("high", x.high), v("counts", x.counts);
}

template <class V>
void describe(V& v, Coefficient& x) {
  v("column", x.column), v("weight", x.weight);
}

template <class V>
void describe(V& v, ClassValues& x) {
  v("name", x.name), v("values", x.values);
}

template <class V>
void describe(V& v, SelectedColumn& x) {
  v("column", x.column), v("weight", x.weight), v("classes", x.classes);
}

template <class V>
void describe(V& v, SparseWeights& x) {
  v("width", x.width), v("nonzero", x.nonzero), v("coefficients", x.coefficients);
  v("histogram", x.histogram), v("activations", x.activations), v("selected", x.selected);
}

template <class V>
void describe(V& v, AddressResult& x) {
  v("at", x.at), v("module", x.module), v("kind", x.kind), v("width", x.width), v("probe", x.probe);
  v("variant", x.variant), v("pooling", x.pooling), v("metrics", x.metrics),
      v("valid_metrics", x.valid_metrics);
  v("train_metrics", x.train_metrics), v("differences", x.differences), v("minus_best", x.minus_best);
  v("indistinguishable_from_best", x.indistinguishable_from_best), v("n_iter", x.n_iter);
  v("converged", x.converged), v("seconds", x.seconds), v("objective", x.objective), v("kkt", x.kkt);
  v("nonzero", x.nonzero), v("path", x.path), v("read", x.read), v("task", x.task);
  v("predictions", x.predictions);
  v("per_class", x.per_class), v("details", x.details);
}

template <class V>
void describe(V& v, Baseline& x) {
  v("name", x.name), v("note", x.note), v("metrics", x.metrics), v("best_minus_this", x.best_minus_this);
  v("task", x.task);
}

template <class V>
void describe(V& v, Confusion& x) {
  v("classes", x.classes), v("counts", x.counts);
}

template <class V>
void describe(V& v, Mistake& x) {
  v("row", x.row), v("text", x.text), v("group", x.group), v("label", x.label), v("predicted", x.predicted);
  v("probability", x.probability);
}

template <class V>
void describe(V& v, Interval& x) {
  v("value", x.value), v("low", x.low), v("high", x.high);
}

template <class V>
void describe(V& v, CalibrationBin& x) {
  v("low", x.low), v("high", x.high), v("n", x.n), v("predicted", x.predicted), v("observed", x.observed);
}

template <class V>
void describe(V& v, Calibration& x) {
  v("positive", x.positive), v("ece", x.ece), v("bins", x.bins), v("scores", x.scores);
}

template <class V>
void describe(V& v, Best& x) {
  v("at", x.at), v("probe", x.probe), v("variant", x.variant), v("read", x.read);
  v("chosen_on", x.chosen_on), v("chosen_by", x.chosen_by);
  v("metrics", x.metrics), v("confusion", x.confusion), v("per_class", x.per_class),
      v("mistakes", x.mistakes);
  v("mistakes_total", x.mistakes_total), v("calibration", x.calibration);
  v("numbers", x.numbers), v("sparse", x.sparse);
}

template <class V>
void describe(V& v, Leak& x) {
  v("kind", x.kind), v("part", x.part), v("other", x.other), v("count", x.count), v("of", x.of);
  v("action", x.action), v("without", x.without);
}

template <class V>
void describe(V& v, ControlPoint& x) {
  v("rows", x.rows), v("value", x.value);
}

template <class V>
void describe(V& v, Control& x) {
  v("name", x.name), v("summary", x.summary), v("note", x.note), v("numbers", x.numbers);
  v("draws", x.draws), v("points", x.points), v("seconds", x.seconds);
}

template <class V>
void describe(V& v, CorrectedAddress& x) {
  v("at", x.at), v("probe", x.probe), v("variant", x.variant), v("p", x.p), v("holm", x.holm);
  v("benjamini_hochberg", x.benjamini_hochberg), v("against_best", x.against_best);
}

template <class V>
void describe(V& v, Honesty& x) {
  v("at", x.at), v("probe", x.probe), v("variant", x.variant), v("metric", x.metric);
  v("options", x.options);
  v("controls", x.controls), v("addresses", x.addresses);
}

template <class V>
void describe(V& v, Slip& x) {
  v("title", x.title), v("published", x.published), v("corrected", x.corrected);
}

template <class V>
void describe(V& v, EditionScore& x) {
  v("at", x.at), v("probe", x.probe), v("variant", x.variant), v("value", x.value);
}

template <class V>
void describe(V& v, OtherEdition& x) {
  v("edition", x.edition), v("metric", x.metric), v("report", x.report), v("scores", x.scores);
  v("best", x.best);
}

template <class V>
void describe(V& v, Recipe& x) {
  v("name", x.name), v("title", x.title), v("source", x.source), v("edition", x.edition);
  v("slips", x.slips), v("other", x.other);
}

template <class V>
void describe(V& v, Trust& x) {
  v("value", x.value), v("neighbours", x.neighbours);
}

template <class V>
void describe(V& v, Picture& x) {
  v("name", x.name), v("how", x.how), v("title", x.title), v("reading", x.reading), v("at", x.at);
  v("of", x.of), v("row", x.row), v("dims", x.dims), v("available", x.available), v("options", x.options);
  v("details", x.details), v("trustworthiness", x.trust), v("x", x.x), v("y", x.y), v("z", x.z);
  v("rows", x.rows), v("classes", x.classes), v("labels", x.labels), v("values", x.values);
  v("colored_by", x.colored_by), v("texts", x.texts);
}

template <class V>
void describe(V& v, Timing& x) {
  v("load", x.load), v("tokenize", x.tokenize), v("forward", x.forward), v("probes", x.probes);
  v("controls", x.controls), v("pictures", x.pictures);
  v("report", x.report), v("total", x.total);
}

template <class V>
void describe(V& v, Provenance& x) {
  v("command", x.command), v("study", x.study), v("weights_digest", x.weights_digest);
  v("tokenizer_digest", x.tokenizer_digest), v("data_digest", x.data_digest), v("seed", x.seed);
  v("threads", x.threads), v("simd", x.simd), v("created", x.created);
}

template <class V>
void describe(V& v, Result& x) {
  v("schema_version", x.schema_version), v("status", x.status), v("warnings", x.warnings);
  v("task", x.task), v("metric", x.metric), v("resamples", x.resamples), v("level", x.level),
      v("model", x.model);
  v("data", x.data), v("split", x.split), v("probes", x.probes), v("results", x.results);
  v("baselines", x.baselines), v("best", x.best), v("folds", x.folds), v("leaks", x.leaks);
  v("honesty", x.honesty), v("pictures", x.pictures), v("recipe", x.recipe), v("timing", x.timing);
  v("tokens_per_second", x.tokens_per_second), v("peak_rss_mb", x.peak_rss_mb), v("versions", x.versions);
  v("provenance", x.provenance);
}

template <class T>
constexpr bool kScalar = std::is_arithmetic_v<T> || std::is_same_v<T, std::string> || std::is_same_v<T, Json>;

/// Writes one struct as an object, key by key.
class Writer {
 public:
  template <class T>
  void operator()(const char* key, T& value) {
    object_[key] = write(value);
  }
  Json take() { return std::move(object_); }

  template <class T>
  static Json write(T& value) {
    if constexpr (std::is_same_v<T, double>) {
      return std::isfinite(value) ? Json(value) : Json(nullptr);
    } else if constexpr (kScalar<T>) {
      return Json(value);
    } else {
      Writer inner;
      describe(inner, value);
      return inner.take();
    }
  }
  template <class T>
  static Json write(std::vector<T>& list) {
    Json array = Json::array();
    for (T& item : list) array.push_back(write(item));
    return array;
  }
  template <class T>
  static Json write(std::vector<std::pair<std::string, T>>& map) {
    Json object = Json::object();
    for (auto& [key, value] : map) object[key] = write(value);
    return object;
  }

 private:
  Json object_ = Json::object();
};

[[noreturn]] void wrong_type(const std::string& where, const Json& got, const char* expected) {
  throw Error(ErrorCode::input, {.where = where,
                                 .what = "a value of the result has the wrong type",
                                 .got = got.type_name(),
                                 .expected = expected});
}

/// Reads one struct from an object; remembers where it is for messages.
class Reader {
 public:
  Reader(const Json& object, std::string where) : object_(object), where_(std::move(where)) {
    if (!object.is_object()) wrong_type(where_, object, "object");
  }
  template <class T>
  void operator()(const char* key, T& value) {
    const auto found = object_.find(key);
    if (found != object_.end()) read(*found, fmt::format("{}.{}", where_, key), value);
  }

  static void read(const Json& json, const std::string& where, double& value) {
    if (json.is_null())
      value = kNaN;
    else if (json.is_number())
      value = json.get<double>();
    else
      wrong_type(where, json, "number or null");
  }
  static void read(const Json& json, const std::string& where, std::int64_t& value) {
    if (!json.is_number_integer()) wrong_type(where, json, "integer");
    value = json.get<std::int64_t>();
  }
  static void read(const Json& json, const std::string& where, bool& value) {
    if (!json.is_boolean()) wrong_type(where, json, "true or false");
    value = json.get<bool>();
  }
  static void read(const Json& json, const std::string& where, std::string& value) {
    if (!json.is_string()) wrong_type(where, json, "text");
    value = json.get<std::string>();
  }
  static void read(const Json& json, const std::string&, Json& value) { value = json; }
  template <class T>
  static void read(const Json& json, const std::string& where, std::vector<T>& list) {
    if (!json.is_array()) wrong_type(where, json, "list");
    list.assign(json.size(), T{});
    for (std::size_t i = 0; i < list.size(); ++i) read(json[i], fmt::format("{}[{}]", where, i), list[i]);
  }
  template <class T>
  static void read(const Json& json, const std::string& where, std::vector<std::pair<std::string, T>>& map) {
    if (!json.is_object()) wrong_type(where, json, "object");
    map.clear();
    for (const auto& [key, value] : json.items()) {
      map.emplace_back(key, T{});
      read(value, fmt::format("{}.{}", where, key), map.back().second);
    }
  }
  template <class T>
  static void read(const Json& json, const std::string& where, T& value) {
    Reader inner(json, where);
    describe(inner, value);
  }

 private:
  const Json& object_;
  std::string where_;
};

}  // namespace

Json to_json(const Result& result) {
  Result copy = result;  // one `describe` serves both ways, so it takes the struct by reference
  return Writer::write(copy);
}

Json to_json(const Picture& picture) {
  Picture copy = picture;
  return Writer::write(copy);
}

std::vector<double> explained_shares(const Picture& picture) {
  const auto found = picture.details.find("explained_variance_ratio");
  std::vector<double> shares;
  if (found == picture.details.end() || !found->is_array()) return shares;
  for (const Json& share : *found) shares.push_back(share.is_number() ? share.get<double>() : kNaN);
  return shares;
}

std::string to_text(const Result& result) {
  return to_json(result).dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result from_json(const Json& json) {
  Result result;
  Reader::read(json, "result", result);
  if (result.schema_version > kSchemaVersion) {
    throw Error(ErrorCode::input, {.where = "result.schema_version",
                                   .what = "this result was written by a newer Sonde",
                                   .got = std::to_string(result.schema_version),
                                   .expected = fmt::format("at most {}", kSchemaVersion)});
  }
  return result;
}

bool same_probe(const AddressResult& a, const AddressResult& b) {
  return a.probe == b.probe && a.variant == b.variant && a.pooling == b.pooling && a.read == b.read;
}

const AddressResult* find_best(const Result& result) {
  const Best& best = result.best;
  for (const AddressResult& row : result.results) {
    const bool same = row.probe == best.probe && row.variant == best.variant && row.read == best.read;
    if (row.at == best.at && same) return &row;
  }
  return nullptr;
}

const Interval* find(const Metrics& metrics, std::string_view name) {
  for (const auto& [key, value] : metrics) {
    if (key == name) return &value;
  }
  return nullptr;
}

double find(const Values& values, std::string_view name) {
  for (const auto& [key, value] : values) {
    if (key == name) return value;
  }
  return kNaN;
}

const Control* find(const Honesty& honesty, std::string_view name) {
  for (const Control& control : honesty.controls) {
    if (control.name == name) return &control;
  }
  return nullptr;
}

}  // namespace sonde::result

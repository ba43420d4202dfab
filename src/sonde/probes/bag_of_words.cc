// The baseline that sees words but no model: counts of lower-cased words, then logistic regression with an L2
// penalty. The vocabulary comes from the training texts alone; counts are neither scaled nor damped. Source:
// scikit-learn CountVectorizer and LogisticRegression.
#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "sonde/probes/checks.h"
#include "sonde/probes/linear_fit.h"
#include "sonde/probes/probe.h"
#include "sonde/probes/saved.h"
#include "sonde/probes/words.h"

namespace sonde::probes {
namespace {

constexpr std::string_view kKind = "bag_of_words";

struct BagOfWordsOptions {
  double c = 1.0;
  std::string class_weight = "none";
  std::int64_t min_df = 1;
  double tol = 1e-8;
  std::int64_t max_iter = 1000;

  template <class V>
  void fields(V& visit) {
    visit("c", c,
          {.help = "inverse strength of the penalty",
           .larger = "fits the training texts closer",
           .low = 1e-12});
    visit("class_weight", class_weight,
          {.help = "balanced: every class counts the same", .words = {"none", "balanced"}});
    visit("min_df", min_df,
          {.help = "training texts that a word must occur in", .larger = "smaller vocabulary", .low = 1});
    visit("tol", tol,
          {.help = "largest gradient at the end, relative to that at zero weights",
           .larger = "stops earlier, further from the optimum",
           .low = 1e-12,
           .high = 0.1});
    visit("max_iter", max_iter,
          {.help = "steps at most", .larger = "may reach tol where fewer did not", .low = 1});
  }
};

// Words in byte order; a word's position is its column.
class Vocabulary {
 public:
  explicit Vocabulary(std::vector<std::string> words) : words_(std::move(words)) {
    for (std::size_t i = 0; i < words_.size(); ++i) index_.emplace(words_[i], static_cast<std::int32_t>(i));
  }

  static Vocabulary of(std::span<const std::string_view> texts, std::int64_t min_df) {
    std::map<std::string, std::int64_t> documents;
    for (const std::string_view text : texts) {
      std::set<std::string> seen;
      for_each_word(text, [&](const std::string& word) { seen.insert(word); });
      for (const std::string& word : seen) ++documents[word];
    }
    std::vector<std::string> words;
    for (const auto& [word, count] : documents) {
      if (count >= min_df) words.push_back(word);
    }
    return Vocabulary(std::move(words));
  }

  solvers::SparseRows count(std::span<const std::string_view> texts) const {
    solvers::SparseRows rows{.cols = static_cast<std::int64_t>(words_.size())};
    for (const std::string_view text : texts) {
      std::map<std::int32_t, float> counts;
      for_each_word(text, [&](const std::string& word) {
        const auto found = index_.find(word);
        if (found != index_.end()) ++counts[found->second];
      });
      for (const auto& [column, value] : counts) {
        rows.columns.push_back(column);
        rows.values.push_back(value);
      }
      rows.offsets.push_back(static_cast<std::int64_t>(rows.columns.size()));
    }
    return rows;
  }

  const std::vector<std::string>& words() const { return words_; }

 private:
  std::vector<std::string> words_;
  std::unordered_map<std::string, std::int32_t> index_;
};

class FittedBagOfWords : public FittedProbe {
 public:
  FittedBagOfWords(Vocabulary vocabulary, LinearFit fit, std::vector<std::string> classes,
                   nlohmann::ordered_json options)
      : vocabulary_(std::move(vocabulary)),
        fit_(std::move(fit)),
        classes_(std::move(classes)),
        options_(std::move(options)) {}

  Matrix scores(const ProbeInput& input) const override {
    SONDE_ASSERT(static_cast<std::int64_t>(input.texts.size()) == input.rows);
    const solvers::SparseRows rows = vocabulary_.count(input.texts);
    return linear_scores(solvers::SparseDesign(rows), fit_.linear);
  }
  SavedProbe save() const override {
    SavedProbe saved{linear_tensors(fit_.linear), saved_metadata(kKind, options_, classes_, fit_.report)};
    saved.metadata["vocabulary"] = vocabulary_.words();
    return saved;
  }
  const std::vector<std::string>& classes() const override { return classes_; }
  const FitReport& report() const override { return fit_.report; }
  InputKind input_kind() const override { return InputKind::text; }

 private:
  Vocabulary vocabulary_;
  LinearFit fit_;
  std::vector<std::string> classes_;
  nlohmann::ordered_json options_;
};

class BagOfWords : public Probe {
 public:
  explicit BagOfWords(BagOfWordsOptions options) : options_(std::move(options)) {}

  std::unique_ptr<FittedProbe> fit(const LabelledInput& train, const RunContext&) const override {
    check_training(kKind, train);
    SONDE_ASSERT(static_cast<std::int64_t>(train.input.texts.size()) == train.input.rows);
    Vocabulary vocabulary = Vocabulary::of(train.input.texts, options_.min_df);
    if (vocabulary.words().empty()) {
      throw Error(ErrorCode::input, {.where = "probe bag_of_words",
                                     .what = "no word occurs in the training texts often enough",
                                     .expected = "a word of two letters in min_df texts",
                                     .hint = "lower min_df, or leave this baseline out"});
    }
    const solvers::SparseRows rows = vocabulary.count(train.input.texts);
    LinearFit fit = fit_linear(solvers::SparseDesign(rows), nullptr, train,
                               {.c = options_.c,
                                .class_weight = options_.class_weight,
                                .tol = options_.tol,
                                .max_iter = options_.max_iter});
    return std::make_unique<FittedBagOfWords>(
        std::move(vocabulary), std::move(fit),
        std::vector<std::string>(train.classes.begin(), train.classes.end()), options());
  }
  std::string_view kind() const override { return kKind; }
  InputKind input_kind() const override { return InputKind::text; }
  nlohmann::ordered_json options() const override { return options_to_json(options_); }

 private:
  BagOfWordsOptions options_;
};

std::unique_ptr<Probe> make(const nlohmann::json& given) {
  BagOfWordsOptions options;
  assign_options("probe bag_of_words", given, options);
  return std::make_unique<BagOfWords>(std::move(options));
}

std::unique_ptr<FittedProbe> open(const SavedProbe& saved) {
  std::vector<std::string> classes = saved_classes(saved);
  LinearFit fit{saved_linear(saved, classes.size()), saved_report(saved)};
  Vocabulary vocabulary(saved.metadata.at("vocabulary").get<std::vector<std::string>>());
  if (static_cast<std::int64_t>(vocabulary.words().size()) != fit.linear.weight.cols()) {
    throw Error(ErrorCode::input, {.where = "saved probe", .what = "vocabulary and weight differ in width"});
  }
  return std::make_unique<FittedBagOfWords>(std::move(vocabulary), std::move(fit), std::move(classes),
                                            saved.metadata.at("options"));
}

}  // namespace

extern const ProbeRecord bag_of_words_entry;
const ProbeRecord bag_of_words_entry{.name = kKind,
                                     .summary = "baseline: logistic regression on word counts, no model",
                                     .source = "scikit-learn CountVectorizer, LogisticRegression",
                                     .input = InputKind::text,
                                     .options = [] { return field_records(BagOfWordsOptions{}); },
                                     .make = make,
                                     .open = open};

}  // namespace sonde::probes

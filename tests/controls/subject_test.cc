// Subjects of every form: rows divided into folds, numbers, contrast sets and token sequences. Each is
// questioned by every control that can; nothing is found where nothing is planted, also where a row is fitted
// to and judged.
#include "sonde/controls/subject.h"

#include <algorithm>

#include "../probes/contrast_toy.h"
#include "planted.h"
#include "sonde/controls/refit.h"

namespace sonde::controls {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr ControlOptions kFew{
    .permutations = 19, .control_tasks = 2, .seeds = 3, .subsets = 2, .nullspace_rounds = 3};

// Rows dealt to folds in turn: row i is judged by fold i mod k.
std::vector<Division> folds_of(std::int64_t rows, std::int64_t k) {
  std::vector<Division> folds(static_cast<std::size_t>(k));
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t f = 0; f < k; ++f) (i % k == f ? folds[f].test : folds[f].train).push_back(i);
  }
  return folds;
}

// Rows of one part with a probe fitted in folds.
struct Folded {
  PlantedPart part;
  std::vector<std::string> classes{"a", "b"};
  std::vector<double> numbers;
  std::unique_ptr<probes::Probe> probe;
  std::vector<std::unique_ptr<probes::FittedProbe>> fits;

  Subject subject(std::vector<Division> divisions, const std::string& metric) {
    Subject subject{.probe = probe.get(),
                    .rows = {.input = probes::ProbeInput::of_features(part.features.view())},
                    .groups = part.groups,
                    .types = part.types,
                    .divisions = std::move(divisions),
                    .metric = metric};
    if (numbers.empty()) {
      subject.rows.labels = part.labels;
      subject.rows.classes = classes;
    } else {
      subject.rows.targets = numbers;
    }
    fits = fit_divisions(subject, {});
    for (const auto& fitted : fits) subject.fitted.push_back(fitted.get());
    return subject;
  }
};

Folded folded(const Planting& how, std::uint64_t seed, const std::string& kind = "logistic") {
  return {.part = plant_part(how, how.rows, RandomStream(seed, "planted")),
          .probe = probes::make_probe(kind)};
}

// A number in the first feature, with noise, or none.
Folded numbered(std::int64_t rows, double signal, std::uint64_t seed) {
  Folded data = folded({.rows = rows}, seed, "ridge");
  const RandomStream noise(seed, "numbers");
  for (std::int64_t i = 0; i < rows; ++i)
    data.numbers.push_back(signal * data.part.features.row(i)[0] + normal(noise, i));
  return data;
}

Findings ask(std::string_view name, const Subject& subject, const ControlOptions& options = kFew) {
  return control_record(name).run(subject, options, {.seed = 3});
}

TEST(Subject, ListsTheRowsOfItsParts) {
  const Subject subject{.probe = nullptr, .divisions = {{{1, 2}, {3}, {0}}, {{0, 3}, {2}, {1}}}};
  EXPECT_THAT(subject.judged(), ElementsAre(0, 1));
  EXPECT_THAT(subject.trained(), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(subject.whole().train, ElementsAre(0, 1, 2)) << "all but what the first fold chooses on";
  EXPECT_THAT(subject.whole().valid, ElementsAre(3));
  EXPECT_TRUE(subject.judges_what_it_fits());
  EXPECT_FALSE((Subject{.divisions = {{{0}, {}, {1}}}}).judges_what_it_fits());
}

TEST(Folds, TheRealNumberIsThatOfRowsJudgedByTheirFold) {
  Folded data = folded({.rows = 60, .distance = 1.5}, 2);
  const Subject subject = data.subject(folds_of(60, 3), "accuracy");
  double right = 0;
  for (const Division& division : subject.divisions) {
    const auto fitted = fit_to(subject, division.train, {}, {});
    const auto said = probes::predicted_classes(fitted->scores(subject.rows.input).view());
    for (const std::int64_t row : division.test) right += said[row] == data.part.labels[row];
  }
  const Findings found = ask("shuffled_labels", subject);
  EXPECT_DOUBLE_EQ(found.at("value").value, right / 60);
  EXPECT_DOUBLE_EQ(found.at("p").value, 0.05);
  EXPECT_THAT(found.note, HasSubstr("as they are also fitted to"));
  EXPECT_DOUBLE_EQ(ask("learning_curve", subject).points.back().value.value, right / 60);
  EXPECT_EQ(ask("learning_curve", subject).points.back().rows, 40);
  EXPECT_EQ(ask("control_task", subject).at("task_accuracy").value, right / 60);
}

// Balanced folds make a fit to meaningless labels worse than chance (what a fold lacks, the others have more
// of): only shuffles whose judged labels move along meet the same.
TEST(Folds, PIsUniformWhereThereIsNothingToFind) {
  std::vector<int> fifths(5);
  constexpr int kSets = 300;
  for (int seed = 0; seed < kSets; ++seed) {
    Folded data = folded({.rows = 30}, seed);
    const Subject subject = data.subject(folds_of(30, 3), "log_loss");
    const double p =
        control_record("shuffled_labels").run(subject, {.permutations = 19}, {.seed = 77}).at("p").value;
    ++fifths[static_cast<int>(p * 20 + 0.5 - 1) / 4];
  }
  double chi_square = 0;
  for (const int n : fifths) chi_square += (n - kSets / 5.0) * (n - kSets / 5.0) / (kSets / 5.0);
  EXPECT_LT(chi_square, 13.28) << "the 99 % point of chi-square with 4 degrees of freedom";
}

TEST(Folds, EveryControlGivesTheSameNumbersWhateverTheThreads) {
  Folded data = folded({.rows = 60, .distance = 1}, 4);
  const Subject subject = data.subject(folds_of(60, 3), "accuracy");
  for (const ControlRecord* record : control_records()) {
    SCOPED_TRACE(record->name);
    const Findings one = record->run(subject, kFew, {.threads = 1, .seed = 3});
    const Findings three = record->run(subject, kFew, {.threads = 3, .seed = 3});
    EXPECT_EQ(one.draws, three.draws);
    EXPECT_TRUE(std::isfinite(one.numbers[0].second.value));
    EXPECT_EQ(one.numbers[0].second.value, three.numbers[0].second.value);
  }
}

TEST(Folds, CodelengthSendsEveryRow) {
  Folded data = folded({.rows = 64, .distance = 1}, 4);
  EXPECT_EQ(ask("codelength", data.subject(folds_of(64, 4), "accuracy")).at("uniform_codelength").value, 64);
}

TEST(Numbers, AreFoundWhereTheyArePlantedAndOnlyThere) {
  Folded planted = numbered(90, 2, 1), nothing = numbered(90, 0, 1);
  std::vector<Division> divided = folds_of(90, 3);
  divided.resize(1);
  for (const std::vector<Division>& divisions : {divided, folds_of(90, 3)}) {
    const Findings found = ask("shuffled_labels", planted.subject(divisions, "r2"));
    EXPECT_GT(found.at("value").value, 0.6);
    EXPECT_DOUBLE_EQ(found.at("p").value, 0.05);
    EXPECT_LT(found.at("shuffled").value, 0.1);
    EXPECT_GT(ask("shuffled_labels", nothing.subject(divisions, "r2")).at("p").value, 0.05);
    EXPECT_GT(ask("seeds", planted.subject(divisions, "r2")).at("refits").value, 0.6);
    EXPECT_GT(ask("learning_curve", planted.subject(divisions, "mae")).at("first").value,
              ask("learning_curve", planted.subject(divisions, "mae")).at("last").value);
  }
  EXPECT_FALSE(control_record("codelength").of_numbers);
}

// Ten types, each a feature of its own: all random numbers are remembered, as all real ones are.
TEST(Numbers, AProbeThatRemembersEveryTypeHasNoSelectivity) {
  Folded data{.part = {.features = Matrix(80, 10)}, .probe = probes::make_probe("ridge", {{"alpha", 1e-6}})};
  for (std::int64_t i = 0; i < 80; ++i) {
    data.part.types.push_back(i % 10);
    data.part.features.row(i)[i % 10] = 1;
    data.numbers.push_back(static_cast<double>((i % 10) * (i % 10)));
  }
  std::vector<Division> divided(1);
  for (std::int64_t i = 0; i < 80; ++i) (i < 50 ? divided[0].train : divided[0].test).push_back(i);
  const Findings found = ask("control_task", data.subject(divided, "r2"));
  EXPECT_NEAR(found.at("task_r2").value, 1, 1e-6);
  EXPECT_NEAR(found.at("control_r2").value, 1, 1e-6);
  EXPECT_NEAR(found.at("selectivity").value, 0, 1e-6);
  EXPECT_EQ(found.at("ceiling").value, 1);
  EXPECT_EQ(found.at("seen").value, 1);
}

// A direction without labels is judged by labels alone, so that those of the judged rows must be shuffled.
TEST(ContrastSets, PComparesWithShuffledJudgedLabels) {
  const probes::ContrastToy toy = probes::make_contrast(80, 6, 0.5, 1);
  Subject subject{.rows = toy.labelled(), .metric = "accuracy"};
  subject.divisions.resize(1);
  for (std::int64_t i = 0; i < subject.rows.input.rows; ++i)
    (i % 2 == 0 ? subject.divisions[0].train : subject.divisions[0].test).push_back(i);
  for (const char* sign : {"train", "flattering"}) {
    const auto probe = probes::make_probe("crc", {{"sign", sign}});
    subject.probe = probe.get();
    const auto fits = fit_divisions(subject, {});
    subject.fitted = {fits[0].get()};
    const Findings found = ask("shuffled_labels", subject);
    EXPECT_GT(found.at("value").value, 0.8) << sign;
    EXPECT_DOUBLE_EQ(found.at("p").value, 0.05) << sign;
    EXPECT_THAT(found.note, HasSubstr("learns without labels"));
    if (std::string_view(sign) == "flattering") {
      EXPECT_GE(std::ranges::min(found.draws), 0.5);
    }
    for (const ControlRecord* record : control_records())
      EXPECT_TRUE(std::isfinite(record->run(subject, kFew, {}).numbers[0].second.value)) << record->name;
  }
}

TEST(TokenSequences, AreQuestionedWhole) {
  // Texts of 1 to 3 tokens, each of which holds the label.
  Matrix tokens(120, 3);
  std::vector<std::int64_t> offsets{0};
  std::vector<std::int32_t> labels;
  const std::vector<std::string> classes{"a", "b"};
  const RandomStream stream(1, "tokens");
  for (std::int64_t i = 0; i < 60; ++i) {
    offsets.push_back(offsets.back() + 1 + i % 3);
    labels.push_back(static_cast<std::int32_t>(stream.below(2, i)));
    for (std::int64_t t = offsets[i]; t < offsets[i + 1]; ++t) {
      for (std::int64_t j = 0; j < 3; ++j)
        tokens.row(t)[j] = static_cast<float>(normal(stream, 1000 + t * 3 + j)) +
                           (j == 0 ? static_cast<float>(8 * labels[i] - 4) : 0.0F);
    }
  }
  const auto probe = probes::make_probe("attention", {{"epochs", 30}, {"lr", 0.02}});
  Subject subject{.probe = probe.get(),
                  .rows = {probes::ProbeInput::of_tokens(tokens.view(), offsets), labels, classes, {}},
                  .divisions = folds_of(60, 2)};
  const auto fits = fit_divisions(subject, {});
  for (const auto& fitted : fits) subject.fitted.push_back(fitted.get());
  EXPECT_GT(ask("shuffled_labels", subject).at("value").value, 0.8);
  EXPECT_LT(ask("shuffled_labels", subject).at("p").value, 0.11);
  for (const ControlRecord* record : control_records())
    EXPECT_TRUE(std::isfinite(record->run(subject, kFew, {}).numbers[0].second.value)) << record->name;
}

}  // namespace
}  // namespace sonde::controls

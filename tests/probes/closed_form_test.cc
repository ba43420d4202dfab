// Closed forms fitted batch by batch against the same probes fitted to stored rows.
#include "sonde/probes/closed_form.h"

#include <gtest/gtest.h>

#include <cmath>

#include "contrast_toy.h"
#include "toy.h"

namespace sonde::probes {
namespace {

struct Case {
  const char* kind;
  nlohmann::json options;
};

const Case kCases[] = {{"ridge", {{"alpha", 3.0}}},
                       {"ridge", {{"standardize", false}, {"target", "log1p"}}},
                       {"least_squares", nlohmann::json::object()},
                       {"least_squares", {{"fit_intercept", false}}},
                       {"mass_mean", nlohmann::json::object()},
                       {"mass_mean", {{"whiten", true}}},
                       {"lda", {{"shrinkage", 0.1}}},
                       {"lda", nlohmann::json::object()}};

// Sums of rows, in batches of some size.
FormMoments summed(const ClosedForm& form, const LabelledInput& rows, std::int64_t batch = 256) {
  const MatrixView& x = rows.input.features;
  FormSum sum(form, std::ssize(rows.classes), x.row(0));
  for (std::int64_t first = 0; first < x.rows; first += batch) {
    const std::int64_t count = std::min(batch, x.rows - first);
    const auto some = [&](auto all) { return all.empty() ? all : all.subspan(first, count); };
    sum.add({{x.data + first * x.stride, count, x.cols, x.stride}, some(rows.labels), some(rows.targets)});
  }
  return sum.take();
}

std::unique_ptr<FittedProbe> fit_sums(const Probe& probe, const LabelledInput& rows) {
  const FormMoments train = summed(*probe.closed_form(), rows);
  return probe.closed_form()->solve({train, nullptr, rows.classes});
}

TEST(ClosedForm, AgreesWithAFitToStoredRows) {
  const Toy toy = make_toy(700, 2, 3);
  for (const Case& c : kCases) {
    const auto probe = make_probe(c.kind, c.options);
    ASSERT_NE(probe->closed_form(), nullptr) << c.kind;
    const auto stored = probe->fit(toy.labelled(), {});
    const auto online = fit_sums(*probe, toy.labelled());
    const auto expected = values_of(stored->scores(toy.input())),
               got = values_of(online->scores(toy.input()));
    // Weights are rounded to float32 either way; scores are sums of six products of them.
    for (std::size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], expected[i], 2e-5) << c.kind << " " << i;
    EXPECT_EQ(online->classes(), stored->classes());
    EXPECT_EQ(online->save().metadata["options"], stored->save().metadata["options"]);
  }
}

TEST(ClosedForm, TheCertificateIsThatOfTheRows) {
  const Toy toy = make_toy(300, 3, 4);
  for (const double alpha : {0.0, 10.0}) {
    const auto probe = make_probe("ridge", {{"alpha", alpha}});
    const Certificate rows = *probe->fit(toy.labelled(), {})->report().certificate;
    const Certificate moments = *fit_sums(*probe, toy.labelled())->report().certificate;
    // Both are sums in double of some hundred squares.
    EXPECT_NEAR(moments.objective, rows.objective, 1e-9 * rows.objective);
    EXPECT_LT(moments.kkt, 1e-9);
  }
}

TEST(ClosedForm, BitsDoNotDependOnTheBatches) {
  const Toy toy = make_toy(500, 2, 5);
  const auto probe = make_probe("lda", {{"shrinkage", 0.2}});
  const auto fit_in = [&](std::int64_t batch) {
    const FormMoments sums = summed(*probe->closed_form(), toy.labelled(), batch);
    return values_of(probe->closed_form()->solve({sums, nullptr, toy.classes})->scores(toy.input()));
  };
  EXPECT_EQ(fit_in(500), fit_in(7));
}

TEST(ClosedForm, APenaltyIsChosenOnSumsAsOnRows) {
  const Toy toy = make_toy(400, 2, 3), held = make_toy(150, 2, 9);
  for (const bool standardize : {true, false}) {
    const auto probe = make_probe("ridge", {{"alpha", "auto"}, {"standardize", standardize}});
    const ClosedForm& form = *probe->closed_form();
    ASSERT_TRUE(form.chooses());
    const auto stored = probe->fit(toy.labelled(), held.labelled(), {});
    const FormMoments train = summed(form, toy.labelled()), validation = summed(form, held.labelled());
    const auto online = form.solve({train, &validation, {}});
    EXPECT_EQ(online->save().metadata["options"], stored->save().metadata["options"]);
    const auto expected = values_of(stored->scores(toy.input())),
               got = values_of(online->scores(toy.input()));
    for (std::size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], expected[i], 2e-5);
  }
}

// Both prompts lie side by side; with and without their deviations, and whichever way is up.
TEST(ClosedForm, ADirectionOfContrastPairsFollowsFromSums) {
  for (const char* normalize : {"none", "mean", "mean_std"}) {
    for (const char* sign : {"train", "none", "flattering"}) {
      for (const double contrast : {0.5, -0.5}) {
        const ContrastToy toy = make_contrast(300, 8, contrast, 4);
        const auto probe = make_probe("crc", {{"normalize", normalize}, {"sign", sign}});
        const auto stored = probe->fit(toy.labelled(), {});
        const auto online = fit_sums(*probe, toy.labelled());
        const auto expected = values_of(stored->scores(toy.input())),
                   got = values_of(online->scores(toy.input()));
        for (std::size_t i = 0; i < got.size(); ++i)
          EXPECT_NEAR(got[i], expected[i], 2e-5) << normalize << sign;
        const nlohmann::ordered_json &a = online->report().details, &b = stored->report().details;
        EXPECT_EQ(a["flipped"], b["flipped"]);
        EXPECT_EQ(a.contains("accuracy_shown"), b.contains("accuracy_shown"));
        EXPECT_NEAR(a["eigenvalue"].get<double>(), b["eigenvalue"].get<double>(), 1e-6);
        EXPECT_EQ(online->save().metadata["prompts"], 2);
      }
    }
  }
}

// Far from the origin, on scales that differ, with fewer rows than a class needs to be sure.
TEST(ClosedForm, LedoitAndWolfsShrinkageFollowsFromSumsOfSquares) {
  constexpr std::int64_t kRows = 60, kWidth = 12;
  const RandomStream stream(5, "wide");
  Matrix x(kRows, kWidth);
  std::vector<std::int32_t> labels;
  for (std::int64_t i = 0; i < kRows; ++i) {
    labels.push_back(static_cast<std::int32_t>(i % 3));
    const double shared = normal(stream, 10000 + i);
    for (std::int64_t j = 0; j < kWidth; ++j)
      x.row(i)[j] =
          static_cast<float>(100 + (normal(stream, i * kWidth + j) + shared + labels.back()) * (1 + j));
  }
  const std::vector<std::string> classes{"a", "b", "c"};
  const LabelledInput rows{ProbeInput::of_features(x.view()), labels, classes, {}};
  const auto probe = make_probe("lda");
  const auto stored = probe->fit(rows, {}), online = fit_sums(*probe, rows);
  const auto a = online->save().metadata["options"]["shrinkage_of_classes"],
             b = stored->save().metadata["options"]["shrinkage_of_classes"];
  for (std::size_t c = 0; c < 3; ++c) {
    EXPECT_GT(b[c].get<double>(), 0.05);
    EXPECT_LT(b[c].get<double>(), 0.95);
    // Squares are rounded to float32.
    EXPECT_NEAR(a[c].get<double>(), b[c].get<double>(), 1e-6);
  }
  const auto got = values_of(online->scores(rows.input)), expected = values_of(stored->scores(rows.input));
  for (std::size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], expected[i], 2e-5);
}

TEST(ClosedForm, WhatNeedsRowsIsNone) {
  EXPECT_EQ(make_probe("vinc")->closed_form(), nullptr);
  EXPECT_EQ(make_probe("sgd")->closed_form(), nullptr);
  EXPECT_NE(make_probe("sgd")->online(), nullptr);
}

TEST(ClosedForm, ATargetWithoutALogarithmIsRefused) {
  Toy toy = make_toy(20, 2, 6);
  toy.targets[3] = -2;
  const auto probe = make_probe("least_squares", {{"target", "log1p"}});
  EXPECT_THROW((void)fit_sums(*probe, toy.labelled()), Error);
}

}  // namespace
}  // namespace sonde::probes

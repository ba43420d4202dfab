// Closed forms fitted batch by batch against the same probes fitted to stored rows.
#include "sonde/probes/moment_fit.h"

#include <gtest/gtest.h>

#include <cmath>

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
                       {"lda", {{"shrinkage", 0.1}}}};

TEST(MomentFit, AgreesWithAFitToStoredRows) {
  const Toy toy = make_toy(700, 2, 3);
  for (const Case& c : kCases) {
    const auto probe = make_probe(c.kind, c.options);
    ASSERT_NE(probe->online(), nullptr) << c.kind;
    const auto stored = probe->fit(toy.labelled(), {});
    const auto online = fit_batches(*probe->online(), toy.labelled(), {});
    const auto expected = values_of(stored->scores(toy.input())),
               got = values_of(online->scores(toy.input()));
    // Weights are rounded to float32 either way; scores are sums of six products of them.
    for (std::size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], expected[i], 2e-5) << c.kind << " " << i;
    EXPECT_EQ(online->classes(), stored->classes());
    EXPECT_EQ(online->save().metadata["options"], stored->save().metadata["options"]);
  }
}

TEST(MomentFit, TheCertificateIsThatOfTheRows) {
  const Toy toy = make_toy(300, 3, 4);
  for (const double alpha : {0.0, 10.0}) {
    const auto probe = make_probe("ridge", {{"alpha", alpha}});
    const Certificate rows = *probe->fit(toy.labelled(), {})->report().certificate;
    const Certificate moments = *fit_batches(*probe->online(), toy.labelled(), {})->report().certificate;
    // Both are sums in double of some hundred squares.
    EXPECT_NEAR(moments.objective, rows.objective, 1e-9 * rows.objective);
    EXPECT_LT(moments.kkt, 1e-9);
  }
}

TEST(MomentFit, BitsDoNotDependOnTheBatches) {
  const Toy toy = make_toy(500, 2, 5);
  const auto probe = make_probe("lda", {{"shrinkage", 0.2}});
  const auto fit_in = [&](std::int64_t batch) {
    const auto fit = probe->online()->begin(toy.features.cols(), toy.classes, {});
    for (std::int64_t first = 0; first < 500; first += batch) {
      const std::int64_t count = std::min<std::int64_t>(batch, 500 - first);
      fit->step({.rows = {toy.features.row(first).data(), count, 6, 6},
                 .labels = std::span(toy.labels).subspan(first, count)});
    }
    return values_of(fit->finish()->scores(toy.input()));
  };
  EXPECT_EQ(fit_in(500), fit_in(7));
}

TEST(MomentFit, WhatMustBeChosenOnRowsIsNotLearnedOnline) {
  EXPECT_EQ(make_probe("ridge", {{"alpha", "auto"}})->online(), nullptr);
  EXPECT_EQ(make_probe("lda")->online(), nullptr);
}

TEST(MomentFit, ATargetWithoutALogarithmIsRefused) {
  Toy toy = make_toy(20, 2, 6);
  toy.targets[3] = -2;
  const auto probe = make_probe("least_squares", {{"target", "log1p"}});
  EXPECT_THROW((void)fit_batches(*probe->online(), toy.labelled(), {}), Error);
}

}  // namespace
}  // namespace sonde::probes

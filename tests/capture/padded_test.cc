// Padded texts against transformers: what real tokens and pads compute, pads seen or not, on either side; and
// that no cutting, ordering or threading changes a bit of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "../files/scratch_folder.h"
#include "sonde/capture/capture.h"
#include "sonde/capture/padding.h"
#include "sonde/files/convert.h"
#include "sonde/files/tensor_file.h"

namespace sonde::capture {
namespace {

const std::filesystem::path kData = std::filesystem::path(SONDE_TEST_DATA) / "models_padded";

nlohmann::json golden() {
  std::ifstream stream(kData / "golden.json");
  return nlohmann::json::parse(stream);
}

std::vector<std::size_t> all_cases() {
  std::vector<std::size_t> cases(golden()["cases"].size());
  for (std::size_t i = 0; i < cases.size(); ++i) cases[i] = i;
  return cases;
}

std::string name_of(std::size_t number) {
  const nlohmann::json one = golden()["cases"][number];
  return one["model"].get<std::string>() + "_" + one["side"].get<std::string>() +
         (one["seen"].get<bool>() ? "_seen" : "_unseen");
}

class PaddedTest : public ::testing::TestWithParam<std::size_t> {
 protected:
  PaddedTest()
      : golden_(golden()),
        case_(golden_["cases"][GetParam()]),
        model_(std::filesystem::path(SONDE_TEST_DATA) / "models" / case_["model"].get<std::string>()),
        length_(golden_["length"]),
        states_(resolve(model_.graph(), std::vector<std::string>{"hidden[*]"}).addresses) {
    const auto tensors = files::open_tensors(kData / "golden.safetensors");
    expected_ = files::to_float(tensors->at(case_["tensor"].get<std::string>()));
    for (const auto& text : case_["texts"]) {
      for (const auto& id : text) batch_.ids.push_back(id);
      batch_.offsets.push_back(static_cast<std::int64_t>(batch_.ids.size()));
      batch_.full_length.push_back(static_cast<std::int32_t>(text.size()));
    }
    batch_.special.assign(batch_.ids.size(), 0);
  }

  bool left() const { return case_["side"] == "left"; }

  text::TokenBatch padded(const text::TokenBatch& batch) const {
    return pad(batch, {left() ? Padding::Side::left : Padding::Side::right, length_, case_["seen"]},
               case_["token"].get<std::int32_t>());
  }

  std::vector<Activations> capture(const text::TokenBatch& batch, const std::string& pooling, int threads = 1,
                                   const engine::ExecutorOptions& options = {}) const {
    const RunContext context{.threads = threads};
    return Capture(model_, states_, context).run(batch, pooling, context, options);
  }

  // What transformers computed at a position, pads included.
  std::span<const float> row(std::size_t text, std::size_t state, std::int64_t position) const {
    const std::int64_t width = model_.graph().width;
    const auto states = static_cast<std::int64_t>(states_.size());
    const std::int64_t at =
        ((static_cast<std::int64_t>(text) * states + static_cast<std::int64_t>(state)) * length_ + position);
    return std::span(expected_).subspan(at * width, width);
  }

  // Largest number of a state, the measure of agreement.
  double size_of(std::size_t state) const {
    double size = 0;
    for (std::int64_t text = 0; text < batch_.size(); ++text)
      for (std::int64_t position = 0; position < length_; ++position)
        for (const float x : row(text, state, position)) size = std::max<double>(size, std::abs(x));
    return size;
  }

  nlohmann::json golden_, case_;
  LanguageModel model_;
  std::int64_t length_;
  std::vector<Address> states_;
  std::vector<float> expected_;
  text::TokenBatch batch_;
};

// transformers' own rounding at these sizes is below 4e-6.
constexpr double kAgreement = 1e-5;

TEST_P(PaddedTest, RealTokensAgreeWithTransformers) {
  const std::vector<Activations> captured = capture(padded(batch_), "none");
  for (std::size_t state = 0; state < captured.size(); ++state) {
    const double size = size_of(state);
    ASSERT_EQ(captured[state].values.rows(), static_cast<std::int64_t>(batch_.ids.size()));
    for (std::int64_t text = 0; text < batch_.size(); ++text) {
      const std::int64_t first = left() ? length_ - batch_.length(text) : 0;
      for (std::int64_t token = 0; token < batch_.length(text); ++token) {
        const auto got = captured[state].values.row(batch_.offsets[text] + token);
        const auto expected = row(text, state, first + token);
        for (std::size_t j = 0; j < got.size(); ++j)
          ASSERT_NEAR(got[j], expected[j], kAgreement * size)
              << "state " << state << ", text " << text << ", token " << token;
      }
    }
  }
}

TEST_P(PaddedTest, AMeanOverPadsAgreesOrIsRefused) {
  const std::string pooling = "mean_padded:" + std::to_string(length_);
  if (!case_["pads_count"]) {
    const Error error = files::error_of([&] { capture(padded(batch_), pooling); });
    EXPECT_EQ(error.code(), ErrorCode::usage);
    EXPECT_THAT(error.what(), ::testing::HasSubstr("sees no token"));
    return;
  }
  const std::vector<Activations> captured = capture(padded(batch_), pooling);
  for (std::size_t state = 0; state < captured.size(); ++state) {
    for (std::int64_t text = 0; text < batch_.size(); ++text) {
      for (std::int64_t j = 0; j < captured[state].values.cols(); ++j) {
        double mean = 0;
        for (std::int64_t position = 0; position < length_; ++position)
          mean += row(text, state, position)[j] / static_cast<double>(length_);
        ASSERT_NEAR(captured[state].values.row(text)[j], mean, kAgreement * size_of(state))
            << "state " << state << ", text " << text;
      }
    }
  }
}

TEST_P(PaddedTest, PoolingsOfRealTokensLeaveThePadsOut) {
  const text::TokenBatch texts = padded(batch_);
  const std::vector<Activations> every = capture(texts, "none");
  for (const auto& [pooling, at] : {std::pair{"first", 0}, {"token:0", 0}, {"last", -1}, {"token:-1", -1}}) {
    const std::vector<Activations> one = capture(texts, pooling);
    for (std::size_t state = 0; state < one.size(); ++state) {
      for (std::int64_t text = 0; text < batch_.size(); ++text) {
        const std::int64_t token = at < 0 ? batch_.length(text) - 1 : 0;
        EXPECT_TRUE(std::ranges::equal(one[state].values.row(text),
                                       every[state].values.row(batch_.offsets[text] + token)))
            << pooling;
      }
    }
  }
}

TEST_P(PaddedTest, BlockSizeOrderAndThreadsChangeNoBit) {
  const std::vector<std::int64_t> reversed = {2, 1, 0};
  const text::TokenBatch texts = padded(batch_), turned = padded(batch_.pick(reversed));
  const std::string pooling = case_["pads_count"] ? "mean_padded:" + std::to_string(length_) : "mean";
  const std::vector<Activations> base = capture(texts, pooling);
  for (const std::int64_t block : {1, 20, 10000}) {
    for (const int threads : {1, 3}) {
      const engine::ExecutorOptions options{.block_tokens = block, .shared_block_tokens = block};
      const std::vector<Activations> other = capture(turned, pooling, threads, options);
      for (std::size_t state = 0; state < base.size(); ++state) {
        for (std::int64_t text = 0; text < 3; ++text)
          EXPECT_TRUE(std::ranges::equal(base[state].values.row(text), other[state].values.row(2 - text)));
      }
    }
  }
}

// Pads that no token sees are nothing to it, unless positions count them.
TEST_P(PaddedTest, UnseenPadsOnTheRightChangeNoBitOfARealToken) {
  const std::vector<Activations> with = capture(padded(batch_), "none"), without = capture(batch_, "none");
  bool equal = true;
  for (std::size_t state = 0; state < with.size(); ++state) {
    const std::int64_t count = with[state].values.rows() * with[state].values.cols();
    equal = equal && std::equal(with[state].values.data(), with[state].values.data() + count,
                                without[state].values.data());
  }
  if (!left() && !case_["seen"]) {
    EXPECT_TRUE(equal);
  }
  if (left() && case_["seen"]) {
    EXPECT_FALSE(equal);
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, PaddedTest, ::testing::ValuesIn(all_cases()),
                         [](const auto& one) { return name_of(one.param); });

class UnseenPadsTest : public ::testing::Test {
 protected:
  static Error refused(const char* model, const Padding& padding, const char* at, const char* pooling) {
    const LanguageModel opened(std::filesystem::path(SONDE_TEST_DATA) / "models" / model);
    const text::TokenBatch batch{.ids = {3, 4}, .offsets = {0, 2}, .special = {0, 0}, .full_length = {2}};
    const Error error = files::error_of([&] {
      const std::vector<std::string> asked = {at};
      Capture(opened, resolve(opened.graph(), asked).addresses, {}).run(pad(batch, padding, 0), pooling, {});
    });
    EXPECT_EQ(error.code(), ErrorCode::usage);
    return error;
  }
};

TEST_F(UnseenPadsTest, WhatAPadWouldComputeMustBeSettled) {
  using ::testing::HasSubstr;
  const Padding right{Padding::Side::right, 6, false};
  EXPECT_THAT(refused("deberta_v2", right, "hidden[-1]", "mean").what(), HasSubstr("attention by distance"));
  EXPECT_THAT(refused("modernbert_classes", right, "head", "mean").what(), HasSubstr("neighbouring rows"));
  EXPECT_THAT(refused("modernbert", right, "hidden[-1]", "mean_padded:6").what(),
              HasSubstr("sliding window"));
  EXPECT_THAT(refused("bert", right, "encoder.layer.0.attention.self.weights", "none").what(),
              HasSubstr("attention weights"));
}

TEST_F(UnseenPadsTest, TheLengthMustBeThePoolingsOwn) {
  EXPECT_EQ(refused("bert", {Padding::Side::right, 6, false}, "hidden[-1]", "mean_padded:7").parts().expected,
            "7");
}

}  // namespace
}  // namespace sonde::capture

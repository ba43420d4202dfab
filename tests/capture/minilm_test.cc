// The real MiniLM at all seven states against what transformers computed. Skipped where the model is not at
// hand: `make demo` fetches it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "sonde/capture/capture.h"
#include "sonde/files/convert.h"
#include "sonde/files/tensor_file.h"

namespace sonde::capture {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::filesystem::path model_folder() {
  if (const std::string said = environment("SONDE_DEMO_MODEL"); !said.empty()) return said;
  const std::string cache = environment("XDG_CACHE_HOME");
  const std::filesystem::path base =
      cache.empty() ? std::filesystem::path(environment("HOME")) / ".cache" : std::filesystem::path(cache);
  return base / "sonde" / "demo" / "all-MiniLM-L6-v2";
}

class MiniLmTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::filesystem::path folder = model_folder();
    if (!std::filesystem::exists(folder / "model.safetensors")) {
      GTEST_SKIP() << "no MiniLM in " << folder
                   << "; run `make demo`, or name its folder in SONDE_DEMO_MODEL";
    }
    const std::filesystem::path data = std::filesystem::path(SONDE_TEST_DATA) / "models";
    std::ifstream stream(data / "minilm_golden.json");
    record_ = nlohmann::json::parse(stream);
    tensors_ = files::open_tensors(data / "minilm_golden.safetensors");
    model_ = std::make_unique<LanguageModel>(folder);
    ASSERT_EQ(model_->checkpoint().digest(), record_["weights_sha256"]) << "not the model that was recorded";
  }

  text::TokenBatch batch(const std::vector<std::size_t>& sequences) const {
    text::TokenBatch batch;
    for (const std::size_t i : sequences) {
      for (const auto& id : record_["sequences"][i]["ids"]) batch.ids.push_back(id);
      batch.special.resize(batch.ids.size());
      batch.offsets.push_back(static_cast<std::int64_t>(batch.ids.size()));
      batch.full_length.push_back(static_cast<std::int32_t>(record_["sequences"][i]["ids"].size()));
    }
    return batch;
  }

  // Each state's largest difference, relative to its largest magnitude.
  void expect_states(const std::vector<std::size_t>& sequences, std::string_view pooling,
                     const std::string& prefix) {
    const std::vector<std::string> asked = {"hidden[*]"};
    const RunContext context{.threads = 2};
    const std::vector<Activations> got = Capture(*model_, resolve(model_->graph(), asked).addresses, context)
                                             .run(batch(sequences), pooling, context);
    ASSERT_EQ(got.size(), 7u);
    for (const Activations& a : got) {
      const std::vector<float> expected = files::to_float(tensors_->at(prefix + a.at));
      ASSERT_EQ(static_cast<std::int64_t>(expected.size()), a.values.rows() * 384) << a.at;
      double difference = 0, size = 0;
      for (std::size_t i = 0; i < expected.size(); ++i) {
        difference = std::max(difference, std::abs(static_cast<double>(a.values.data()[i]) - expected[i]));
        size = std::max(size, std::abs(static_cast<double>(expected[i])));
      }
      EXPECT_LE(difference / size, 1e-4) << a.at;
      RecordProperty(prefix + a.at, std::to_string(difference / size));
    }
  }

  nlohmann::json record_;
  std::shared_ptr<const files::TensorFile> tensors_;
  std::unique_ptr<LanguageModel> model_;
};

TEST_F(MiniLmTest, PooledStatesAgreeWithTransformers) {
  std::vector<std::size_t> all(record_["sequences"].size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  expect_states(all, "mean", "pooled/");
}

TEST_F(MiniLmTest, EveryRowOfShortTextsAgreesWithTransformers) {
  expect_states(record_["whole"].get<std::vector<std::size_t>>(), "none", "rows/");
}

TEST_F(MiniLmTest, ItsTokenizerGivesTheRecordedIds) {
  const text::Tokenizer tokenizer = model_->open_tokenizer();
  for (const nlohmann::json& sequence : record_["sequences"]) {
    if (sequence["text"].is_null()) continue;
    const std::string text = sequence["text"];
    const std::string_view texts[] = {text};
    const text::TokenBatch got = tokenizer.encode(texts, {.max_length = 512}, {});
    EXPECT_EQ(got.ids, sequence["ids"].get<std::vector<std::int32_t>>()) << text;
    EXPECT_EQ(got.truncated(0), sequence["truncated"]) << text;
  }
}

TEST_F(MiniLmTest, HasSevenStatesOfWidth384AndEveryWeight) {
  EXPECT_EQ(model_->graph().hidden_states.size(), 7u);
  EXPECT_EQ(model_->graph().width, 384);
  EXPECT_TRUE(model_->binding().missing.empty());
}

}  // namespace
}  // namespace sonde::capture

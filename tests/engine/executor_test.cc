// What the executor refuses before it computes, what sinks are given, and a small model against a plain loop
// in doubles.
#include "sonde/engine/executor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <limits>
#include <mutex>

#include "tiny_model.h"

namespace sonde::engine {
namespace {

using files::error_of;
using ::testing::HasSubstr;

using Rows = std::vector<std::vector<float>>;

// Collects rows of the token space and checks that those of a text come once and in order.
class Collector final : public Sink {
 public:
  explicit Collector(std::map<std::int64_t, Rows>& texts) : texts_(texts) {}
  void receive(const TextRows& r) override {
    const std::lock_guard lock(mutex_);
    Rows& rows = texts_[r.text];
    EXPECT_EQ(r.first_token, static_cast<std::int64_t>(rows.size()));
    for (std::int64_t i = 0; i < r.rows.rows; ++i) {
      rows.emplace_back(r.rows.row(i).begin(), r.rows.row(i).end());
    }
    EXPECT_LE(static_cast<std::int64_t>(rows.size()), r.tokens);
  }

 private:
  std::map<std::int64_t, Rows>& texts_;
  std::mutex mutex_;
};

class CountedProgress final : public Progress {
 public:
  void begin(std::string_view, std::int64_t units, std::string_view) override { total = units; }
  void advance(std::int64_t units) override { advanced += units; }
  void end() override {}
  std::int64_t total = 0;
  std::atomic<std::int64_t> advanced = 0;
};

using Texts = std::vector<std::vector<std::int32_t>>;

class ExecutorTest : public ::testing::Test {
 protected:
  ExecutorTest() { open(tiny_tensors(graph_)); }

  void open(const Tensors& tensors) {
    write_checkpoint(folder_, tensors);
    checkpoint_ = std::make_unique<files::Checkpoint>(folder_.path());
    binding_ = bind(graph_, *checkpoint_);
  }

  std::map<std::int64_t, Rows> run(const Texts& texts, graph::ValueId value, const RunContext& context = {},
                                   std::int64_t block_tokens = 768) {
    std::vector<std::int32_t> ids;
    std::vector<std::int64_t> offsets = {0};
    for (const std::vector<std::int32_t>& text : texts) {
      ids.insert(ids.end(), text.begin(), text.end());
      offsets.push_back(static_cast<std::int64_t>(ids.size()));
    }
    const graph::Schedule schedule = graph::schedule(graph_, std::vector{value});
    const Weights weights(graph_, schedule, binding_, context);
    std::map<std::int64_t, Rows> result;
    Collector collector(result);
    Sink* const sinks[] = {&collector};
    Executor(graph_, schedule, weights).run({ids, offsets}, sinks, {.block_tokens = block_tokens}, context);
    return result;
  }

  Error refused(const Texts& texts) {
    const Error error = error_of([&] { run(texts, graph_.hidden_states.back()); });
    EXPECT_EQ(error.code(), ErrorCode::input);
    return error;
  }

  files::ScratchFolder folder_;
  graph::Graph graph_ = tiny_graph(ModelKind::base);
  std::unique_ptr<files::Checkpoint> checkpoint_;
  Binding binding_;
};

TEST_F(ExecutorTest, IdsOutsideTheVocabularyAreRefusedWithTheirPlace) {
  for (const std::int32_t bad : {11, -1, 1 << 30}) {
    const Error error = refused({{1, 2}, {3, bad}});
    EXPECT_EQ(error.parts().where, "text 2, token 1");
    EXPECT_EQ(error.parts().got, std::to_string(bad));
    EXPECT_EQ(error.parts().expected, "0 to 10");
  }
  EXPECT_NO_THROW(run({{0, 10}}, graph_.hidden_states.back()));
}

TEST_F(ExecutorTest, TextsBeyondTheModelsPositionsAreRefused) {
  EXPECT_NO_THROW(run({{1, 2, 3, 4, 5, 6, 7, 8}}, graph_.hidden_states.back()));
  const Error error = refused({{1}, {1, 2, 3, 4, 5, 6, 7, 8, 9}});
  EXPECT_EQ(error.parts().where, "text 2");
  EXPECT_EQ(error.parts().got, "9");
  EXPECT_EQ(error.parts().expected, "1 to 8");
}

TEST_F(ExecutorTest, TextsWithoutTokensAreRefused) {
  EXPECT_EQ(refused({{1}, {}, {2}}).parts().where, "text 2");
}

TEST_F(ExecutorTest, NoTextsAreNoRows) { EXPECT_TRUE(run({}, graph_.hidden_states.back()).empty()); }

TEST_F(ExecutorTest, ADamagedEmbeddingRowIsRefusedWhenATextMeetsIt) {
  Tensors tensors = tiny_tensors(graph_);
  tensors["words.weight"].second[7 * 6 + 5] = std::numeric_limits<float>::quiet_NaN();
  open(tensors);
  EXPECT_NO_THROW(run({{1, 2, 6, 8}}, graph_.hidden_states.back()));
  const Error error = refused({{1, 7}});
  EXPECT_THAT(error.what(), HasSubstr("words.weight: row 7 holds NaN or infinite weights"));
}

TEST_F(ExecutorTest, EveryRowOfEveryTextArrivesOnceForAnyCut) {
  const Texts texts = {{1}, {2, 3, 4}, {5, 6, 7, 8, 9, 10, 0, 1}, {3, 3}};
  const std::map<std::int64_t, Rows> expected = run(texts, graph_.hidden_states.back());
  ASSERT_EQ(expected.size(), 4u);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    EXPECT_EQ(expected.at(static_cast<std::int64_t>(i)).size(), texts[i].size());
  }
  for (const std::int64_t block_tokens : {1, 4, 1000}) {
    for (const int threads : {1, 3}) {
      EXPECT_EQ(run(texts, graph_.hidden_states.back(), {.threads = threads}, block_tokens), expected);
    }
  }
}

TEST_F(ExecutorTest, ProgressCountsEveryToken) {
  CountedProgress progress;
  run({{1}, {2, 3, 4}, {5, 6}}, graph_.hidden_states.back(), {.threads = 2, .progress = &progress}, 1);
  EXPECT_EQ(progress.total, 6);
  EXPECT_EQ(progress.advanced, 6);
}

TEST_F(ExecutorTest, TheFirstStateIsTheNormedSumOfEmbeddings) {
  const Tensors tensors = tiny_tensors(graph_);
  const auto at = [&](const char* name, std::size_t i) {
    return static_cast<double>(tensors.at(name).second[i]);
  };
  const std::vector<std::int32_t> ids = {4, 0, 10};
  const Rows rows = run({ids}, graph_.hidden_states[0]).at(0);
  for (std::size_t t = 0; t < ids.size(); ++t) {
    std::vector<double> x(6);
    double mean = 0, variance = 0;
    for (std::size_t j = 0; j < 6; ++j) {
      x[j] = at("words.weight", ids[t] * 6 + j) + at("positions.weight", t * 6 + j);
      mean += x[j] / 6;
    }
    for (const double value : x) variance += (value - mean) * (value - mean) / 6;
    for (std::size_t j = 0; j < 6; ++j) {
      const double unit = (x[j] - mean) / std::sqrt(variance + 1e-5);
      EXPECT_NEAR(rows[t][j], unit * at("LayerNorm.weight", j) + at("LayerNorm.bias", j), 1e-6);
    }
  }
}

}  // namespace
}  // namespace sonde::engine

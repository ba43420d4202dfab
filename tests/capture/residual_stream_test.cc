// What the values of one pass must satisfy among themselves, whatever the weights: blocks add what attention
// and MLP give, heads add up, the last state is normed, and the first knows no neighbours.
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "golden_model.h"
#include "sonde/capture/capture.h"

namespace sonde::capture {
namespace {

using sonde::testing::GoldenModel;

// States are of the size of 1 here, and sums of some tens of floats.
constexpr double kRounding = 1e-5;

// A model with values of all tokens of its recorded texts.
class Pass {
 public:
  explicit Pass(const std::string& name) : golden_(name), model_(golden_.folder()) {}

  const GoldenModel& golden() const { return golden_; }
  std::size_t layers() const { return model_.graph().hidden_states.size() - 1; }
  text::TokenBatch texts() const { return golden_.batch(golden_.all_texts()); }

  Matrix values(const std::string& at, const text::TokenBatch& batch) const {
    const std::vector<std::string> asked = {at};
    return std::move(
        Capture(model_, resolve(model_.graph(), asked).addresses, {}).run(batch, "none", {})[0].values);
  }
  Matrix values(const std::string& at) const { return values(at, texts()); }

 private:
  GoldenModel golden_;
  LanguageModel model_;
};

std::string in_layer(std::size_t layer, const std::string& part) {
  return "layers[" + std::to_string(layer) + "]" + part;
}
std::string hidden(std::size_t state) { return "hidden[" + std::to_string(state) + "]"; }

void expect_near(const Matrix& a, const Matrix& b, double tolerance, const std::string& what) {
  ASSERT_EQ(a.rows(), b.rows()) << what;
  for (std::int64_t i = 0; i < a.rows() * a.cols(); ++i)
    ASSERT_NEAR(a.data()[i], b.data()[i], tolerance) << what << ", number " << i;
}

class PreNormTest : public ::testing::TestWithParam<const char*> {
 protected:
  Pass pass_{GetParam()};
};

TEST_P(PreNormTest, ABlockAddsWhatAttentionAndMlpGive) {
  for (std::size_t layer = 0; layer < pass_.layers(); ++layer) {
    const Matrix attention = pass_.values(in_layer(layer, ".attn")),
                 mlp = pass_.values(in_layer(layer, ".mlp"));
    Matrix sum = pass_.values(hidden(layer));
    for (std::int64_t i = 0; i < sum.rows() * sum.cols(); ++i)
      sum.data()[i] += attention.data()[i] + mlp.data()[i];
    expect_near(pass_.values(in_layer(layer, "")), sum, kRounding, GetParam() + in_layer(layer, ""));
    if (layer + 1 < pass_.layers())
      expect_near(pass_.values(hidden(layer + 1)), sum, kRounding, hidden(layer + 1));
  }
}

TEST_P(PreNormTest, TheLastStateIsTheNormOfTheLastBlock) {
  const std::size_t last = pass_.layers();
  expect_near(pass_.values(hidden(last)), pass_.values("final_norm"), 0, "last state");
  expect_near(pass_.values("final_norm.input"), pass_.values(in_layer(last - 1, "")), 0, "what is normed");
}

INSTANTIATE_TEST_SUITE_P(Models, PreNormTest,
                         ::testing::Values("gpt2", "llama_gqa", "mistral", "opt", "phi3", "qwen2", "qwen3"),
                         [](const auto& one) { return std::string(one.param); });

TEST(HeadsTest, AddUpToWhatAttentionGivesButForItsBias) {
  const Pass pass("gpt2");  // four heads of 5, a weight of [in, out]
  const Matrix heads = pass.values("h.1.attn.heads"), attention = pass.values("h.1.attn");
  const auto weights = files::open_tensors(pass.golden().folder() / "model.safetensors");
  const std::vector<float> weight = files::to_float(weights->at("h.1.attn.c_proj.weight")),
                           bias = files::to_float(weights->at("h.1.attn.c_proj.bias"));
  Matrix sum(heads.rows(), 20);
  for (int head = 0; head < 4; ++head) {
    for (std::int64_t i = 0; i < sum.rows(); ++i) {
      for (int to = 0; to < 20; ++to) {
        for (int from = 5 * head; from < 5 * head + 5; ++from)
          sum.row(i)[to] += heads.row(i)[from] * weight[from * 20 + to];
      }
    }
  }
  for (std::int64_t i = 0; i < sum.rows(); ++i) {
    for (int to = 0; to < 20; ++to) sum.row(i)[to] += bias[to];
  }
  expect_near(attention, sum, kRounding, "heads");
}

// A Llama adds no positions to its embeddings: rows of one token are one row, wherever it stands.
TEST(FirstStateTest, OfALlamaDependsOnItsTokenAlone) {
  const Pass pass("llama_gqa");
  const text::TokenBatch texts = pass.texts();
  const Matrix state = pass.values("hidden[0]");
  std::map<std::int32_t, std::vector<float>> rows;
  for (std::int64_t i = 0; i < state.rows(); ++i) {
    const std::vector<float> row(state.row(i).begin(), state.row(i).end());
    EXPECT_EQ(rows.emplace(texts.ids[i], row).first->second, row) << "token " << i;
  }
  EXPECT_LT(rows.size(), texts.ids.size());
  EXPECT_GT(rows.size(), 10u);
}

// DeBERTa knows distances alone: a text gives the same bits wherever it stands in a block. (There are no pads
// to shift it in: PaddingTest and PaddedTest say which may be asked for.)
TEST(ShiftTest, ATextOfDebertaGivesTheSameWhereverItStands) {
  const Pass pass("deberta_v2");
  for (std::size_t state = 0; state <= pass.layers(); ++state) {
    const Matrix alone = pass.values(hidden(state), pass.golden().batch({1}));
    for (const std::vector<std::int64_t>& before : {std::vector<std::int64_t>{0}, {2, 3}, {3, 0, 5}}) {
      std::vector<std::int64_t> texts = before;
      texts.push_back(1);
      texts.push_back(2);
      const text::TokenBatch batch = pass.golden().batch(texts);
      const Matrix together = pass.values(hidden(state), batch);
      const std::int64_t first = batch.offsets[before.size()];
      for (std::int64_t i = 0; i < alone.rows(); ++i) {
        for (std::int64_t j = 0; j < alone.cols(); ++j)
          ASSERT_EQ(together.row(first + i)[j], alone.row(i)[j]) << hidden(state);
      }
    }
  }
}

}  // namespace
}  // namespace sonde::capture

// Texts of causal models that begin alike: sharing the rows of their beginning, leaving later tokens out and
// running the tail on needed rows only change no bit.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "../files/scratch_folder.h"
#include "golden_model.h"
#include "sonde/capture/capture.h"
#include "sonde/core/random.h"
#include "sonde/engine/blocks.h"

namespace sonde::capture {
namespace {

// Random walks through few letters: many common beginnings, some texts twice, some the beginning of others.
text::TokenBatch texts_that_begin_alike(std::int32_t first_id) {
  const RandomStream stream(6, "prompts");
  text::TokenBatch batch;
  for (std::int64_t i = 0; i < 120; ++i) {
    const auto length = 1 + static_cast<std::int64_t>(stream.below(9, i));
    for (std::int64_t t = 0; t < length; ++t)
      batch.ids.push_back(first_id +
                          static_cast<std::int32_t>(stream.below(t < 3 ? 2 : 3, 1000 + 16 * i + t)));
    batch.offsets.push_back(static_cast<std::int64_t>(batch.ids.size()));
    batch.full_length.push_back(static_cast<std::int32_t>(length));
    batch.targets.push_back(static_cast<std::int64_t>(stream.below(length, 900000 + i)));
    for (std::int64_t t = 0; t < length; ++t) batch.special.push_back(t == 0 && length > 1 ? 1 : 0);
  }
  return batch;
}

class PrefixTest : public ::testing::TestWithParam<std::string> {
 protected:
  PrefixTest() : model_(std::filesystem::path(SONDE_TEST_DATA) / "models" / GetParam()) {}

  std::vector<Address> resolved(const std::vector<std::string>& asked) const {
    return resolve(model_.graph(), asked).addresses;
  }

  void expect_same_bits(const std::vector<Address>& addresses, const std::string& pooling,
                        kernels::GemmPrecision precision = kernels::GemmPrecision::float32) const {
    const Capture capture(model_, addresses, {}, precision);
    const std::vector<Activations> apart =
        capture.run(batch_, pooling, {}, {.prefixes = engine::Prefixes::apart});
    for (const std::int64_t block : {1, 7, 60, 100000}) {
      for (const int threads : {1, 3}) {
        const std::vector<Activations> shared = capture.run(
            batch_, pooling, {.threads = threads}, {.block_tokens = block, .shared_block_tokens = block});
        for (std::size_t i = 0; i < apart.size(); ++i) {
          const std::int64_t count = apart[i].values.rows() * apart[i].values.cols();
          ASSERT_EQ(apart[i].offsets, shared[i].offsets);
          ASSERT_TRUE(
              std::equal(apart[i].values.data(), apart[i].values.data() + count, shared[i].values.data()))
              << apart[i].at << " " << pooling << " in blocks of " << block << " on " << threads
              << " threads";
        }
      }
    }
  }

  LanguageModel model_;
  text::TokenBatch batch_ = texts_that_begin_alike(5);
};

TEST_P(PrefixTest, BeginningsAreShared) {
  const std::vector<Address> all = resolved({"hidden[*]"});
  const graph::Schedule schedule = Capture(model_, all, {}).schedule();
  const engine::RunPlan plan =
      engine::plan_run(model_.graph(), schedule, {batch_.ids, batch_.offsets}, {}, 1);
  EXPECT_LT(plan.most_rows(), static_cast<std::int64_t>(batch_.ids.size()) / 2);
}

TEST_P(PrefixTest, SharingChangesNoBit) {
  for (const char* pooling : {"mean", "max", "none", "first", "last", "target", "token:0"})
    expect_same_bits(resolved({"hidden[*]", "**"}), pooling);
}

TEST_P(PrefixTest, NorWithProductsInBfloat16) {
  for (const char* pooling : {"mean", "last"})
    expect_same_bits(resolved({"hidden[*]"}), pooling, kernels::GemmPrecision::bfloat16);
}

TEST_P(PrefixTest, ARowIsTheSameWhicheverRowsAreAskedForBesideIt) {
  const std::vector<Address> all = resolved({"hidden[*]", "**"});
  const Capture capture(model_, all, {});
  const std::vector<Activations> every = capture.run(batch_, "none", {});
  for (const std::string pooling : {"first", "last", "target"}) {
    const std::vector<Activations> one = capture.run(batch_, pooling, {});
    for (std::size_t i = 0; i < all.size(); ++i) {
      for (std::int64_t text = 0; text < batch_.size(); ++text) {
        const std::int64_t token = pooling == "first"  ? 0
                                   : pooling == "last" ? batch_.length(text) - 1
                                                       : batch_.targets[text];
        ASSERT_TRUE(
            std::ranges::equal(one[i].values.row(text), every[i].values.row(batch_.offsets[text] + token)))
            << all[i].name << " " << pooling;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Models, PrefixTest,
                         ::testing::Values("gpt2", "llama_gqa", "llama3_rope", "mistral", "gemma2", "opt",
                                           "gpt_neox"),
                         [](const auto& model) { return model.param; });

// Encoders leave rows out too, behind the last attention.
TEST(NeededRowsTest, AnEncodersRowIsTheSameWhicheverRowsAreAskedForBesideIt) {
  for (const char* name : {"bert", "deberta_v2", "modernbert", "roberta"}) {
    const testing::GoldenModel golden(name);
    const LanguageModel model(golden.folder());
    text::TokenBatch batch = golden.batch(golden.all_texts());
    for (std::int64_t i = 0; i < batch.size(); ++i) batch.targets.push_back(batch.length(i) / 2);
    const std::vector<std::string> asked = {"hidden[*]"};
    const Capture capture(model, resolve(model.graph(), asked).addresses, {});
    const std::vector<Activations> every = capture.run(batch, "none", {}),
                                   one = capture.run(batch, "target", {});
    for (std::size_t i = 0; i < one.size(); ++i) {
      for (std::int64_t text = 0; text < batch.size(); ++text) {
        EXPECT_TRUE(std::ranges::equal(one[i].values.row(text),
                                       every[i].values.row(batch.offsets[text] + batch.targets[text])))
            << name << " " << one[i].at;
      }
    }
  }
}

TEST(NeededRowsTest, ATextWithoutATargetIsRefused) {
  const testing::GoldenModel golden("gpt2");
  const LanguageModel model(golden.folder());
  const std::vector<std::string> asked = {"hidden[0]"};
  const Capture capture(model, resolve(model.graph(), asked).addresses, {});
  EXPECT_EQ(files::error_of([&] { capture.run(golden.batch({0, 1}), "target", {}); }).code(),
            ErrorCode::usage);
}

}  // namespace
}  // namespace sonde::capture

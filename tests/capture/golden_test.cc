// Every address of many tiny models against what transformers computed, every pooling against numpy, and the
// promise that no cutting, ordering, threading or company changes a bit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include "golden_model.h"
#include "sonde/capture/capture.h"

namespace sonde::capture {
namespace {

using sonde::testing::GoldenModel;

// Largest difference relative to the largest magnitude: the measure PERFORMANCE-style agreement is stated in.
double relative_difference(std::span<const float> got, std::span<const float> expected) {
  double difference = 0, size = 1e-12;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    difference = std::max(difference, std::abs(static_cast<double>(got[i]) - expected[i]));
    size = std::max(size, std::abs(static_cast<double>(expected[i])));
  }
  return difference / size;
}

std::span<const float> flat(const Activations& a) {
  return {a.values.data(), static_cast<std::size_t>(a.values.rows() * a.values.cols())};
}

class GoldenTest : public ::testing::TestWithParam<std::string> {
 protected:
  GoldenTest() : golden_(GetParam()), model_(golden_.folder()) {}

  std::vector<Activations> capture(const std::vector<Address>& addresses, const text::TokenBatch& batch,
                                   std::string_view pooling, int threads = 1,
                                   std::int64_t block_tokens = 768) {
    const RunContext context{.threads = threads};
    return Capture(model_, addresses, context).run(batch, pooling, context, {.block_tokens = block_tokens});
  }

  GoldenModel golden_;
  LanguageModel model_;
};

TEST_P(GoldenTest, EveryCheckpointKeyIsUsedOrIgnored) {
  EXPECT_THAT(model_.binding().missing, ::testing::IsEmpty());
  EXPECT_THAT(model_.binding().unused, ::testing::IsEmpty());
}

TEST_P(GoldenTest, EveryAddressAgreesWithTransformers) {
  const text::TokenBatch batch = golden_.batch(golden_.all_texts());
  const std::vector<Address> addresses = all_addresses(model_.graph());
  const std::vector<Activations> captured = capture(addresses, batch, "none");
  std::set<std::string> seen;
  for (std::size_t i = 0; i < captured.size(); ++i) {
    const nlohmann::json& expected = golden_.record()["addresses"];
    // The reference names modules with their port; ".output" may also be the end of a module's own name.
    auto entry = expected.find(captured[i].at + ".output");
    if (entry == expected.end()) entry = expected.find(captured[i].at);
    ASSERT_NE(entry, expected.end()) << captured[i].at << " is no address of the reference";
    seen.insert(entry.key());
    ASSERT_TRUE(entry->contains("tensor")) << captured[i].at;
    const std::vector<float> values = golden_.values((*entry)["tensor"]);
    ASSERT_EQ(values.size(), flat(captured[i]).size()) << captured[i].at;
    // float64_gap, transformers' own rounding at these sizes, is below 4e-6.
    EXPECT_LT(relative_difference(flat(captured[i]), values), 1e-5) << captured[i].at;
  }
  for (const auto& [name, entry] : golden_.record()["addresses"].items()) {
    if (entry["kind"] == "other") continue;
    EXPECT_TRUE(seen.contains(name)) << name << " of the reference is missing here";
  }
}

TEST_P(GoldenTest, EveryPoolingAgreesWithNumpy) {
  for (const nlohmann::json& entry : golden_.record()["poolings"]) {
    const std::string at = entry["at"], tokens = entry["tokens"];
    const text::TokenBatch batch = golden_.batch(entry["sequences"]);
    const std::vector<std::string> asked = {at};
    const std::vector<Activations> captured =
        capture(resolve(model_.graph(), asked).addresses, batch, tokens);
    ASSERT_EQ(captured.size(), 1u);
    EXPECT_EQ(captured[0].values.rows(), batch.size());
    EXPECT_LT(relative_difference(flat(captured[0]), golden_.values(entry["tensor"])), 1e-5)
        << at << " " << tokens;
  }
}

TEST_P(GoldenTest, BlockSizeOrderAndThreadsChangeNoBit) {
  const std::vector<Address> addresses = all_addresses(model_.graph());
  std::vector<std::int64_t> texts = golden_.all_texts();
  const std::vector<Activations> base = capture(addresses, golden_.batch(texts), "none");
  for (const std::int64_t block_tokens : {1, 7, 20, 10000}) {
    for (const int threads : {1, 2, 5}) {
      const std::vector<Activations> other =
          capture(addresses, golden_.batch(texts), "none", threads, block_tokens);
      for (std::size_t i = 0; i < base.size(); ++i) {
        EXPECT_TRUE(std::ranges::equal(flat(base[i]), flat(other[i])))
            << base[i].at << " with blocks of " << block_tokens << " on " << threads << " threads";
      }
    }
  }
  const std::vector<Address> modules =
      resolve(model_.graph(), std::vector<std::string>{"hidden[*],**"}).addresses;
  const std::vector<std::int64_t> reversed(texts.rbegin(), texts.rend());
  const std::vector<Activations> other = capture(modules, golden_.batch(reversed), "max");
  const std::vector<Activations> first = capture(modules, golden_.batch(texts), "max");
  for (std::size_t i = 0; i < first.size(); ++i) {
    for (std::int64_t t = 0; t < first[i].values.rows(); ++t) {
      EXPECT_TRUE(
          std::ranges::equal(first[i].values.row(t), other[i].values.row(first[i].values.rows() - 1 - t)));
    }
  }
}

TEST_P(GoldenTest, AnAddressHasTheSameBitsWhateverElseIsAskedFor) {
  const text::TokenBatch batch = golden_.batch(golden_.all_texts());
  const std::vector<Address> addresses = all_addresses(model_.graph());
  const std::vector<Activations> together = capture(addresses, batch, "none");
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const std::vector<Activations> alone = capture({addresses[i]}, batch, "none");
    EXPECT_TRUE(std::ranges::equal(flat(alone[0]), flat(together[i]))) << addresses[i].name;
  }
}

// ‖a − b‖ / ‖b‖
double relative_distance(std::span<const float> a, std::span<const float> b) {
  double apart = 0, size = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double difference = static_cast<double>(a[i]) - b[i];
    apart += difference * difference;
    size += static_cast<double>(b[i]) * b[i];
  }
  return std::sqrt(apart / size);
}

// Products of bfloat16 numbers: each factor is off by at most one part in 512, at random, so that a layer's
// half dozen products in a row leave about one part in 200, and the layers of these models, six at most, add
// up like a walk of such steps. What matters is that nothing else changed, and that a row still depends on no
// other.
TEST_P(GoldenTest, Bfloat16ProductsAreNearAndARowStaysItsOwn) {
  const text::TokenBatch batch = golden_.batch(golden_.all_texts());
  const std::vector<Address> states =
      resolve(model_.graph(), std::vector<std::string>{"hidden[*]"}).addresses;
  const std::vector<Activations> exact = capture(states, batch, "none");
  const RunContext alone{.threads = 1}, many{.threads = 3};
  const auto bfloat16 = kernels::GemmPrecision::bfloat16;
  const std::vector<Activations> whole =
      Capture(model_, states, alone, bfloat16).run(batch, "none", alone, {.block_tokens = 10000});
  const std::vector<Activations> pieces =
      Capture(model_, states, many, bfloat16).run(batch, "none", many, {.block_tokens = 7});
  for (std::size_t i = 0; i < states.size(); ++i) {
    EXPECT_LT(relative_distance(flat(whole[i]), flat(exact[i])), 0.03) << states[i].name;
    EXPECT_TRUE(std::ranges::equal(flat(whole[i]), flat(pieces[i]))) << states[i].name;
  }
  EXPECT_FALSE(std::ranges::equal(flat(whole.back()), flat(exact.back())));
}

// A text's states keep their bits when it goes on, in a causal model; in any other they change.
TEST_P(GoldenTest, LaterTokensChangeNoBitOfACausalModel) {
  text::TokenBatch whole = golden_.batch({2}), part = whole;
  ASSERT_GT(whole.ids.size(), 5u);
  part.ids.resize(5);
  part.special.resize(5);
  part.offsets.back() = 5;
  const std::vector<Address> last = resolve(model_.graph(), std::vector<std::string>{"hidden[-1]"}).addresses;
  const std::vector<Activations> of_whole = capture(last, whole, "none"),
                                 of_part = capture(last, part, "none");
  const std::span<const float> short_text = flat(of_part[0]);
  const std::span<const float> long_text = flat(of_whole[0]).first(short_text.size());
  EXPECT_EQ(std::ranges::equal(long_text, short_text), model_.graph().is_causal());
}

TEST_P(GoldenTest, NothingPastTheDeepestAddressIsComputed) {
  std::size_t before = 0;
  for (std::size_t i = 0; i < model_.graph().hidden_states.size(); ++i) {
    const std::vector<graph::ValueId> wanted = {model_.graph().hidden_states[i]};
    const std::size_t nodes = graph::slice(model_.graph(), wanted).size();
    EXPECT_GT(nodes, before);
    before = nodes;
  }
  EXPECT_LE(before, model_.graph().nodes.size());
}

std::vector<std::string> golden_models() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(SONDE_TEST_DATA) + "/models")) {
    if (std::filesystem::exists(entry.path() / "golden.json")) names.push_back(entry.path().filename());
  }
  std::ranges::sort(names);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Models, GoldenTest, ::testing::ValuesIn(golden_models()),
                         [](const auto& model) { return model.param; });

}  // namespace
}  // namespace sonde::capture

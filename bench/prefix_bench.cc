// Times the forward pass over prompts "a + b" of a causal model with and without sharing what they begin
// with, on the same weights, and compares the bits. Every hidden state at the last token.
//
//   prefix_bench MODEL PROMPTS THREADS [bfloat16]
#include <fmt/core.h>

#include <chrono>
#include <cstring>
#include <ctime>

#include "sonde/capture/capture.h"
#include "sonde/core/random.h"
#include "sonde/engine/blocks.h"

namespace {

using namespace sonde;
using Clock = std::chrono::steady_clock;

// Draws pairs whose sum stays below 1,000, as the number probes of arXiv 2506.08966 have them.
std::vector<std::string> prompts(std::int64_t count) {
  const RandomStream stream(0, "pairs");
  std::vector<std::string> texts;
  for (std::uint64_t draw = 0; static_cast<std::int64_t>(texts.size()) < count; draw += 2) {
    const std::uint64_t a = stream.below(1000, draw), b = stream.below(1000, draw + 1);
    if (a + b < 1000) texts.push_back(fmt::format("{} + {}", a, b));
  }
  return texts;
}

struct Timed {
  std::vector<capture::Activations> rows;
  double seconds = 0, cpu_seconds = 0;
};

Timed run(const capture::Capture& capture, const text::TokenBatch& batch, const RunContext& context,
          engine::Prefixes prefixes) {
  const auto start = Clock::now();
  const std::clock_t cpu = std::clock();
  Timed timed{capture.run(batch, "last", context, {.prefixes = prefixes})};
  timed.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  timed.cpu_seconds = static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC;
  return timed;
}

bool same_bits(const Timed& a, const Timed& b) {
  for (std::size_t i = 0; i < a.rows.size(); ++i) {
    const Matrix &x = a.rows[i].values, &y = b.rows[i].values;
    if (std::memcmp(x.data(), y.data(), sizeof(float) * x.rows() * x.cols()) != 0) return false;
  }
  return true;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 4) return fmt::print(stderr, "usage: prefix_bench MODEL PROMPTS THREADS [bfloat16]\n"), 2;
  const RunContext context{.threads = std::stoi(arguments[3])};
  const bool rounded = count > 4 && std::string_view(arguments[4]) == "bfloat16";
  const capture::LanguageModel model(arguments[1]);
  const std::vector<std::string> texts = prompts(std::stoll(arguments[2]));
  const text::TokenBatch batch =
      model.open_tokenizer().encode(std::vector<std::string_view>(texts.begin(), texts.end()), {}, context);
  const std::vector<std::string> states = {"hidden[*]"};
  const capture::Capture capture(
      model, capture::resolve(model.graph(), states).addresses, context,
      rounded ? kernels::GemmPrecision::bfloat16 : kernels::GemmPrecision::float32);
  const engine::RunPlan plan =
      engine::plan_run(model.graph(), capture.schedule(), {batch.ids, batch.offsets}, {}, context.threads);
  std::int64_t rows = 0, nodes = 0;
  for (const engine::Block& block : plan.blocks) rows += block.rows;
  for (const engine::PlacedText& placed : plan.order) nodes += placed.tokens - placed.shared;
  fmt::print("{} prompts, {} tokens, {} nodes of the trie, {} rows computed in {} blocks\n", texts.size(),
             batch.ids.size(), nodes, rows, plan.blocks.size());
  run(capture, batch.pick(std::vector<std::int64_t>{0, 1, 2}), context, engine::Prefixes::apart);
  const Timed apart = run(capture, batch, context, engine::Prefixes::apart);
  const Timed shared = run(capture, batch, context, engine::Prefixes::automatic);
  fmt::print(
      "apart {:.2f} s, shared {:.2f} s: {:.2f} times; of CPU {:.2f} and {:.2f} s: {:.2f} times; bits {}\n",
      apart.seconds, shared.seconds, apart.seconds / shared.seconds, apart.cpu_seconds, shared.cpu_seconds,
      apart.cpu_seconds / shared.cpu_seconds, same_bits(apart, shared) ? "equal" : "DIFFER");
}

// Prints what a probe would read: one mean-pooled vector per text and hidden state, all from one pass.
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "sonde/capture/capture.h"

int main(int argc, char** argv) {
  if (argc != 2) return std::cerr << "usage: hidden_states MODEL_FOLDER\n", 2;
  const sonde::RunContext context{.threads = 2};
  const sonde::capture::LanguageModel model(argv[1]);  // weights are mapped, not read
  const sonde::text::Tokenizer tokenizer = model.open_tokenizer();

  const std::vector<std::string_view> texts = {"A quiet triumph.", "A loud mess."};
  const sonde::text::TokenBatch batch =
      tokenizer.encode(texts, {.max_length = model.max_length(0, tokenizer)}, context);

  const std::vector<std::string> addresses = {"hidden[*]"};  // or module paths, patterns, ranges
  const sonde::capture::Resolution resolved = sonde::capture::resolve(model.graph(), addresses);
  const sonde::capture::Capture capture(model, resolved.addresses, context);
  for (const sonde::capture::Activations& state : capture.run(batch, "mean", context)) {
    std::cout << state.at << "  [" << state.values.rows() << ", " << state.values.cols() << "]  "
              << state.values.row(0)[0] << "\n";
  }
}

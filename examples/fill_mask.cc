// Fills the [MASK] of a text: the masked-LM head captured at one token, its highest logits as words.
#include <algorithm>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "sonde/capture/capture.h"

int main(int argc, char** argv) {
  if (argc != 3) return std::cerr << "usage: fill_mask BERT_FOLDER 'The capital of France is [MASK].'\n", 2;
  const sonde::RunContext context;
  const sonde::capture::LanguageModel model(argv[1]);
  const sonde::text::Tokenizer tokenizer = model.open_tokenizer();

  const std::vector<sonde::text::TokenPiece> pieces = tokenizer.pieces(argv[2]);
  const auto mask = std::ranges::find(pieces, "[MASK]", &sonde::text::TokenPiece::token);
  if (mask == pieces.end()) return std::cerr << "fill_mask: the text has no [MASK]\n", 2;
  const std::string pooling = "token:" + std::to_string(mask - pieces.begin());

  const std::vector<std::string> head = {"cls.predictions"};  // logits, [v] for each token
  const sonde::capture::Capture capture(model, sonde::capture::resolve(model.graph(), head).addresses,
                                        context);
  const std::vector<std::string_view> texts = {argv[2]};
  const sonde::text::TokenBatch batch = tokenizer.encode(texts, {}, context);
  const std::vector<sonde::capture::Activations> activations = capture.run(batch, pooling, context);

  const auto logits = activations.front().values.row(0);
  std::vector<std::int32_t> ids(logits.size());
  for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<std::int32_t>(i);
  std::ranges::partial_sort(ids, ids.begin() + 5, std::greater{},
                            [&](std::int32_t id) { return logits[id]; });
  for (const std::int32_t id : std::vector(ids.begin(), ids.begin() + 5))
    std::cout << tokenizer.decode(std::vector{id}) << "  " << logits[id] << "\n";
}

#include "sonde/study/number_source.h"

#include <fmt/core.h>

#include "sonde/files/digest.h"

namespace sonde::study {

SourcedExamples NumberSource::read(const text::Tokenizer&, const RunContext&) {
  return {.examples = data::number_pairs(options_), .warnings = {}};
}

DataSpec NumberSource::described() const {
  DataSpec spec = spec_;
  spec.file = fmt::format("{} for {} to {}, sums below {}", options_.text, options_.low, options_.high,
                          options_.sum_below);
  spec.text = options_.text;
  spec.label = options_.target;
  if (spec.row_noun.empty()) spec.row_noun = "pair";
  return spec;
}

// The options decide every example.
std::string NumberSource::digest() const {
  files::Sha256 digest;
  const std::string text = options_to_json(options_).dump();
  digest.update(std::as_bytes(std::span(text)));
  return digest.hex();
}

}  // namespace sonde::study

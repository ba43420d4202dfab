// Examples that a study generates: pairs of whole numbers.
#pragma once

#include "sonde/data/number_pairs.h"
#include "sonde/study/example_source.h"

namespace sonde::study {

/// Number pairs as a source; it opens no file.
class NumberSource : public ExampleSource {
 public:
  NumberSource(data::NumberPairOptions options, DataSpec spec)
      : options_(std::move(options)), spec_(std::move(spec)) {}

  /// Make the pairs. Errors: as data::number_pairs.
  SourcedExamples read(const text::Tokenizer& tokenizer, const RunContext& context) override;
  DataSpec resolved() const override { return spec_; }
  DataSpec described() const override;
  std::string digest() const override;

 private:
  data::NumberPairOptions options_;
  DataSpec spec_;
};

}  // namespace sonde::study

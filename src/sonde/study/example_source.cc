#include "sonde/study/example_source.h"

#include "sonde/study/number_source.h"
#include "sonde/study/occurrence_source.h"
#include "sonde/study/table_source.h"

namespace sonde::study {

text::TokenBatch ExampleSource::tokens(const ChosenRows& rows, const Encoding& encoding,
                                       const RunContext& context) const {
  return encoding.tokenizer->encode(rows.texts, {.max_length = encoding.max_length}, context);
}

std::unique_ptr<ExampleSource> open_source(const Study& study, const hub::Settings& hub,
                                           const RunContext& context) {
  if (study.numbers) return std::make_unique<NumberSource>(*study.numbers, study.data);
  if (study.occurrences)
    return std::make_unique<OccurrenceSource>(*study.occurrences, study.data, hub, context);
  const std::string split_column = study.split.method == "column" ? study.split.column : "";
  return std::make_unique<TableSource>(study.data, split_column, hub, context);
}

}  // namespace sonde::study

// Fills the parts of a result that say what was read: model, data, tokens, split, leaks.
#pragma once

#include <span>
#include <string>

#include "sonde/capture/language_model.h"
#include "sonde/result/result.h"
#include "sonde/study/division.h"
#include "sonde/study/spec.h"
#include "sonde/text/token_batch.h"

namespace sonde::study {

/// Describe a model from its graph.
result::Model describe_model(const capture::LanguageModel& model, const ModelSpec& spec);

/// Describe examples, their classes per part and their numbers.
result::Data describe_data(const DataSpec& spec, const DividedExamples& divided);

/// Add token counts, truncation and the warning that follows from it.
void describe_tokens(const text::TokenBatch& batch, std::int64_t max_length, result::Result& result);

/// Warn of texts that were cut, if any were.
void warn_of_truncation(std::int64_t truncated, std::int64_t texts, std::int64_t max_length,
                        std::vector<result::Warning>& warnings);

/// Warn of tensors of the checkpoint that the model has no use for, if there are any; many in one sentence.
void warn_of_unused_weights(const capture::LanguageModel& model, std::vector<result::Warning>& warnings);

/// Count the texts of a batch that were cut.
std::int64_t truncated_texts(const text::TokenBatch& batch);

/// List the rows of the data in each part, in the order of the layout.
result::PartRows rows_of_parts(const DividedExamples& divided);

/// Describe the split.
result::Split describe_split(const DataSpec& spec, const DividedExamples& divided);

/// List every check of the leak guard, found or clean, with a warning for each finding.
void describe_leaks(const DividedExamples& divided, const std::string& policy, result::Result& result);

/// Give the versions of the program and of what computed, by name.
std::vector<std::pair<std::string, std::string>> versions(
    kernels::GemmPrecision precision = kernels::GemmPrecision::float32);

}  // namespace sonde::study

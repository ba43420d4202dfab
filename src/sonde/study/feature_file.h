// Reads stored features: which tensors of a file hold what, its labels, groups and parts, and the rows of the
// tensors in the order that a study wants them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sonde/core/matrix.h"
#include "sonde/data/examples.h"
#include "sonde/files/tensor_file.h"
#include "sonde/study/features.h"

namespace sonde::study {

/// The rows of one tensor. Shapes: values [n, d], [n, prompts · d] or [sum of tokens, d]; offsets [n + 1] of
/// token rows, else empty.
struct StoredFeatures {
  std::string name;
  Matrix values;
  std::int64_t prompts = 1;
  std::vector<std::int64_t> offsets;
};

/// An open file of features.
class FeatureFile {
 public:
  /// Errors: input for a file that cannot be read, or `offsets` that are no offsets.
  explicit FeatureFile(const FeaturesSpec& request);

  /// Read labels, groups and parts. Integer labels are classes, floating-point ones are targets.
  /// Errors: input when a tensor is missing, misshapen or holds what it may not (row named).
  data::Examples examples(const FeaturesSpec& request) const;

  bool has(const std::string& name) const { return file_->find(name) != nullptr; }
  /// Tell whether the file holds token rows.
  bool has_tokens() const { return !offsets_.empty(); }
  /// Count the examples: labels, else texts of token rows, else rows of the first matrix that was asked for.
  std::int64_t rows(const FeaturesSpec& request) const;
  /// Give the texts of an example's tokens; empty where the file does not hold them.
  /// Errors: input for a list of another length.
  std::vector<std::string> token_texts(std::int64_t example) const;

  /// Read the tensors of features that the request chooses, in the order of `order` [n]; all when it names
  /// none. Errors: input for a value that is not finite (tensor and row named) or when no tensor is chosen.
  std::vector<StoredFeatures> features(const FeaturesSpec& request,
                                       const std::vector<std::int64_t>& order) const;

 private:
  // The matrices and contrast sets that are asked for, in the order of the file.
  std::vector<const files::TensorInfo*> chosen(const FeaturesSpec& request) const;

  std::shared_ptr<const files::TensorFile> file_;
  std::vector<std::int64_t> offsets_;  // [n + 1] of token rows; empty where the file has none
};

}  // namespace sonde::study

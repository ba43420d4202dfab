// Reads the goldens of tests/data/models: what transformers computed for tiny random models, at every
// address.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sonde/files/convert.h"
#include "sonde/files/tensor_file.h"
#include "sonde/text/token_batch.h"

namespace sonde::testing {

/// A model folder with its golden.
class GoldenModel {
 public:
  explicit GoldenModel(const std::string& name)
      : folder_(std::filesystem::path(SONDE_TEST_DATA) / "models" / name) {
    std::ifstream stream(folder_ / "golden.json");
    record_ = nlohmann::json::parse(stream);
    tensors_ = files::open_tensors(folder_ / "golden.safetensors");
  }

  const std::filesystem::path& folder() const { return folder_; }
  const nlohmann::json& record() const { return record_; }
  std::vector<float> values(const std::string& tensor) const { return files::to_float(tensors_->at(tensor)); }

  /// Pack the recorded token ids of some texts.
  text::TokenBatch batch(const std::vector<std::int64_t>& texts) const {
    text::TokenBatch batch;
    for (const std::int64_t i : texts) {
      const nlohmann::json& sequence = record_["sequences"][i];
      for (const auto& id : sequence["ids"]) batch.ids.push_back(id);
      for (const auto& special : sequence["special"]) batch.special.push_back(special.get<int>());
      batch.offsets.push_back(static_cast<std::int64_t>(batch.ids.size()));
      batch.full_length.push_back(
          sequence.value("untruncated_length", static_cast<int>(sequence["ids"].size())));
    }
    return batch;
  }

  std::vector<std::int64_t> all_texts() const {
    std::vector<std::int64_t> texts(record_["sequences"].size());
    for (std::size_t i = 0; i < texts.size(); ++i) texts[i] = static_cast<std::int64_t>(i);
    return texts;
  }

 private:
  std::filesystem::path folder_;
  nlohmann::json record_;
  std::shared_ptr<const files::TensorFile> tensors_;
};

}  // namespace sonde::testing

#include "sonde/study/probe_file.h"

#include "sonde/files/convert.h"
#include "sonde/files/safetensors_writer.h"
#include "sonde/files/tensor_file.h"

namespace sonde::study {

void write_probe(const std::filesystem::path& path, const probes::SavedProbe& probe) {
  std::vector<files::TensorInfo> tensors;
  for (const probes::NamedTensor& tensor : probe.tensors) {
    tensors.push_back(files::float_tensor(tensor.name, tensor.shape, tensor.values));
  }
  files::Metadata metadata;
  for (const auto& [key, value] : probe.metadata.items()) {
    metadata[key] = value.is_string() ? value.get<std::string>() : value.dump();
  }
  files::write_safetensors(path, tensors, metadata);
}

probes::SavedProbe read_probe(const std::filesystem::path& path) {
  const auto file = files::open_tensors(path);
  probes::SavedProbe probe;
  for (const files::TensorInfo& tensor : file->tensors()) {
    probe.tensors.push_back({tensor.name, tensor.shape, files::to_float(tensor)});
  }
  for (const auto& [key, text] : file->metadata()) {
    // Values that are no JSON are plain text.
    const nlohmann::ordered_json value = nlohmann::ordered_json::parse(text, nullptr, false);
    probe.metadata[key] = value.is_discarded() ? nlohmann::ordered_json(text) : value;
  }
  return probe;
}

}  // namespace sonde::study

// Activations to a file: one tensor per address, named by it, that Python reads without any of our code.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sonde/core/run_context.h"
#include "sonde/files/atomic_file.h"
#include "sonde/hub/settings.h"
#include "sonde/result/result.h"
#include "sonde/study/spec.h"

namespace sonde::study {

/// What is extracted, and where to.
struct ExtractionRequest {
  ModelSpec model;
  DataSpec data;  ///< text or ids; label and group are optional
  CaptureSpec capture;
  std::filesystem::path out;
  files::Existing existing = files::Existing::refuse;
  hub::Settings hub;  ///< where models and data come from that are on a hub
};

/// A tensor that was written.
struct WrittenTensor {
  std::string name;
  std::vector<std::int64_t> shape;
};

/// What an extraction did.
struct ExtractionReport {
  std::vector<WrittenTensor> tensors;
  std::vector<result::Warning> warnings;
  std::int64_t texts = 0;
  std::int64_t tokens = 0;
  std::int64_t truncated = 0;
  result::Timing timing;
  double tokens_per_second = 0;
  double peak_rss_mb = 0;
};

/// Capture every address asked for in one pass and write a safetensors file: [n, d] pooled; [n, prompts, d]
/// for several templates; [sum of tokens, d] with the int64 tensor `offsets` [n + 1] for the pooling `none`;
/// attention weights [sum of h·t·t] with `<address>.offsets`; `labels` [n] when a label column is given.
/// Errors: usage, input and limit as every stage says; nothing is left behind.
ExtractionReport extract(const ExtractionRequest& request, const RunContext& context);

}  // namespace sonde::study

// Pictures of stored features, ours or foreign, as files: what `sonde project` does.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sonde/files/atomic_file.h"
#include "sonde/result/picture.h"
#include "sonde/study/features.h"
#include "sonde/study/picture.h"

namespace sonde::study {

/// What is drawn, and where to.
struct ProjectionRequest {
  FeaturesSpec features;  ///< `labels` colours the points; `at` is needed where a file has several tensors
  bool labels_given = false;  ///< labels that were asked for must be there
  PictureSpec picture;
  std::filesystem::path out;  ///< .html, .svg, .png, .csv or .npy
  files::Existing existing = files::Existing::refuse;
};

/// Draw and write. Token rows (with `offsets`) are drawn one text at a time; the other tensors row by row.
/// Errors: usage for an ending that is not known, several tensors without an address, or tokens of several
/// texts without a row; input as the file and the projection say.
result::Picture project(const ProjectionRequest& request, const RunContext& context);

}  // namespace sonde::study

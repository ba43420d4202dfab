// The pictures of a study: each entry at its addresses, of the examples that were captured or of the tokens
// of one text, which are captured for it and let go.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "sonde/capture/capture.h"
#include "sonde/result/result.h"
#include "sonde/study/picture.h"

namespace sonde::study {

/// The tokens of one text at every address that the study captured.
struct TokenStates {
  std::vector<capture::Activations> activations;
  std::vector<std::string> texts;
};

/// What a study has to draw from. Shapes: all spans [n], in the order of the activations.
struct PictureSources {
  std::span<const capture::Activations> activations;
  std::string best;  ///< address that the study chose
  std::span<const std::int64_t> rows;
  std::span<const std::string> classes;
  std::span<const std::int32_t> labels;
  std::span<const double> targets;
  std::string label;                                    ///< column
  std::function<TokenStates(std::int64_t row)> tokens;  ///< of a row of the data
};

/// Draw the pictures of a study, placed, named picture-1-pca and so on; what cannot be drawn leaves a
/// warning. Errors: as the projections say of their options.
std::vector<result::Picture> draw_pictures(std::span<const PictureSpec> placed, const PictureSources& sources,
                                           const RunContext& context, std::vector<result::Warning>& warnings);

}  // namespace sonde::study

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

/// What a study has to draw from.
struct PictureSources {
  std::string best;  ///< address that the study chose
  std::function<PictureRows(const PictureSpec& spec, const std::string& at)> examples;
  std::function<TokenStates(std::int64_t row)> tokens;  ///< of a row of the data
};

/// Give the activations of an address, which must be among them.
const capture::Activations& activations_at(std::span<const capture::Activations> all, const std::string& at);

/// Draw the pictures of a study, placed, named picture-1-pca and so on; what cannot be drawn leaves a
/// warning. Errors: as the projections say of their options.
std::vector<result::Picture> draw_pictures(std::span<const PictureSpec> placed, const PictureSources& sources,
                                           const RunContext& context, std::vector<result::Warning>& warnings);

}  // namespace sonde::study

#include "sonde/study/study_pictures.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "sonde/core/error.h"

namespace sonde::study {

const capture::Activations& activations_at(std::span<const capture::Activations> all, const std::string& at) {
  const auto found = std::ranges::find(all, at, &capture::Activations::at);
  SONDE_ASSERT(found != all.end());
  return *found;
}

std::vector<result::Picture> draw_pictures(std::span<const PictureSpec> placed, const PictureSources& sources,
                                           const RunContext& context,
                                           std::vector<result::Warning>& warnings) {
  std::vector<result::Picture> pictures;
  // Rows that cannot be drawn, such as a text of few tokens, cost the study a picture and not its numbers.
  const auto draw = [&](const PictureRows& rows, const PictureSpec& spec) {
    result::Picture picture;
    try {
      picture = draw_picture(rows, spec, context);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::input) throw;
      warnings.push_back({.code = "picture", .message = error.what()});
      return;
    }
    picture.name = fmt::format("picture-{}-{}", pictures.size() + 1, spec.how);
    pictures.push_back(std::move(picture));
  };
  std::int64_t row = 0;  // whose tokens are at hand
  TokenStates tokens;
  for (const PictureSpec& spec : placed) {
    const std::string& at = spec.at == "best" ? sources.best : spec.at;
    if (spec.of == "examples") {
      draw(sources.examples(spec, at), spec);
      continue;
    }
    if (std::exchange(row, spec.row) != spec.row) tokens = sources.tokens(spec.row);
    draw({.at = at, .x = activations_at(tokens.activations, at).values.view(), .texts = tokens.texts}, spec);
  }
  return pictures;
}

}  // namespace sonde::study

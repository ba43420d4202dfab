#include "sonde/study/study_pictures.h"

#include <fmt/core.h>

#include <utility>

#include "sonde/core/nearest.h"

namespace sonde::study {
namespace {

// The activations at the addresses that an entry means.
std::vector<const capture::Activations*> chosen(std::span<const capture::Activations> all,
                                                const std::string& at, const std::string& best) {
  std::vector<const capture::Activations*> found;
  std::vector<std::string> known = {"best", "all"};
  for (const capture::Activations& a : all) {
    known.push_back(a.at);
    if (at == "all" || a.at == (at == "best" ? best : at)) found.push_back(&a);
  }
  if (!found.empty()) return found;
  throw Error(ErrorCode::usage, {.where = "[[pictures]] at",
                                 .what = fmt::format("'{}' was not captured", at),
                                 .hint = did_you_mean(at, known)});
}

PictureRows rows_of_examples(const capture::Activations& a, const PictureSources& sources) {
  if (!a.offsets.empty()) {
    throw Error(ErrorCode::usage, {.where = "[[pictures]] of",
                                   .what = "a picture of examples needs one vector per text",
                                   .hint = "of = \"tokens\" and a row, or a pooling such as mean"});
  }
  return {.at = a.at,
          .x = a.values.view(),
          .rows = sources.rows,
          .classes = sources.classes,
          .labels = sources.labels,
          .values = sources.targets,
          .colored_by = sources.label};
}

}  // namespace

std::vector<result::Picture> draw_pictures(std::span<const PictureSpec> specs, const PictureSources& sources,
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
  for (const PictureSpec& spec : specs) {
    if (spec.of == "examples") {
      for (const capture::Activations* a : chosen(sources.activations, spec.at, sources.best))
        draw(rows_of_examples(*a, sources), spec);
      continue;
    }
    if (std::exchange(row, spec.row) != spec.row) tokens = sources.tokens(spec.row);
    for (const capture::Activations* a : chosen(tokens.activations, spec.at, sources.best))
      draw({.at = a->at, .x = a->values.view(), .texts = tokens.texts}, spec);
  }
  return pictures;
}

}  // namespace sonde::study

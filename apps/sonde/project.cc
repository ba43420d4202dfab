// sonde project: a picture of stored features.
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <memory>

#include "sonde/command.h"
#include "sonde/projections/projection.h"
#include "sonde/report/scatter.h"
#include "sonde/study/projecting.h"
#include "sonde/study_options.h"

namespace sonde::app {
namespace {

struct Options {
  study::ProjectionRequest request;
  std::string how = "pca", color;
  std::int64_t dims = 2, row = 0, rows = study::PictureSpec().rows, seed = 0;
  OutputOptions output;
};

// Every kind with its options, as the catalogue describes them.
std::string projection_help() {
  std::string text = "\nProjections and their options, with defaults:\n";
  for (const projections::ProjectionRecord* record : projections::projection_records()) {
    text += fmt::format("  {}: {}\n", record->name, record->summary) + option_lines(record->options());
  }
  return text;
}

nlohmann::ordered_json to_json(const study::ProjectionRequest& request, const result::Picture& picture) {
  nlohmann::ordered_json body = result::to_json(picture);
  for (const char* key : {"x", "y", "z", "rows", "labels", "values", "texts"}) body.erase(key);
  body["points"] = picture.size();
  body["caption"] = report::scatter_caption(picture);
  body["out"] = request.out.string();
  return body;
}

void run(Options& options, Session& session) {
  study::ProjectionRequest& request = options.request;
  request.picture = study::parse_picture(options.how);
  request.picture.dims = options.dims;
  request.picture.rows = options.rows;
  if (options.row > 0) {
    request.picture.of = "tokens";
    request.picture.row = options.row;
  }
  request.labels_given = !options.color.empty();
  if (request.labels_given) request.features.labels = options.color;
  request.out = options.output.out;
  request.existing = options.output.force ? files::Existing::replace : files::Existing::refuse;
  const auto seed = static_cast<std::uint64_t>(options.seed);
  const result::Picture picture = study::project(request, session.context(seed));
  if (session.json()) return session.print_json(to_json(request, picture), {});
  session.print(report::scatter_caption(picture));
  session.say(fmt::format("written to {}", request.out.string()));
}

Action declare(CLI::App& app) {
  auto options = std::make_shared<Options>();
  study::FeaturesSpec& features = options->request.features;
  app.footer([] { return projection_help(); });
  app.add_option("features", features.file,
                 "safetensors file of tensors [n, d], or of token rows with `offsets`; or an .npy matrix")
      ->required();
  app.add_option("--how", options->how,
                 "pca, tsne or umap, with options as tsne:perplexity=20 (default pca)");
  app.add_option("--dims", options->dims, "dimensions (default 2)")->check(CLI::IsMember({2, 3}));
  app.add_option("--at", features.at, "address, where the file has several")->allow_extra_args(false);
  app.add_option(
      "--color-by,--label,--labels", options->color,
      "tensor with the class or the number of each row, or an .npy file (default labels, where the "
      "file has them)");
  app.add_option("--row", options->row, "token rows: the text whose tokens are drawn, from 1 on")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 53));
  app.add_option("--rows", options->rows, "most rows; of more, so many are drawn at random (default 2000)")
      ->check(CLI::Range(std::int64_t{3}, std::int64_t{1000000}));
  app.add_option("--seed", options->seed, "key of every random draw (default 0)")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 53));
  add_output_options(
      app, options->output,
      "file to write: .html (moves, stands alone), .svg, .png, or coordinates as .csv or .npy");
  return [options](Session& session) { run(*options, session); };
}

}  // namespace

extern const Command project_command;
const Command project_command = {
    "project", "draw stored features as points",
    "  sonde project states.safetensors --at 'hidden[6]' --how tsne --out states.html\n"
    "  sonde project tokens.safetensors --at 'hidden[6]' --how pca --dims 3 --row 1 --out tokens.png\n",
    declare};

}  // namespace sonde::app

// sonde extract: activations to a file.
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <memory>

#include "sonde/command.h"
#include "sonde/study/extraction.h"
#include "sonde/study_options.h"

namespace sonde::app {
namespace {

struct Options {
  study::ExtractionRequest request;
  OutputOptions output;
};

nlohmann::ordered_json to_json(const study::ExtractionRequest& request,
                               const study::ExtractionReport& report) {
  nlohmann::ordered_json tensors = nlohmann::ordered_json::array();
  for (const study::WrittenTensor& tensor : report.tensors) {
    tensors.push_back({{"name", tensor.name}, {"shape", tensor.shape}});
  }
  return {{"out", request.out.string()},
          {"tensors", tensors},
          {"texts", report.texts},
          {"tokens", report.tokens},
          {"truncated", report.truncated},
          {"timing",
           {{"load", report.timing.load},
            {"tokenize", report.timing.tokenize},
            {"forward", report.timing.forward},
            {"total", report.timing.total}}},
          {"tokens_per_second", report.tokens_per_second},
          {"peak_rss_mb", report.peak_rss_mb}};
}

void run(Options& options, Session& session) {
  options.request.hub = session.hub();
  options.request.out = options.output.out;
  options.request.existing = options.output.force ? files::Existing::replace : files::Existing::refuse;
  const study::ExtractionReport report = study::extract(options.request, session.context());
  if (session.json()) return session.print_json(to_json(options.request, report), report.warnings);
  session.warn(report.warnings);
  for (const study::WrittenTensor& tensor : report.tensors) {
    session.print(fmt::format("{:<44} [{}]", tensor.name, fmt::join(tensor.shape, ", ")));
  }
  session.say(fmt::format("{} texts, {} tokens ({} texts cut), {:.0f} tokens/s; written to {}", report.texts,
                          report.tokens, report.truncated, report.tokens_per_second, options.output.out));
}

Action declare(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("model", options->request.model.path,
                 "model folder, .gguf file, or hub id OWNER/NAME[@REVISION]")
      ->required();
  add_dtype_option(app, options->request.model);
  add_data_options(app, options->request.data);
  app.add_option("--ids", options->request.data.ids, "column with lists of token ids, in place of --text");
  app.add_option("--label", options->request.data.label,
                 "column with the label, written as the tensor `labels`");
  add_capture_options(app, options->request.capture);
  add_output_options(app, options->output, "safetensors file to write");
  return [options](Session& session) { run(*options, session); };
}

}  // namespace

extern const Command extract_command;
const Command extract_command = {
    "extract", "write activations to a safetensors file",
    "  sonde extract models/minilm --data reviews.csv --text text --label category --out states.safetensors\n"
    "  sonde extract models/gpt2 --data reviews.csv --text text --at 'h.5.mlp.act' --tokens none --out "
    "rows.safetensors\n",
    declare};

}  // namespace sonde::app

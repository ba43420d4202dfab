#include "sonde/study/extraction.h"

#include <fmt/core.h>

#include <chrono>
#include <optional>
#include <utility>

#include "sonde/capture/capture.h"
#include "sonde/files/safetensors_writer.h"
#include "sonde/hub/fetch.h"
#include "sonde/study/describe.h"
#include "sonde/study/inputs.h"
#include "sonde/study/padded_texts.h"
#include "sonde/study/process_memory.h"
#include "sonde/study/table_source.h"
#include "sonde/tables/table.h"

namespace sonde::study {
namespace {

double seconds_since(std::chrono::steady_clock::time_point& start) {
  const auto now = std::chrono::steady_clock::now();
  return std::chrono::duration<double>(now - std::exchange(start, now)).count();
}

// Token ids of a list column, as a batch without special tokens.
text::TokenBatch batch_of_ids(const DataSpec& spec, std::span<const std::string> files) {
  tables::TableRequest request{
      .path = spec.file, .format = spec.format, .integer_columns = {spec.ids}, .rows = spec.limit};
  const tables::Table table = tables::read_table(request, files);
  const tables::ListColumn& lists = table.list(spec.ids);
  text::TokenBatch batch;
  for (std::int64_t row = 0; row < lists.rows(); ++row) {
    for (const std::int64_t id : lists[row]) {
      if (!std::in_range<std::int32_t>(id)) {
        throw Error(ErrorCode::input, {.where = fmt::format("{}, row {}", spec.file, row + 1),
                                       .what = "not a token id",
                                       .got = std::to_string(id)});
      }
      batch.ids.push_back(static_cast<std::int32_t>(id));
    }
    batch.offsets.push_back(static_cast<std::int64_t>(batch.ids.size()));
    batch.full_length.push_back(static_cast<std::int32_t>(lists[row].size()));
  }
  batch.special.assign(batch.ids.size(), 0);
  return batch;
}

void check(const ExtractionRequest& request) {
  const auto require = [](bool given, const char* what, const char* hint) {
    if (!given) throw Error(ErrorCode::usage, {.where = "extract", .what = what, .hint = hint});
  };
  require(!request.data.file.empty(), "no data given", "name a table with --data");
  require(text_column(request.data).empty() != request.data.ids.empty(),
          "give either a text column or an ids column", "use --text COLUMN or --ids COLUMN");
  require(request.data.test_file.empty(), "one table at a time", "leave the table for tests out");
  require(!request.out.empty(), "no output file given", "name it with --out FILE.safetensors");
  require(request.data.ids.empty() || request.data.label.empty(), "labels go with a text column",
          "leave --label out with --ids");
  if (request.out.extension() != ".safetensors") {
    throw Error(ErrorCode::usage, {.where = request.out.string(),
                                   .what = "the output is a safetensors file",
                                   .expected = "a name that ends in .safetensors"});
  }
  const bool every_token = capture::make_pooling(request.capture.tokens)->keeps_every_token();
  require(!every_token || request.data.templates.size() < 2,
          "prompts of a contrast set need one vector each, and the pooling none keeps all of their tokens",
          "choose a pooling such as mean or last");
  padding_of(request.capture);
}

// What is run: rows of a table, or token ids.
struct Inputs {
  std::optional<TableSource> source;
  std::vector<std::string> files;
  data::Examples examples;
  text::TokenBatch batch;
  std::string tokenizer_digest, data_digest;

  std::int64_t prompts() const { return source ? source->prompts() : 1; }
};

Inputs open_inputs(const ExtractionRequest& request, const RunContext& context, ExtractionReport& report) {
  Inputs inputs;
  if (request.data.ids.empty()) {
    inputs.source.emplace(request.data, "", request.hub, context);
    SourcedExamples made = inputs.source->read();
    inputs.examples = std::move(made.examples);
    inputs.data_digest = inputs.source->digest();
    report.warnings = std::move(made.warnings);
    return inputs;
  }
  const hub::DataLocation data =
      hub::locate_data(request.data.file, request.data.revision, request.hub, context);
  if (!data.note.empty()) report.warnings.push_back({.code = "hub", .message = data.note});
  inputs.files = data.files;
  inputs.data_digest = digest_of(data.files);
  return inputs;
}

// Gives the most tokens of a text.
std::int64_t tokenize(const ExtractionRequest& request, const capture::LanguageModel& model,
                      const RunContext& context, Inputs& inputs) {
  if (!inputs.source) {
    inputs.batch = batch_of_ids(request.data, inputs.files);
    return 0;
  }
  const text::Tokenizer tokenizer = model.open_tokenizer();
  inputs.tokenizer_digest = tokenizer.description().digest;
  const std::vector<std::string_view> texts(inputs.examples.texts.begin(), inputs.examples.texts.end());
  const std::int64_t max_length = max_length_of(request.capture, model, tokenizer);
  inputs.batch = inputs.source->tokens({texts, inputs.examples.places}, {&tokenizer, max_length}, context);
  return max_length;
}

// Tensors to write; the vectors keep what the views point at.
struct Tensors {
  std::vector<files::TensorInfo> infos;
  std::vector<std::int64_t> labels;
};

Tensors tensors_of(const std::vector<capture::Activations>& activations, const Inputs& inputs) {
  const data::Examples& examples = inputs.examples;
  Tensors tensors;
  bool offsets_written = false;
  for (const capture::Activations& a : activations) {
    const bool flat = !a.offsets.empty() && a.values.cols() == 1;
    if (flat) {
      tensors.infos.push_back(
          files::float_tensor(a.at, {a.values.rows()}, {a.values.data(), std::size_t(a.values.rows())}));
      tensors.infos.push_back(
          files::integer_tensor(a.at + ".offsets", {std::int64_t(a.offsets.size())}, a.offsets));
      continue;
    }
    if (inputs.prompts() > 1) {
      tensors.infos.push_back(
          files::float_tensor(a.at, {examples.size(), inputs.prompts(), a.values.cols()},
                              {a.values.data(), std::size_t(a.values.rows() * a.values.cols())}));
      continue;
    }
    tensors.infos.push_back(files::matrix_tensor(a.at, a.values.view()));
    if (a.offsets.empty() || std::exchange(offsets_written, true)) continue;
    tensors.infos.push_back(files::integer_tensor("offsets", {std::int64_t(a.offsets.size())}, a.offsets));
  }
  if (examples.labels.empty()) return tensors;
  tensors.labels.assign(examples.labels.begin(), examples.labels.end());
  tensors.infos.push_back(
      files::integer_tensor("labels", {std::int64_t(tensors.labels.size())}, tensors.labels));
  return tensors;
}

void warn(const capture::LanguageModel& model, const capture::Resolution& resolution,
          ExtractionReport& report) {
  for (const std::string& name : resolution.left_out) {
    report.warnings.push_back(
        {.code = "address",
         .message = fmt::format("'{}' is not one vector per token and was left out", name)});
  }
  warn_of_unused_weights(model, report.warnings);
}

// The text of every token, where all are kept and there are few enough to stand in a header.
constexpr std::size_t kMostTokenTexts = 100'000;

void add_token_texts(const text::Tokenizer& tokenizer, const text::TokenBatch& batch,
                     files::Metadata& metadata) {
  if (batch.ids.size() > kMostTokenTexts) return;
  auto texts = nlohmann::json::array();
  for (const std::int32_t& id : batch.ids) texts.push_back(tokenizer.decode({&id, 1}));
  metadata["tokens"] = texts.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

files::Metadata metadata_of(const ExtractionRequest& request, const capture::LanguageModel& model,
                            const Inputs& inputs) {
  files::Metadata metadata = {{"schema_version", "1"},
                              {"made_by", "sonde"},
                              {"model_digest", model.checkpoint().digest()},
                              {"tokenizer_digest", inputs.tokenizer_digest},
                              {"data_digest", inputs.data_digest},
                              {"pooling", request.capture.tokens},
                              {"dtype", request.model.dtype}};
  if (!inputs.examples.classes.empty()) metadata["classes"] = nlohmann::json(inputs.examples.classes).dump();
  return metadata;
}

}  // namespace

ExtractionReport extract(const ExtractionRequest& request, const RunContext& context) {
  check(request);
  if (request.existing == files::Existing::refuse && std::filesystem::exists(request.out)) {
    throw Error(ErrorCode::usage, {.where = request.out.string(),
                                   .what = "the file exists",
                                   .hint = "add --force to replace it, or choose another name",
                                   .path = request.out.string()});
  }
  auto start = std::chrono::steady_clock::now();
  const auto begin = start;
  ExtractionReport report;
  Inputs inputs = open_inputs(request, context, report);
  const hub::ModelLocation location = hub::locate_model(request.model.path, request.model.revision,
                                                        hub::ModelPart::whole, request.hub, context);
  if (!location.note.empty()) report.warnings.push_back({.code = "hub", .message = location.note});
  const capture::LanguageModel model(location.path);
  const capture::Resolution resolution = capture::resolve(model.graph(), request.capture.at);
  warn(model, resolution, report);
  const capture::Capture prepared(model, resolution.addresses, context, request.model.precision());
  report.timing.load = seconds_since(start);

  const std::int64_t max_length = tokenize(request, model, context, inputs);
  text::TokenBatch& batch = inputs.batch;
  report.truncated = truncated_texts(batch);
  warn_of_truncation(report.truncated, batch.size(), max_length, report.warnings);
  batch = padded(std::move(batch), request.capture, model, report.warnings);
  report.timing.tokenize = seconds_since(start);

  const std::vector<capture::Activations> activations = prepared.run(batch, request.capture.tokens, context);
  report.timing.forward = seconds_since(start);
  report.texts = batch.size();
  report.tokens = batch.count_real();
  report.tokens_per_second = static_cast<double>(report.tokens) / report.timing.forward;

  const Tensors tensors = tensors_of(activations, inputs);
  files::Metadata metadata = metadata_of(request, model, inputs);
  if (inputs.source && capture::make_pooling(request.capture.tokens)->keeps_every_token())
    add_token_texts(model.open_tokenizer(), batch, metadata);
  files::write_safetensors(request.out, tensors.infos, metadata, request.existing);
  for (const files::TensorInfo& tensor : tensors.infos) report.tensors.push_back({tensor.name, tensor.shape});
  report.timing.total = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  report.peak_rss_mb = peak_memory_mb();
  return report;
}

}  // namespace sonde::study

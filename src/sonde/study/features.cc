#include "sonde/study/features.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "sonde/capture/address_pattern.h"
#include "sonde/core/nearest.h"
#include "sonde/files/convert.h"
#include "sonde/files/digest.h"
#include "sonde/files/tensor_file.h"
#include "sonde/kernels/simd.h"
#include "sonde/study/describe.h"
#include "sonde/study/evaluation.h"
#include "sonde/study/toml.h"

namespace sonde::study {
namespace {

bool is_integer(files::DType dtype) {
  return dtype == files::DType::i64 || dtype == files::DType::i32 || dtype == files::DType::i16 ||
         dtype == files::DType::i8 || dtype == files::DType::u8 || dtype == files::DType::boolean;
}

// A tensor of the features file, or the only one of another file.
std::vector<std::int64_t> read_integers(const files::TensorFile& features, const std::string& name) {
  const bool elsewhere = name.ends_with(".npy") || name.ends_with(".safetensors");
  const auto other = elsewhere ? files::open_tensors(name) : nullptr;
  const files::TensorInfo& tensor = elsewhere ? other->tensors().front() : features.at(name);
  if (!is_integer(tensor.dtype) || tensor.shape.size() != 1) {
    throw Error(ErrorCode::input,
                {.where = name,
                 .what = "not a column of whole numbers",
                 .got = fmt::format("{} {}", files::to_string(tensor.dtype), files::shape_text(tensor.shape)),
                 .expected = "int64 [n]"});
  }
  return files::to_integers(tensor);
}

class FeatureTable {
 public:
  explicit FeatureTable(const FeaturesSpec& request) : file_(files::open_tensors(request.file)) {
    read_labels(request);
    if (!request.groups.empty())
      examples_.groups = checked(read_integers(*file_, request.groups), request.groups);
    for (const std::int64_t group : examples_.groups) largest_group_ = std::max(largest_group_, group);
    for (std::int64_t g = 0; g <= largest_group_; ++g) examples_.group_names.push_back(std::to_string(g));
    read_split(request);
  }

  data::Examples take_examples() { return std::move(examples_); }

  // Matrices of the chosen addresses, rows laid out as `order` says.
  std::vector<std::pair<std::string, Matrix>> matrices(const FeaturesSpec& request,
                                                       const std::vector<std::int64_t>& order) const {
    std::vector<std::pair<std::string, Matrix>> found;
    for (const files::TensorInfo& tensor : file_->tensors()) {
      if (is_feature(tensor) && is_chosen(tensor.name, request.at))
        found.emplace_back(tensor.name, gather(tensor, order));
    }
    if (!found.empty()) return found;
    throw Error(ErrorCode::input,
                {.where = request.file,
                 .what = request.at.empty() ? "no tensor of features"
                                            : fmt::format("no tensor of features is called '{}'",
                                                          fmt::join(request.at, ", ")),
                 .expected = fmt::format("floating-point tensors of shape [{}, d]", rows_),
                 .hint = request.at.empty() ? "" : did_you_mean(request.at.front(), file_->names())});
  }

 private:
  void read_labels(const FeaturesSpec& request) {
    const std::vector<std::int64_t> labels = read_integers(*file_, request.labels);
    rows_ = static_cast<std::int64_t>(labels.size());
    const std::set<std::int64_t> values(labels.begin(), labels.end());
    const auto named = file_->metadata().find("classes");
    if (named != file_->metadata().end()) {
      const auto names = nlohmann::json::parse(named->second, nullptr, false);
      for (const auto& name : names)
        examples_.classes.push_back(name.is_string() ? name.get<std::string>() : name.dump());
    } else {
      for (const std::int64_t value : values) examples_.classes.push_back(std::to_string(value));
    }
    for (std::int64_t i = 0; i < rows_; ++i) {
      const auto index = named != file_->metadata().end()
                             ? labels[i]
                             : std::distance(values.begin(), values.find(labels[i]));
      if (index < 0 || index >= static_cast<std::int64_t>(examples_.classes.size())) {
        throw Error(ErrorCode::input, {.where = fmt::format("{}, row {}", request.labels, i + 1),
                                       .what = "label outside the classes that the file names",
                                       .got = std::to_string(labels[i])});
      }
      examples_.labels.push_back(static_cast<std::int32_t>(index));
      examples_.rows.push_back(i + 1);
    }
    examples_.data_rows = rows_;
  }

  void read_split(const FeaturesSpec& request) {
    if (request.split.empty()) return;
    static const char* const kParts[] = {"train", "valid", "test"};
    for (const std::int64_t part : checked(read_integers(*file_, request.split), request.split)) {
      if (part < 0 || part > 2) {
        throw Error(ErrorCode::input, {.where = request.split,
                                       .what = "not a part",
                                       .got = std::to_string(part),
                                       .expected = "0 train, 1 valid or 2 test"});
      }
      examples_.split.emplace_back(kParts[part]);
    }
  }

  std::vector<std::int64_t> checked(std::vector<std::int64_t> column, const std::string& name) const {
    if (static_cast<std::int64_t>(column.size()) == rows_) return column;
    throw Error(ErrorCode::input, {.where = name,
                                   .what = "wrong number of rows",
                                   .got = std::to_string(column.size()),
                                   .expected = std::to_string(rows_)});
  }

  bool is_feature(const files::TensorInfo& tensor) const {
    return !is_integer(tensor.dtype) && tensor.shape.size() == 2 && tensor.shape[0] == rows_;
  }

  static bool is_chosen(const std::string& name, const std::vector<std::string>& asked) {
    if (asked.empty()) return true;
    for (const std::string& list : asked) {
      for (const std::string& part : capture::split_list(list)) {
        if (name == part || capture::matches(part, name) || is_in_range(name, part)) return true;
      }
    }
    return false;
  }

  // `hidden[4:9]` and its like, among the hidden states that the file holds.
  static bool is_in_range(const std::string& name, const std::string& part) {
    const auto wanted = capture::parse_indexed(part), found = capture::parse_indexed(name);
    if (!wanted || !found || wanted->word != found->word || wanted->rest != found->rest) return false;
    constexpr std::int64_t kMost = std::int64_t{1} << 20;
    const std::int64_t index = std::stoll(found->index);
    if (wanted->index == "*") return true;
    const std::size_t colon = wanted->index.find(':');
    if (colon == std::string::npos) return false;
    const std::string first = wanted->index.substr(0, colon), end = wanted->index.substr(colon + 1);
    return index >= (first.empty() ? 0 : std::stoll(first)) &&
           index < (end.empty() ? kMost : std::stoll(end));
  }

  static Matrix gather(const files::TensorInfo& tensor, const std::vector<std::int64_t>& order) {
    const std::vector<float> all = files::to_float(tensor);
    const std::int64_t width = tensor.shape[1];
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (std::isfinite(all[i])) continue;
      throw Error(ErrorCode::input,
                  {.where = fmt::format("{}, row {}", tensor.name, static_cast<std::int64_t>(i) / width + 1),
                   .what = "a feature is NaN or infinite",
                   .hint = "repair or leave out the row"});
    }
    Matrix matrix(static_cast<std::int64_t>(order.size()), width);
    for (std::size_t i = 0; i < order.size(); ++i) {
      std::copy_n(all.data() + order[i] * width, width, matrix.row(static_cast<std::int64_t>(i)).begin());
    }
    return matrix;
  }

  std::shared_ptr<const files::TensorFile> file_;
  data::Examples examples_;
  std::int64_t rows_ = 0;
  std::int64_t largest_group_ = -1;
};

std::string to_toml(const FeaturesStudy& study) {
  nlohmann::ordered_json json;
  FeaturesSpec features = study.features;
  features.file = std::filesystem::absolute(features.file).lexically_normal().string();
  json["features"] = options_to_json(features);
  json["features"]["at"] = features.at;
  json["split"] = options_to_json(study.split);
  json["evaluate"] = options_to_json(study.evaluate);
  json["probes"] = probes_to_json(study.probes);
  return write_toml(json);
}

}  // namespace

std::optional<FeaturesStudy> parse_features_study(std::string_view text, std::string_view path,
                                                  std::string_view folder) {
  const nlohmann::json json = parse_toml(text, path);
  if (!json.contains("features")) return std::nullopt;
  check_sections(json, {"features", "split", "evaluate", "probes"}, path);
  FeaturesStudy study;
  nlohmann::json features = read_section(json, "features");
  study.features.at = take_addresses(features, {});
  assign_options("[features]", features, study.features);
  assign_options("[split]", read_section(json, "split"), study.split);
  assign_options("[evaluate]", read_section(json, "evaluate"), study.evaluate);
  study.probes = read_probes(json);
  study.features.file = path_from(study.features.file, folder);
  return study;
}

result::Result fit_features(const FeaturesStudy& study, const RunOptions& options,
                            const RunContext& context) {
  RunFolder folder(options.output);
  const FeaturesSpec& request = study.features;
  FeatureTable table(request);
  SplitSpec split = study.split;
  if (!request.split.empty()) split.method = "column";
  const DividedExamples divided = divide(table.take_examples(), split, study.evaluate.leaks);
  const auto matrices = table.matrices(request, divided.order);
  std::vector<FeatureSet> features;
  for (const auto& [name, matrix] : matrices) features.push_back({name, name, matrix.view()});

  result::Result result;
  result.model = {.path = request.file,
                  .name = std::filesystem::path(request.file).stem().string(),
                  .type = kFeaturesType};
  result.data =
      describe_data({.file = request.file, .label = request.labels, .group = request.groups}, divided);
  result.split = describe_split({.group = request.groups}, divided);
  describe_leaks(divided, study.evaluate.leaks, result);
  std::vector<std::int64_t> data_rows;
  for (const std::int64_t row : divided.order) data_rows.push_back(divided.examples.rows[row]);
  const std::span<const std::int64_t> groups =
      divided.groups_whole ? std::span<const std::int64_t>(divided.groups) : std::span<const std::int64_t>();
  const auto fitted = evaluate({.features = features,
                                .labels = divided.labels,
                                .classes = divided.examples.classes,
                                .train = divided.train,
                                .valid = divided.valid,
                                .test = divided.test,
                                .folds = divided.folds,
                                .groups = groups,
                                .data_rows = data_rows,
                                .group_names = divided.examples.group_names,
                                .leaking = divided.leaking},
                               {study.evaluate, study.probes, "stored"}, context, result);
  const std::string digest = files::sha256_of_file(request.file);
  folder.write_probes(fitted, "", result);
  result.versions = versions();
  result.provenance = {.command = options.command,
                       .study = to_toml(study),
                       .data_digest = digest,
                       .seed = split.seed,
                       .threads = context.threads,
                       .simd = kernels::simd_level(),
                       .created = options.created};
  result.peak_rss_mb = peak_memory_mb();
  folder.commit(result);
  return result;
}

}  // namespace sonde::study

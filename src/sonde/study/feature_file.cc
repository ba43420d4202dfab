#include "sonde/study/feature_file.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "sonde/core/nearest.h"
#include "sonde/files/convert.h"
#include "sonde/study/places.h"

namespace sonde::study {
namespace {

constexpr const char* kOffsets = "offsets";

// A tensor of the features file, or the only one of another file, which it keeps open.
struct Column {
  std::shared_ptr<const files::TensorFile> other;
  const files::TensorInfo* tensor = nullptr;
};

Column find_column(const files::TensorFile& features, const std::string& name, const char* expected) {
  Column column;
  const bool elsewhere = name.ends_with(".npy") || name.ends_with(".safetensors");
  if (elsewhere) column.other = files::open_tensors(name);
  column.tensor = elsewhere ? &column.other->tensors().front() : &features.at(name);
  if (column.tensor->shape.size() == 1) return column;
  throw Error(ErrorCode::input, {.where = name,
                                 .what = "not one value per row",
                                 .got = fmt::format("{} {}", files::to_string(column.tensor->dtype),
                                                    files::shape_text(column.tensor->shape)),
                                 .expected = expected});
}

std::vector<std::int64_t> read_integers(const files::TensorFile& features, const std::string& name) {
  const Column column = find_column(features, name, "int64 [n]");
  if (files::is_integer(column.tensor->dtype)) return files::to_integers(*column.tensor);
  throw Error(ErrorCode::input, {.where = name,
                                 .what = "not a column of whole numbers",
                                 .got = fmt::format("{} {}", files::to_string(column.tensor->dtype),
                                                    files::shape_text(column.tensor->shape)),
                                 .expected = "int64 [n]"});
}

void require_rows(const std::string& name, std::size_t got, std::int64_t rows) {
  if (static_cast<std::int64_t>(got) == rows) return;
  throw Error(ErrorCode::input, {.where = name,
                                 .what = "wrong number of rows",
                                 .got = std::to_string(got),
                                 .expected = std::to_string(rows)});
}

// Fills classes and labels from whole numbers: ids into the names the file gives, or names of their own.
void take_classes(const files::TensorFile& file, const std::string& name,
                  const std::vector<std::int64_t>& labels, data::Examples& examples) {
  const std::set<std::int64_t> values(labels.begin(), labels.end());
  const auto named = file.metadata().find("classes");
  const bool has_names = named != file.metadata().end();
  if (has_names) {
    for (const auto& one : nlohmann::json::parse(named->second, nullptr, false))
      examples.classes.push_back(one.is_string() ? one.get<std::string>() : one.dump());
  } else {
    for (const std::int64_t value : values) examples.classes.push_back(std::to_string(value));
  }
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto index = has_names ? labels[i] : std::distance(values.begin(), values.find(labels[i]));
    if (index < 0 || index >= static_cast<std::int64_t>(examples.classes.size())) {
      throw Error(ErrorCode::input, {.where = fmt::format("{}, row {}", name, i + 1),
                                     .what = "label outside the classes that the file names",
                                     .got = std::to_string(labels[i])});
    }
    examples.labels.push_back(static_cast<std::int32_t>(index));
  }
}

void take_targets(const files::TensorInfo& tensor, const std::string& name, data::Examples& examples) {
  examples.targets = files::to_double(tensor);
  for (std::size_t i = 0; i < examples.targets.size(); ++i) {
    if (std::isfinite(examples.targets[i])) continue;
    throw Error(ErrorCode::input, {.where = fmt::format("{}, row {}", name, i + 1),
                                   .what = "a label is NaN or infinite",
                                   .expected = "a finite number in every row",
                                   .hint = "repair or leave out the row"});
  }
}

// Any numbers may name groups; they become indices into their names.
void take_groups(const std::vector<std::int64_t>& groups, data::Examples& examples) {
  const std::set<std::int64_t> known(groups.begin(), groups.end());
  std::map<std::int64_t, std::int64_t> index;
  for (const std::int64_t group : known) {
    index.emplace(group, static_cast<std::int64_t>(index.size()));
    examples.group_names.push_back(std::to_string(group));
  }
  for (const std::int64_t group : groups) examples.groups.push_back(index.at(group));
}

// The rows of a tensor that belong to each example.
struct RowBlocks {
  std::int64_t width = 0;  // of a row of the matrix
  std::int64_t prompts = 1;
  std::span<const std::int64_t> offsets;  // of token rows, else empty

  std::int64_t first(std::int64_t example) const { return offsets.empty() ? example : offsets[example]; }
  std::int64_t example_of(std::int64_t row) const {
    return offsets.empty() ? row
                           : std::upper_bound(offsets.begin(), offsets.end(), row) - offsets.begin() - 1;
  }
};

// How the rows of a tensor lie, or nothing when it holds no features of n examples.
std::optional<RowBlocks> blocks_of(const files::TensorInfo& tensor, std::int64_t n,
                                   std::span<const std::int64_t> offsets) {
  const std::vector<std::int64_t>& shape = tensor.shape;
  if (files::is_integer(tensor.dtype) || shape.size() < 2 || shape.size() > 3) return std::nullopt;
  if (shape.size() == 3) {
    if (shape[0] != n || shape[1] < 1) return std::nullopt;
    return RowBlocks{.width = shape[1] * shape[2], .prompts = shape[1], .offsets = {}};
  }
  if (!offsets.empty() && shape[0] == offsets.back())
    return RowBlocks{.width = shape[1], .prompts = 1, .offsets = offsets};
  if (shape[0] != n) return std::nullopt;
  return RowBlocks{.width = shape[1], .prompts = 1, .offsets = {}};
}

StoredFeatures gather(const files::TensorInfo& tensor, const RowBlocks& blocks,
                      const std::vector<std::int64_t>& order) {
  const std::vector<float> all = files::to_float(tensor);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (std::isfinite(all[i])) continue;
    const std::int64_t row = blocks.example_of(static_cast<std::int64_t>(i) / blocks.width);
    throw Error(ErrorCode::input, {.where = fmt::format("{}, row {}", tensor.name, row + 1),
                                   .what = "a feature is NaN or infinite",
                                   .hint = "repair or leave out the row"});
  }
  StoredFeatures stored{.name = tensor.name, .prompts = blocks.prompts, .offsets = {}};
  std::int64_t rows = 0;
  for (const std::int64_t example : order) rows += blocks.first(example + 1) - blocks.first(example);
  stored.values = Matrix(rows, blocks.width);
  if (!blocks.offsets.empty()) stored.offsets.push_back(0);
  std::int64_t at = 0;
  for (const std::int64_t example : order) {
    const std::int64_t first = blocks.first(example), count = blocks.first(example + 1) - first;
    std::copy_n(all.data() + first * blocks.width, count * blocks.width,
                stored.values.data() + at * blocks.width);
    at += count;
    if (!blocks.offsets.empty()) stored.offsets.push_back(at);
  }
  return stored;
}

}  // namespace

FeatureFile::FeatureFile(const FeaturesSpec& request) : file_(files::open_tensors(request.file)) {
  const std::vector<std::string> names = file_->names();
  if (std::find(names.begin(), names.end(), kOffsets) == names.end()) return;
  offsets_ = read_integers(*file_, kOffsets);
  const auto refuse = [](std::string what, std::string got, std::string expected) {
    throw Error(
        ErrorCode::input,
        {.where = kOffsets, .what = std::move(what), .got = std::move(got), .expected = std::move(expected)});
  };
  if (offsets_.empty() || offsets_[0] != 0)
    refuse("do not start at 0", "", "0 first, then the end of each row");
  for (std::size_t i = 1; i < offsets_.size(); ++i) {
    if (offsets_[i] > offsets_[i - 1]) continue;
    refuse(fmt::format("row {} has no tokens", i), fmt::format("{} to {}", offsets_[i - 1], offsets_[i]),
           "rising offsets, a token at least in every row");
  }
}

data::Examples FeatureFile::examples(const FeaturesSpec& request) const {
  data::Examples examples;
  const Column labels = find_column(*file_, request.labels, "int64 [n] classes or float [n] numbers");
  const std::int64_t rows = labels.tensor->shape[0];
  if (files::is_integer(labels.tensor->dtype))
    take_classes(*file_, request.labels, files::to_integers(*labels.tensor), examples);
  else
    take_targets(*labels.tensor, request.labels, examples);
  examples.data_rows = rows;
  for (std::int64_t i = 0; i < rows; ++i) {
    examples.rows.push_back(i + 1);
    examples.places.push_back(i);
  }
  if (!request.groups.empty()) {
    const std::vector<std::int64_t> groups = read_integers(*file_, request.groups);
    require_rows(request.groups, groups.size(), rows);
    take_groups(groups, examples);
  }
  if (request.split.empty()) return examples;
  const std::vector<std::int64_t> parts = read_integers(*file_, request.split);
  require_rows(request.split, parts.size(), rows);
  static const char* const kParts[] = {"train", "valid", "test"};
  for (const std::int64_t part : parts) {
    if (part < 0 || part > 2) {
      throw Error(ErrorCode::input, {.where = request.split,
                                     .what = "not a part",
                                     .got = std::to_string(part),
                                     .expected = "0 train, 1 valid or 2 test"});
    }
    examples.split.emplace_back(kParts[part]);
  }
  return examples;
}

std::int64_t FeatureFile::rows(const FeaturesSpec& request) const {
  if (!request.labels.empty()) return find_column(*file_, request.labels, "").tensor->shape[0];
  if (has_tokens()) return std::ssize(offsets_) - 1;
  const std::vector<const files::TensorInfo*> tensors = chosen(request);
  return tensors.empty() ? 0 : tensors.front()->shape[0];
}

std::vector<const files::TensorInfo*> FeatureFile::chosen(const FeaturesSpec& request) const {
  std::vector<const files::TensorInfo*> tensors;
  std::vector<std::string> names;
  for (const files::TensorInfo& tensor : file_->tensors()) {
    if (files::is_integer(tensor.dtype) || (tensor.shape.size() != 2 && tensor.shape.size() != 3)) continue;
    tensors.push_back(&tensor);
    names.push_back(tensor.name);
  }
  if (request.at.empty()) return tensors;
  const std::vector<std::string> meant = place_by_name(request.file, request.at, names);
  std::erase_if(tensors, [&](const files::TensorInfo* tensor) {
    return std::ranges::find(meant, tensor->name) == meant.end();
  });
  return tensors;
}

std::vector<std::string> FeatureFile::token_texts(std::int64_t example) const {
  const auto found = file_->metadata().find("tokens");
  if (found == file_->metadata().end()) return {};
  const auto all = nlohmann::json::parse(found->second, nullptr, false);
  if (!all.is_array() || std::ssize(all) != offsets_.back()) {
    throw Error(ErrorCode::input, {.where = "metadata tokens",
                                   .what = "not one text per token",
                                   .expected = fmt::format("a list of {} texts", offsets_.back())});
  }
  std::vector<std::string> texts;
  for (std::int64_t i = offsets_[example]; i < offsets_[example + 1]; ++i)
    texts.push_back(all[i].is_string() ? all[i].get<std::string>() : all[i].dump());
  return texts;
}

std::vector<StoredFeatures> FeatureFile::features(const FeaturesSpec& request,
                                                  const std::vector<std::int64_t>& order) const {
  const std::int64_t n = rows(request);
  std::span<const std::int64_t> offsets = offsets_;
  if (!offsets.empty()) require_rows("offsets, less one", offsets.size() - 1, n);
  std::vector<StoredFeatures> found;
  for (const files::TensorInfo* tensor : chosen(request)) {
    if (const auto blocks = blocks_of(*tensor, n, offsets)) found.push_back(gather(*tensor, *blocks, order));
  }
  if (!found.empty()) return found;
  throw Error(ErrorCode::input,
              {.where = request.file,
               .what = "no tensor of features",
               .expected = fmt::format("floating-point tensors of shape [{}, d] or [{}, prompts, d]", n, n)});
}

}  // namespace sonde::study

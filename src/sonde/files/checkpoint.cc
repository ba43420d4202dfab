#include "sonde/files/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "sonde/core/error.h"
#include "sonde/core/nearest.h"
#include "sonde/files/digest.h"
#include "sonde/files/folder_name.h"
#include "sonde/files/message_text_internal.h"
#include "sonde/files/read_file.h"
#include "sonde/files/shard_index_internal.h"

namespace sonde::files {

/// The names weights may have, and their index when they are sharded.
struct WeightNames {
  std::string_view single;
  std::string_view index;
};

/// In the order in which a folder's weights are looked for, as transformers does.
constexpr std::array<WeightNames, 2> kWeightNames = {{{"model.safetensors", "model.safetensors.index.json"},
                                                      {"pytorch_model.bin", "pytorch_model.bin.index.json"}}};

static void check_folder(const std::filesystem::path& folder) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(folder, error);
  if (std::filesystem::is_directory(status)) return;
  const bool exists = std::filesystem::exists(status);
  throw Error(ErrorCode::input, {.where = folder.string(),
                                 .what = exists ? "not a model folder" : "no such folder",
                                 .got = exists ? "a file" : "",
                                 .expected = "a folder with config.json and model.safetensors",
                                 .hint = exists ? "name the folder that holds the file" : "",
                                 .path = folder.string()});
}

/// Name weights in a format that is not read, or give an empty text.
static std::string foreign_weights(const std::filesystem::path& folder) {
  constexpr std::array<std::string_view, 4> kNames = {"tf_model.h5", "flax_model.msgpack", "model.onnx",
                                                      "consolidated.00.pth"};
  std::error_code error;
  for (const std::string_view name : kNames) {
    if (std::filesystem::exists(folder / name, error)) return std::string(name);
  }
  std::set<std::string> others;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::filesystem::path extension = entry.path().extension();
    if (extension == ".gguf" || extension == ".bin" || extension == ".pt" || extension == ".safetensors") {
      others.insert(entry.path().filename().string());
    }
  }
  return others.empty() ? "" : *others.begin();
}

[[noreturn]] static void refuse_without_weights(const std::filesystem::path& folder) {
  const std::string foreign = foreign_weights(folder);
  std::string expected;
  for (const WeightNames& names : kWeightNames)
    expected += fmt::format("{}{} or {}", expected.empty() ? "" : ", ", names.single, names.index);
  if (foreign.empty()) {
    throw Error(ErrorCode::input, {.where = folder.string(),
                                   .what = "folder holds no weights",
                                   .expected = expected,
                                   .path = folder.string()});
  }
  throw Error(ErrorCode::input,
              {.where = (folder / foreign).string(),
               .what = "weight format or file name not supported yet",
               .got = shown(foreign),
               .expected = expected,
               .hint = "save the model again with transformers' save_pretrained(safe_serialization=True)",
               .path = (folder / foreign).string()});
}

static std::vector<TensorInfo> merged_by_name(std::span<const std::shared_ptr<const TensorFile>> files) {
  std::vector<std::pair<TensorInfo, const TensorFile*>> all;
  for (const auto& file : files) {
    for (const TensorInfo& tensor : file->tensors()) all.emplace_back(tensor, file.get());
  }
  const auto name = [](const auto& item) -> const std::string& { return item.first.name; };
  std::ranges::stable_sort(all, {}, name);
  const auto twice = std::ranges::adjacent_find(all, {}, name);
  if (twice != all.end()) {
    throw Error(ErrorCode::input,
                {.where = std::next(twice)->second->path().string(),
                 .what = fmt::format("tensor {} is in two shards", shown(name(*twice))),
                 .got = fmt::format("also in {}", twice->second->path().filename().string()),
                 .expected = "every tensor in one file",
                 .path = std::next(twice)->second->path().string()});
  }
  std::vector<TensorInfo> tensors;
  tensors.reserve(all.size());
  for (auto& [tensor, file] : all) tensors.push_back(std::move(tensor));
  return tensors;
}

/// Check that each tensor is in the shard that the index names.
static void check_index(const std::map<std::string, std::string>& shard_of,
                        const std::filesystem::path& index,
                        std::span<const std::shared_ptr<const TensorFile>> files) {
  std::map<std::string, const TensorFile*, std::less<>> file_of;
  for (const auto& file : files) file_of[file->path().filename().string()] = file.get();
  std::size_t listed = 0;
  for (const auto& [tensor, shard] : shard_of) {
    if (file_of.at(shard)->find(tensor) == nullptr) {
      throw Error(ErrorCode::input, {.where = index.string(),
                                     .what = fmt::format("shard lacks tensor {}", shown(tensor)),
                                     .got = fmt::format("{} without it", shard),
                                     .expected = "the tensor where the index says",
                                     .hint = "fetch index and shards again",
                                     .path = index.string()});
    }
  }
  for (const auto& file : files) listed += file->tensors().size();
  if (listed == shard_of.size()) return;
  for (const auto& file : files) {
    for (const TensorInfo& tensor : file->tensors()) {
      const auto found = shard_of.find(tensor.name);
      if (found != shard_of.end() && file_of.at(found->second) == file.get()) continue;
      throw Error(ErrorCode::input,
                  {.where = file->path().string(),
                   .what = fmt::format("tensor {} is not in the index", shown(tensor.name)),
                   .expected = fmt::format("what {} lists for this shard", index.filename().string()),
                   .hint = "fetch index and shards again",
                   .path = file->path().string()});
    }
  }
}

bool Checkpoint::is_in(const std::filesystem::path& folder) {
  std::error_code error;
  return std::ranges::any_of(kWeightNames, [&](const WeightNames& names) {
    return std::filesystem::exists(folder / names.single, error) ||
           std::filesystem::exists(folder / names.index, error);
  });
}

Checkpoint::Checkpoint(const std::filesystem::path& folder, const Budget& budget)
    : folder_(folder), budget_(budget) {
  check_folder(folder_);
  open_weights();
}

void Checkpoint::open_weights() {
  for (const WeightNames& names : kWeightNames) {
    if (has(names.single)) return open_single(names.single);
    if (has(names.index)) return open_shards(names.index);
  }
  refuse_without_weights(folder_);
}

void Checkpoint::open_single(std::string_view name) {
  files_.push_back(open_tensors(file(name), budget_));
  tensors_ = merged_by_name(files_);
}

void Checkpoint::open_shards(std::string_view index_name) {
  const std::filesystem::path index = file(index_name);
  const auto shard_of = parse_shard_index(read_file(index, budget_.header_bytes), index, budget_);
  std::set<std::string> shards;
  for (const auto& [tensor, shard] : shard_of) shards.insert(shard);
  for (const std::string& shard : shards) {
    const std::filesystem::path path = path_inside(folder_, shard, index);
    if (!has(shard)) {
      throw Error(ErrorCode::input,
                  {.where = path.string(),
                   .what = "shard is missing",
                   .expected = fmt::format("the {} files that {} names", shards.size(), index_name),
                   .path = path.string()});
    }
    files_.push_back(open_tensors(path, budget_));
  }
  tensors_ = merged_by_name(files_);
  check_index(shard_of, index, files_);
}

Checkpoint::Checkpoint(std::shared_ptr<const TensorFile> file, std::vector<TensorInfo> tensors)
    : folder_(file->path()), files_{std::move(file)}, tensors_(std::move(tensors)) {
  std::ranges::stable_sort(tensors_, {}, &TensorInfo::name);
  const auto twice = std::ranges::adjacent_find(tensors_, {}, &TensorInfo::name);
  if (twice == tensors_.end()) return;
  throw Error(ErrorCode::input, {.where = folder_.string(),
                                 .what = fmt::format("two tensors are {}", shown(twice->name)),
                                 .expected = "every tensor once",
                                 .path = folder_.string()});
}

const TensorInfo* Checkpoint::find(std::string_view name) const {
  const auto found = std::ranges::lower_bound(tensors_, name, {}, &TensorInfo::name);
  return found != tensors_.end() && found->name == name ? &*found : nullptr;
}

const TensorInfo& Checkpoint::at(std::string_view name) const {
  if (const TensorInfo* tensor = find(name)) return *tensor;
  std::vector<std::string> names;
  for (const TensorInfo& tensor : tensors_) names.push_back(tensor.name);
  throw Error(ErrorCode::input, {.where = folder_.string(),
                                 .what = fmt::format("no tensor {} in the weights", shown(name)),
                                 .hint = did_you_mean(name, names),
                                 .path = folder_.string()});
}

void Checkpoint::release(const TensorInfo& tensor) const {
  for (const auto& file : files_) file->release(tensor);
}

std::int64_t Checkpoint::tensor_bytes() const {
  std::int64_t sum = 0;
  for (const TensorInfo& tensor : tensors_) sum += static_cast<std::int64_t>(tensor.bytes.size());
  return sum;
}

bool Checkpoint::has(std::string_view file_name) const {
  std::error_code error;
  return is_plain_name(file_name) && std::filesystem::exists(folder_ / file_name, error);
}

std::filesystem::path Checkpoint::file(std::string_view file_name) const {
  return path_inside(folder_, file_name, folder_);
}

std::string Checkpoint::read_text(std::string_view file_name) const {
  return read_file(file(file_name), budget_.text_bytes);
}

std::string Checkpoint::digest() const {
  const std::lock_guard lock(digest_mutex_);
  if (digest_.empty()) {
    Sha256 digest;
    for (const auto& weights : files_) digest.update_from_file(weights->path());
    digest_ = digest.hex();
  }
  return digest_;
}

void Checkpoint::verify_unchanged() const {
  for (const auto& weights : files_) weights->verify_unchanged();
}

}  // namespace sonde::files

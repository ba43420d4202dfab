#include "sonde/models/gguf.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

#include "sonde/core/error.h"
#include "sonde/core/nearest.h"
#include "sonde/models/architecture.h"

namespace sonde::models {
namespace {

constexpr std::string_view kLayers = "blk.", kPlace = "{i}";

const Architecture& architecture_of(const files::GgufHeader& header) {
  constexpr std::string_view kKey = "general.architecture";
  const std::optional<std::string_view> name = header.text(kKey);
  if (!name) header.refuse(kKey, "nothing", "an architecture");
  std::vector<std::string> known;
  for (const Architecture* entry : architectures()) {
    if (entry->gguf == nullptr) continue;
    if (entry->gguf->architecture == *name) return *entry;
    known.emplace_back(entry->gguf->architecture);
  }
  throw Error(ErrorCode::input,
              {.where = header.path().string(),
               .what = fmt::format("no architecture '{}' among those read from GGUF files", *name),
               .expected = fmt::format("one of {}", fmt::join(known, ", ")),
               .hint = did_you_mean(*name, known),
               .path = header.path().string()});
}

std::string key_of(const GgufNaming& naming, std::string_view key) {
  return fmt::format("{}.{}", naming.architecture, key);
}

/// Copy one value into a config; ints stay ints. Text is what a config holds least of, and is copied too.
void copy_value(const files::GgufHeader& header, const std::string& from, nlohmann::json& to) {
  const auto entry = std::ranges::lower_bound(header.entries(), from, {}, &files::GgufEntry::key);
  switch (entry->type) {
    case files::GgufType::f32:
    case files::GgufType::f64: {
      const double value = *header.number(from);
      if (!std::isfinite(value)) header.refuse(from, fmt::format("{}", value), "a finite number");
      to = value;
      return;
    }
    case files::GgufType::boolean:
      to = *header.flag(from);
      return;
    case files::GgufType::text:
      to = *header.text(from);
      return;
    default:
      to = *header.whole_number(from);
  }
}

/// A tensor's name in parts: "blk.12.attn_q.weight" is layer 12, stem "blk.{i}.attn_q", suffix ".weight".
struct NameParts {
  std::string stem;
  std::string_view suffix;
  std::int64_t layer = -1;
};

NameParts parts_of(std::string_view name) {
  NameParts parts;
  for (const std::string_view suffix : {".weight", ".bias"}) {
    if (name.ends_with(suffix)) parts.suffix = name.substr(name.size() - suffix.size());
  }
  name.remove_suffix(parts.suffix.size());
  parts.stem = name;
  if (!name.starts_with(kLayers)) return parts;
  const std::string_view rest = name.substr(kLayers.size());
  const char* end = rest.data() + rest.size();
  const auto [after, error] = std::from_chars(rest.data(), end, parts.layer);
  // Only the way a number is written out, so that no two names mean the same tensor.
  if (error != std::errc() || after == end || *after != '.' || (rest[0] == '0' && after != rest.data() + 1)) {
    parts.layer = -1;
    return parts;
  }
  parts.stem = fmt::format("{}{}{}", kLayers, kPlace, std::string_view(after, end));
  return parts;
}

std::string with_layer(std::string_view name, std::int64_t layer) {
  const std::size_t place = name.find(kPlace);
  if (place == std::string_view::npos) return std::string(name);
  return fmt::format("{}{}{}", name.substr(0, place), layer, name.substr(place + kPlace.size()));
}

void check_one_file(const files::GgufHeader& header) {
  constexpr std::string_view kKey = "split.count";
  const std::int64_t parts = header.whole_number(kKey).value_or(1);
  if (parts > 1)
    header.refuse(kKey, fmt::format("{} files", parts), "a model in one file (gguf-split --merge)");
}

/// A graph repeats its layers in memory: the claim must be what the tensors bear out.
void check_layers(const files::GgufHeader& header, const GgufNaming& naming) {
  std::int64_t present = 0;
  for (const files::GgufTensor& tensor : header.tensors())
    present = std::max(present, parts_of(tensor.name).layer + 1);
  const std::string key = key_of(naming, "block_count");
  const std::int64_t claimed = header.whole_number(key).value_or(0);
  if (claimed == present && claimed > 0) return;
  header.refuse(key, fmt::format("{}", claimed),
                fmt::format("{}, the layers that tensors are there for", present));
}

std::int64_t vocabulary_of(const files::GgufHeader& header, const GgufNaming& naming) {
  if (const auto size = header.whole_number(key_of(naming, "vocab_size"))) return *size;
  const auto tokens = std::ranges::find(header.entries(), "tokenizer.ggml.tokens", &files::GgufEntry::key);
  return tokens == header.entries().end() ? 0 : static_cast<std::int64_t>(tokens->count);
}

files::StoredForm form_of(const files::GgufHeader& header, const GgufNaming& naming,
                          const files::TensorInfo& tensor, GgufForm form) {
  if (form == GgufForm::as_is) return {};
  if (form == GgufForm::plus_one) return {.added = 1.0f};
  const std::string heads_key = key_of(naming, "attention.head_count");
  const std::string key_heads_key = key_of(naming, "attention.head_count_kv");
  const bool own = form == GgufForm::key_heads && header.has(key_heads_key);
  const std::string& key = own ? key_heads_key : heads_key;
  const std::int64_t heads = header.whole_number(key).value_or(0);
  // A row must be whole blocks to be moved alone; a vector's rows are single numbers.
  const bool fits = heads > 0 && heads <= tensor.shape[0] && tensor.shape[0] % (2 * heads) == 0 &&
                    (tensor.shape.size() > 1 || !files::is_quantized(tensor.dtype));
  if (!fits) {
    header.refuse(key, fmt::format("{} heads", heads),
                  fmt::format("heads of an even number of rows in '{}' {}", tensor.name,
                              files::shape_text(tensor.shape)));
  }
  return {.paired_heads = heads};
}

}  // namespace

Config gguf_config(const files::GgufHeader& header, const files::TensorFile& file) {
  const Architecture& architecture = architecture_of(header);
  const GgufNaming& naming = *architecture.gguf;
  check_one_file(header);
  check_layers(header, naming);
  nlohmann::json config = {{"model_type", architecture.model_type}};
  for (const GgufKey& key : naming.keys) {
    const std::string stored = key_of(naming, key.stored);
    if (header.has(stored)) copy_value(header, stored, config[std::string(key.config)]);
  }
  config["vocab_size"] = vocabulary_of(header, naming);
  if (naming.complete != nullptr) naming.complete(header, file, config);
  return Config::parse(config.dump());
}

std::vector<files::TensorInfo> gguf_tensors(const files::GgufHeader& header, const files::TensorFile& file) {
  const GgufNaming& naming = *architecture_of(header).gguf;
  std::map<std::string_view, const GgufTensorName*> known;
  for (const GgufTensorName& name : naming.tensors) known[name.stored] = &name;
  std::vector<files::TensorInfo> tensors(file.tensors().begin(), file.tensors().end());
  for (files::TensorInfo& tensor : tensors) {
    const NameParts parts = parts_of(tensor.name);
    const auto found = known.find(parts.stem);
    if (found == known.end()) continue;
    tensor.form = form_of(header, naming, tensor, found->second->form);
    tensor.name = with_layer(found->second->name, parts.layer).append(parts.suffix);
  }
  return tensors;
}

files::ImpliedMerges gguf_merges(const files::GgufHeader& header) {
  return architecture_of(header).gguf->merges;
}

}  // namespace sonde::models

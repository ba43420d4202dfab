// The container that torch.save writes since torch 1.6: a zip archive with one pickle, data.pkl, and the
// elements of each storage in a record of its own, data/KEY. Executes nothing; refuses any name that the
// closed list lacks, TorchScript, big-endian elements, compression, and whatever torch does not write. The
// CRC-32 of every record is checked when the file is opened, so that a damaged byte is never a weight.
// Source: torch 2.15, `torch/serialization.py` (_save, _load); caffe2/serialize/inline_container.cc.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "sonde/files/container.h"
#include "sonde/files/message_text_internal.h"
#include "sonde/files/torch/torch_tensors_internal.h"
#include "sonde/files/torch/zip_internal.h"

namespace sonde::files {
namespace {

constexpr std::string_view kMagic = "PK\x03\x04";
constexpr std::string_view kPickle = "data.pkl";
constexpr std::string_view kStorages = "data/";
constexpr int kNewestVersion = 10;  // kMaxSupportedFileFormatVersion of torch 2.15

/// Records that say something about the archive and hold no tensor.
constexpr std::string_view kNotes[] = {"version", "byteorder", ".data/serialization_id", ".format_version",
                                       ".storage_alignment"};

std::string_view text_of(const ZipRecord& record) {
  return {reinterpret_cast<const char*>(record.bytes.data()), record.bytes.size()};
}

const ZipRecord* find(std::span<const ZipRecord> records, std::string_view name) {
  const auto found = std::ranges::lower_bound(records, name, {}, &ZipRecord::name);
  return found != records.end() && found->name == name ? &*found : nullptr;
}

void check_records(const ParsedBytes& file, std::span<const ZipRecord> records) {
  const bool script = find(records, "constants.pkl") != nullptr;
  for (const ZipRecord& record : records) {
    if (record.name == kPickle || record.name.starts_with(kStorages)) continue;
    if (std::ranges::find(kNotes, record.name) != std::end(kNotes)) continue;
    file.refuse(record.bytes.data() - file.bytes.data(),
                {.what = script ? "TorchScript archive, which holds code" : "archive holds a foreign record",
                 .got = shown(record.name),
                 .expected = "what torch.save writes: data.pkl, data/, version and byteorder",
                 .hint = "save the model's state_dict() with torch.save, or as safetensors"});
  }
}

void check_notes(const ParsedBytes& file, std::span<const ZipRecord> records) {
  const auto place = [&](const ZipRecord* record) { return record->bytes.data() - file.bytes.data(); };
  const ZipRecord* order = find(records, "byteorder");
  if (order != nullptr && text_of(*order) != "little") {
    file.refuse(place(order), {.what = "checkpoint in another byte order",
                               .got = shown(text_of(*order).substr(0, 16)),
                               .expected = "'little'"});
  }
  const ZipRecord* version = find(records, "version");
  int number = 0;
  if (version != nullptr) {
    const std::string_view text = text_of(*version);
    std::from_chars(text.data(), text.data() + text.size(), number);
  }
  if (number < 1 || number > kNewestVersion) {
    file.refuse(version == nullptr ? 0 : place(version),
                {.what = "archive of unknown version",
                 .got = version == nullptr ? "none" : shown(text_of(*version).substr(0, 16)),
                 .expected = fmt::format("1 to {}", kNewestVersion)});
  }
}

TensorTable parse_torch_zip(std::span<const std::byte> bytes, const std::filesystem::path& path,
                            const Budget& budget) {
  const ParsedBytes file{bytes, path, budget, 0, {}};
  const std::vector<ZipRecord> records = read_zip(file);
  check_records(file, records);
  check_notes(file, records);
  const ZipRecord* object = find(records, kPickle);
  if (object == nullptr) {
    file.refuse(0, {.what = "archive without data.pkl",
                    .got = fmt::format("{} records", records.size()),
                    .expected = "what torch.save writes"});
  }
  const Pickle pickle(file.within(object->bytes, std::string(kPickle)), torch_globals());
  if (pickle.size() != static_cast<std::int64_t>(object->bytes.size())) {
    file.refuse(object->bytes.data() - bytes.data() + pickle.size(),
                {.what = "bytes after the pickle's end"});
  }
  TorchStorages storages = declared_storages(pickle);
  for (auto& [key, storage] : storages) {
    const ZipRecord* record = find(records, fmt::format("{}{}", kStorages, key));
    if (record == nullptr) {
      pickle.refuse(pickle.at(storage.first), {.what = fmt::format("archive lacks storage {}", shown(key)),
                                               .expected = "a record for each storage of the pickle",
                                               .hint = "fetch the file again"});
    }
    bind_storage(pickle, key, storage, record->bytes);
  }
  return torch_tensors(file, pickle, storages);
}

bool looks_like_torch_zip(std::span<const std::byte> bytes) {
  return bytes.size() >= kMagic.size() &&
         std::equal(kMagic.begin(), kMagic.end(), reinterpret_cast<const char*>(bytes.data()));
}

}  // namespace

extern const ContainerRecord torch_zip_entry;
const ContainerRecord torch_zip_entry = {
    .name = "torch_zip",
    .extension = ".bin",
    .summary = "torch.save since torch 1.6, tensors only; nothing in it is executed",
    .matches = looks_like_torch_zip,
    .parse = parse_torch_zip,
};

}  // namespace sonde::files

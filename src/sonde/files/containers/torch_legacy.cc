// The container that torch.save wrote before torch 1.6, and still writes when asked to: five pickles (a magic
// number, a version, the writer's machine, the object, the keys of its storages), then each storage as a
// count of elements and the elements. Executes nothing; refuses any name that the closed list lacks, views of
// storages, big-endian elements and bytes after the last storage. There is no checksum in this layout.
// Source: torch 2.15, `torch/serialization.py` (_legacy_save, _legacy_load).
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sonde/files/container.h"
#include "sonde/files/message_text_internal.h"
#include "sonde/files/torch/torch_tensors_internal.h"

namespace sonde::files {
namespace {

using Kind = PickleValue::Kind;

// 0x1950a86a20f9469cfc6c, little-endian
constexpr std::string_view kMagic = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
constexpr std::int64_t kProtocol = 1001;
constexpr std::int64_t kCountBytes = 8;  // before each storage

/// The pickles of a file, read one after the other.
class Pickles {
 public:
  explicit Pickles(const ParsedBytes& file) : file_(file) {}

  Pickle next(std::string name, std::span<const PickleGlobal> allowed) {
    Pickle pickle(file_.within(file_.bytes.subspan(static_cast<std::size_t>(position_)), std::move(name)),
                  allowed);
    position_ += pickle.size();
    return pickle;
  }
  std::int64_t position() const { return position_; }

 private:
  const ParsedBytes& file_;
  std::int64_t position_ = 0;
};

void check_magic(const Pickle& pickle) {
  const PickleValue& root = pickle.at(pickle.root());
  if (root.kind == Kind::big_integer && pickle.text(root) == kMagic) return;
  pickle.refuse(root, {.what = "pickle does not begin with torch's magic number",
                       .got = std::string(kind_name(root.kind)),
                       .expected = "a file that torch.save wrote"});
}

void check_protocol(const Pickle& pickle) {
  const PickleValue& root = pickle.at(pickle.root());
  if (root.kind == Kind::integer && root.number == kProtocol) return;
  pickle.refuse(root, {.what = "torch protocol not supported",
                       .got = root.kind == Kind::integer ? fmt::to_string(root.number)
                                                         : std::string(kind_name(root.kind)),
                       .expected = fmt::to_string(kProtocol)});
}

void check_machine(const Pickle& pickle) {
  const PickleValue& root = pickle.at(pickle.root());
  const std::span<const Pickle::Ref> entries =
      root.kind == Kind::dictionary ? pickle.items(root) : std::span<const Pickle::Ref>{};
  for (std::size_t i = 0; i < entries.size(); i += 2) {
    const PickleValue& key = pickle.at(entries[i]);
    const PickleValue& value = pickle.at(entries[i + 1]);
    if (key.kind != Kind::text || pickle.text(key) != "little_endian") continue;
    if (value.kind == Kind::boolean && value.number == 1) return;
    pickle.refuse(value, {.what = "checkpoint in another byte order", .expected = "little-endian"});
  }
  pickle.refuse(root, {.what = "checkpoint does not tell its byte order", .expected = "little_endian: True"});
}

/// Bind the storages in the order of the file's keys; give where the last one ends.
std::int64_t bind_storages(const ParsedBytes& file, const Pickle& object, const Pickle& keys,
                           std::int64_t position, TorchStorages& storages) {
  const PickleValue& root = keys.at(keys.root());
  if (root.kind != Kind::list || keys.items(root).size() != storages.size()) {
    keys.refuse(root, {.what = "list of storages and pickle disagree",
                       .got = root.kind == Kind::list ? fmt::format("{} keys", keys.items(root).size())
                                                      : std::string(kind_name(root.kind)),
                       .expected = fmt::format("a list of {}", storages.size())});
  }
  for (const Pickle::Ref item : keys.items(root)) {
    const PickleValue& key = keys.at(item);
    const auto found = key.kind == Kind::text ? storages.find(keys.text(key)) : storages.end();
    if (found == storages.end() || found->second.bytes.data() != nullptr) {
      keys.refuse(key,
                  {.what = "storage that the pickle does not name, or twice in the list",
                   .got = key.kind == Kind::text ? shown(keys.text(key)) : std::string(kind_name(key.kind))});
    }
    TorchStorage& storage = found->second;
    std::int64_t size = 0;
    const bool overflow = __builtin_mul_overflow(storage.elements, element_bytes(storage.dtype), &size);
    if (overflow || file.size() - position < kCountBytes || size > file.size() - position - kCountBytes) {
      file.refuse(position,
                  {.what = fmt::format("storage {} is cut short", shown(found->first)),
                   .got = fmt::format("{} bytes left", file.size() - position),
                   .expected = fmt::format("{} elements of {}", storage.elements, to_string(storage.dtype))});
    }
    const std::uint64_t count = little_endian(file.bytes, position, kCountBytes);
    if (count != static_cast<std::uint64_t>(storage.elements)) {
      file.refuse(position, {.what = fmt::format("storage {} and pickle disagree", shown(found->first)),
                             .got = fmt::format("{} elements", count),
                             .expected = fmt::to_string(storage.elements)});
    }
    position += kCountBytes;
    bind_storage(object, found->first, storage,
                 file.bytes.subspan(static_cast<std::size_t>(position), static_cast<std::size_t>(size)));
    position += size;
  }
  return position;
}

TensorTable parse_torch_legacy(std::span<const std::byte> bytes, const std::filesystem::path& path,
                               const Budget& budget) {
  const ParsedBytes file{bytes, path, budget, 0, {}};
  Pickles pickles(file);
  check_magic(pickles.next("magic number", {}));
  check_protocol(pickles.next("protocol version", {}));
  check_machine(pickles.next("description of the machine", {}));
  const Pickle object = pickles.next("pickled object", torch_globals());
  const Pickle keys = pickles.next("list of storages", {});
  TorchStorages storages = declared_storages(object);
  const std::int64_t end = bind_storages(file, object, keys, pickles.position(), storages);
  if (end != file.size()) {
    file.refuse(end, {.what = "bytes after the last storage",
                      .got = fmt::format("a file of {} bytes", file.size()),
                      .expected = fmt::to_string(end)});
  }
  return torch_tensors(file, object, storages);
}

bool looks_like_torch_legacy(std::span<const std::byte> bytes) {
  return bytes.size() >= 2 && bytes[0] == std::byte{0x80} && bytes[1] <= std::byte{5};
}

}  // namespace

extern const ContainerRecord torch_legacy_entry;
const ContainerRecord torch_legacy_entry = {
    .name = "torch_legacy",
    .extension = ".bin",
    .summary = "torch.save before torch 1.6, tensors only; nothing in it is executed",
    .matches = looks_like_torch_legacy,
    .parse = parse_torch_legacy,
};

}  // namespace sonde::files

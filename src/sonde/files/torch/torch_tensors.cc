#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "sonde/files/message_text_internal.h"
#include "sonde/files/torch/strided_copy_internal.h"
#include "sonde/files/torch/torch_tensors_internal.h"

namespace sonde::files {
namespace {

using Ref = PickleValue::Ref;
using Kind = PickleValue::Kind;

constexpr std::size_t kMostDimensions = 64;
constexpr std::size_t kMostNamed = 5;  // dictionaries that a message names

// The places of the names below in the closed list.
enum Global : std::int64_t { ordered_dict, tensor_v2, tensor_v1, parameter, size, first_storage };

struct StorageType {
  std::string_view name;
  DType dtype;
};
constexpr std::array<StorageType, 10> kStorageTypes = {{{"DoubleStorage", DType::f64},
                                                        {"FloatStorage", DType::f32},
                                                        {"HalfStorage", DType::f16},
                                                        {"BFloat16Storage", DType::bf16},
                                                        {"LongStorage", DType::i64},
                                                        {"IntStorage", DType::i32},
                                                        {"ShortStorage", DType::i16},
                                                        {"CharStorage", DType::i8},
                                                        {"ByteStorage", DType::u8},
                                                        {"BoolStorage", DType::boolean}}};

constexpr std::array<PickleGlobal, 5 + kStorageTypes.size()> make_globals() {
  std::array<PickleGlobal, 5 + kStorageTypes.size()> all{};
  all[ordered_dict] = {"collections", "OrderedDict", PickleGlobal::Call::dictionary};
  all[tensor_v2] = {"torch._utils", "_rebuild_tensor_v2"};
  all[tensor_v1] = {"torch._utils", "_rebuild_tensor"};
  all[parameter] = {"torch._utils", "_rebuild_parameter"};
  all[size] = {"torch", "Size"};
  for (std::size_t i = 0; i < kStorageTypes.size(); ++i)
    all[first_storage + i] = {"torch", kStorageTypes[i].name};
  return all;
}
constexpr auto kGlobals = make_globals();

/// Reads tensors out of one pickle.
class TensorReader {
 public:
  TensorReader(const ParsedBytes& file, const Pickle& pickle, const TorchStorages& storages)
      : pickle_(pickle), allowance_(file.size() + file.budget.repeated_bytes), budget_(file.budget) {
    for (const Ref reference : pickle.persistent()) {
      const std::span<const Ref> id = items(items(reference)[0]);
      storages_.push_back(&storages.find(pickle.text(value(id[2])))->second);
    }
  }

  TensorTable read(Ref dictionary);
  /// Tell whether a value is a call that gives a tensor.
  bool is_tensor(Ref ref) const {
    const PickleValue& call = value(ref);
    return call.kind == Kind::call && (call.number == tensor_v1 || call.number == tensor_v2 ||
                                       (call.number == parameter && is_parameter(call)));
  }
  /// Tell whether a value is a dictionary with a tensor among its values.
  bool holds_tensors(Ref ref) const;

 private:
  bool is_parameter(const PickleValue& call) const {
    const std::span<const Ref> given = arguments(call);
    return !given.empty() && is_tensor(given[0]);
  }
  const PickleValue& value(Ref ref) const { return pickle_.at(ref); }
  std::span<const Ref> items(Ref ref) const { return pickle_.items(value(ref)); }
  std::span<const Ref> arguments(const PickleValue& call) const { return items(pickle_.items(call)[0]); }
  [[noreturn]] void refuse(const PickleValue& at, std::string_view what, std::string expected) const {
    pickle_.refuse(
        at, {.what = fmt::format("tensor {}: {}", shown(name_), what), .expected = std::move(expected)});
  }
  TensorInfo tensor(Ref ref);
  std::int64_t integer(Ref ref) const;
  std::vector<std::int64_t> integers(Ref ref) const;
  void check_plain(std::span<const Ref> rest) const;
  void bind(const PickleValue& call, const TorchStorage& storage, const StridedView& view,
            TensorInfo& tensor);

  const Pickle& pickle_;
  std::vector<const TorchStorage*> storages_;  // by the number of the persistent value
  std::int64_t allowance_;                     // bytes that copies may still take
  const Budget& budget_;
  std::string_view name_;  // of the tensor being read
  TensorTable table_;
};

bool TensorReader::holds_tensors(Ref ref) const {
  if (value(ref).kind != Kind::dictionary) return false;
  const std::span<const Ref> entries = items(ref);
  for (std::size_t i = 1; i < entries.size(); i += 2) {
    if (is_tensor(entries[i])) return true;
  }
  return false;
}

std::int64_t TensorReader::integer(Ref ref) const {
  const PickleValue& number = value(ref);
  if (number.kind != Kind::integer || number.number < 0)
    refuse(number, fmt::format("{} in place of a size", kind_name(number.kind)), "an integer from 0 on");
  return number.number;
}

std::vector<std::int64_t> TensorReader::integers(Ref ref) const {
  const bool sized = value(ref).kind == Kind::call && value(ref).number == size;
  const std::span<const Ref> given = sized ? arguments(value(ref)) : std::span<const Ref>(&ref, 1);
  if (given.size() != 1 || value(given[0]).kind != Kind::tuple || items(given[0]).size() > kMostDimensions) {
    refuse(value(ref), "shape or strides are malformed",
           fmt::format("a tuple of at most {} integers", kMostDimensions));
  }
  std::vector<std::int64_t> numbers;
  for (const Ref item : items(given[0])) numbers.push_back(integer(item));
  return numbers;
}

/// Check that hooks are empty, and that no flag says the stored bits are not the values.
void TensorReader::check_plain(std::span<const Ref> rest) const {
  for (const Ref ref : rest) {
    const PickleValue& extra = value(ref);
    const bool empty = extra.kind == Kind::none || extra.kind == Kind::boolean ||
                       (extra.kind == Kind::dictionary && items(ref).empty());
    if (!empty) refuse(extra, "carries hooks or flags", "a plain tensor");
  }
}

TensorInfo TensorReader::tensor(Ref ref) {
  const PickleValue* call = &value(ref);
  // A parameter may wrap a parameter; the depth of values is limited.
  while (call->number == parameter) {
    const std::span<const Ref> given = arguments(*call);
    if (given.size() != 3) refuse(*call, "parameter of unknown form", "three arguments");
    check_plain(given.subspan(1));
    call = &value(given[0]);
  }
  const std::span<const Ref> given = arguments(*call);
  const bool fits = call->number == tensor_v1 ? given.size() == 4 : given.size() == 6 || given.size() == 7;
  if (!fits || value(given[0]).kind != Kind::persistent)
    refuse(*call, "of unknown form", "storage, offset, shape, strides and plain flags");
  check_plain(given.subspan(4));
  const TorchStorage& storage = *storages_[static_cast<std::size_t>(value(given[0]).number)];
  StridedView view{.offset = integer(given[1]), .strides = integers(given[3])};
  view.shape = integers(given[2]);
  TensorInfo tensor{.name = std::string(name_), .dtype = storage.dtype, .shape = view.shape};
  if (view.shape.size() != view.strides.size())
    refuse(*call, "shape and strides disagree", "a stride for each dimension");
  bind(*call, storage, view, tensor);
  return tensor;
}

void TensorReader::bind(const PickleValue& call, const TorchStorage& storage, const StridedView& view,
                        TensorInfo& tensor) {
  const std::optional<std::int64_t> need = elements_needed(view);
  if (!need || *need > storage.elements) {
    refuse(call,
           fmt::format("shape {} with strides {} leaves its storage", shape_text(view.shape),
                       shape_text(view.strides)),
           fmt::format("at most {} elements", storage.elements));
  }
  const std::int64_t width = element_bytes(storage.dtype);
  if (is_row_major(view)) {
    const std::int64_t count = is_empty(view) ? 0 : *need - view.offset;
    tensor.bytes = storage.bytes.subspan(static_cast<std::size_t>(view.offset * width),
                                         static_cast<std::size_t>(count * width));
    return;
  }
  const std::optional<std::int64_t> copied = element_total(view);
  std::int64_t bytes = 0;
  if (!copied || __builtin_mul_overflow(*copied, width, &bytes) || bytes > allowance_) {
    refuse(call, fmt::format("shape {} repeats more of the file than the limit", shape_text(view.shape)),
           fmt::format("copies of {} bytes at most", allowance_));
  }
  allowance_ -= bytes;
  table_.copies.push_back(row_major_copy(storage.bytes, view, width));
  tensor.bytes = *table_.copies.back();
}

TensorTable TensorReader::read(Ref dictionary) {
  const std::span<const Ref> entries = items(dictionary);
  for (std::size_t i = 0; i < entries.size(); i += 2) {
    if (!is_tensor(entries[i + 1])) continue;
    const PickleValue& key = value(entries[i]);
    if (key.kind != Kind::text || key.text_bytes > budget_.name_bytes) {
      pickle_.refuse(key, {.what = "tensor under a key that is no short text",
                           .got = std::string(kind_name(key.kind)),
                           .expected = fmt::format("a text of at most {} bytes", budget_.name_bytes)});
    }
    name_ = pickle_.text(key);
    if (static_cast<std::int64_t>(table_.tensors.size()) >= budget_.entries)
      refuse(key, "one more than the limit", fmt::format("at most {} tensors", budget_.entries));
    table_.tensors.push_back(tensor(entries[i + 1]));
  }
  std::ranges::sort(table_.tensors, {}, &TensorInfo::name);
  const auto twice = std::ranges::adjacent_find(table_.tensors, {}, &TensorInfo::name);
  if (twice != table_.tensors.end()) {
    pickle_.refuse(value(dictionary), {.what = fmt::format("tensor {} stands twice", shown(twice->name)),
                                       .expected = "every name once"});
  }
  return std::move(table_);
}

/// Find the one dictionary of tensors: the root, or a value of the root.
Ref find_dictionary(const Pickle& pickle, const TensorReader& reader) {
  const PickleValue& root = pickle.at(pickle.root());
  std::vector<Ref> found;
  std::string got;
  std::set<Ref> seen;  // a pickle may hold one dictionary under any number of keys
  const auto look = [&](Ref ref, std::string_view name) {
    if (!seen.insert(ref).second || !reader.holds_tensors(ref)) return;
    if (found.size() < kMostNamed) got += fmt::format("{}{}", found.empty() ? "" : ", ", name);
    found.push_back(ref);
  };
  look(pickle.root(), "the whole object");
  const std::span<const Ref> entries =
      root.kind == Kind::dictionary ? pickle.items(root) : std::span<const Ref>{};
  for (std::size_t i = 0; i < entries.size(); i += 2)
    look(entries[i + 1], shown(pickle.text(pickle.at(entries[i]))));
  if (found.size() == 1) return found.front();
  pickle.refuse(root, {.what = found.empty() ? "checkpoint holds no dictionary of tensors"
                                             : "checkpoint holds several dictionaries of tensors",
                       .got = found.empty() ? std::string(kind_name(root.kind)) : std::move(got),
                       .expected = "one dictionary of name to tensor, by itself or under one key",
                       .hint = "save the model's state_dict() alone"});
}

}  // namespace

std::span<const PickleGlobal> torch_globals() { return kGlobals; }

TorchStorages declared_storages(const Pickle& pickle) {
  TorchStorages storages;
  for (const Ref reference : pickle.persistent()) {
    const PickleValue& name = pickle.at(pickle.items(pickle.at(reference))[0]);
    const auto field = [&](std::size_t i) -> const PickleValue& { return pickle.at(pickle.items(name)[i]); };
    const std::size_t fields = name.kind == Kind::tuple ? pickle.items(name).size() : 0;
    const bool form = (fields == 5 || (fields == 6 && field(5).kind == Kind::none)) &&
                      field(0).kind == Kind::text && pickle.text(field(0)) == "storage" &&
                      field(1).kind == Kind::global && field(1).number >= first_storage &&
                      field(2).kind == Kind::text && field(3).kind == Kind::text &&
                      field(4).kind == Kind::integer && field(4).number >= 0;
    if (!form) {
      pickle.refuse(name, {.what = "reference to something that is no storage",
                           .got = std::string(kind_name(name.kind)),
                           .expected = "('storage', type, key, device, elements)"});
    }
    const DType dtype = kStorageTypes[static_cast<std::size_t>(field(1).number - first_storage)].dtype;
    const TorchStorage storage{.dtype = dtype, .elements = field(4).number, .first = reference};
    const auto [known, fresh] = storages.emplace(pickle.text(field(2)), storage);
    if (!fresh && (known->second.dtype != dtype || known->second.elements != storage.elements)) {
      pickle.refuse(
          name, {.what = fmt::format("storage {} is described in two ways", shown(known->first)),
                 .got = fmt::format("{} {}", storage.elements, to_string(dtype)),
                 .expected = fmt::format("{} {}", known->second.elements, to_string(known->second.dtype))});
    }
  }
  return storages;
}

void bind_storage(const Pickle& pickle, std::string_view key, TorchStorage& storage,
                  std::span<const std::byte> bytes) {
  std::int64_t need = 0;
  const bool overflow = __builtin_mul_overflow(storage.elements, element_bytes(storage.dtype), &need);
  if (overflow || need != static_cast<std::int64_t>(bytes.size())) {
    pickle.refuse(pickle.at(storage.first),
                  {.what = fmt::format("storage {} and its bytes disagree", shown(key)),
                   .got = fmt::format("{} bytes", bytes.size()),
                   .expected = fmt::format("{} elements of {}", storage.elements, to_string(storage.dtype))});
  }
  storage.bytes = bytes;
}

TensorTable torch_tensors(const ParsedBytes& file, const Pickle& pickle, const TorchStorages& storages) {
  TensorReader reader(file, pickle, storages);
  return reader.read(find_dictionary(pickle, reader));
}

}  // namespace sonde::files

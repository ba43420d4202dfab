// Turns the inert values of a torch checkpoint into tensors: what the two containers of torch share. Knows a
// closed list of names and refuses every other; never calls what a file names.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sonde/files/tensor_file.h"
#include "sonde/files/torch/parsed_bytes_internal.h"
#include "sonde/files/torch/pickle_internal.h"

namespace sonde::files {

/// A run of elements that tensors are views of.
struct TorchStorage {
  DType dtype = DType::f32;
  std::int64_t elements = 0;
  PickleValue::Ref first = 0;        ///< the value that names it first
  std::span<const std::byte> bytes;  ///< set by the container
};

/// Storages by the key that the pickle gives them.
using TorchStorages = std::map<std::string, TorchStorage, std::less<>>;

/// Give the names that a checkpoint may mention.
std::span<const PickleGlobal> torch_globals();

/// List the storages that a pickle refers to, without their bytes.
/// Errors: input for a reference of another form, or two of one key that disagree.
TorchStorages declared_storages(const Pickle& pickle);

/// Bind a storage to its bytes. Errors: input unless elements x size is exactly their number.
void bind_storage(const Pickle& pickle, std::string_view key, TorchStorage& storage,
                  std::span<const std::byte> bytes);

/// Give the tensors of the one dictionary that holds tensors: the pickled object itself or one of its values.
/// Other values in it are left out. Tensors in row-major order lie in the storages' bytes, others are copied.
/// Errors: input when there is none or more than one, and for a tensor that leaves its storage.
/// Source: torch 2.15, `torch/_utils.py` (_rebuild_tensor, _rebuild_tensor_v2, _rebuild_parameter).
TensorTable torch_tensors(const ParsedBytes& file, const Pickle& pickle, const TorchStorages& storages);

}  // namespace sonde::files

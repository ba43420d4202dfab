// Reads a Python pickle to inert values. Nothing is imported, called or executed: a name that is not in the
// caller's closed list is refused, and a call of a listed name stays a value that says what would be called.
// Refuses the text opcodes of protocol 0, class instances, out-of-band buffers, and values that hold
// themselves.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string_view>
#include <vector>

#include "sonde/files/torch/parsed_bytes_internal.h"

namespace sonde::files {

/// A name that a pickle may mention.
struct PickleGlobal {
  std::string_view module;
  std::string_view name;
  /// What a call of it gives: a value of kind call, or an empty dictionary of ours.
  enum class Call { kept, dictionary } call = Call::kept;
};

/// A value of a pickle. Values are numbered, and shared wherever the pickle shares them.
struct PickleValue {
  using Ref = std::uint32_t;
  enum class Kind : std::uint8_t {
    none,
    boolean,      ///< number
    integer,      ///< number
    big_integer,  ///< text: its bytes, little-endian two's complement
    real,         ///< not kept
    text,         ///< text: UTF-8
    bytes,        ///< text
    global,       ///< number: place in the closed list
    tuple,        ///< items
    list,         ///< items
    dictionary,   ///< items: key, value, key, value ...
    call,         ///< number: place in the closed list; items: one tuple of arguments
    persistent,   ///< number: how many came before it; items: one value that names it
  };
  Kind kind = Kind::none;
  std::uint32_t position = 0;  ///< of its opcode, in bytes
  std::uint32_t items = 0;     ///< place of its items, 0 for none
  std::uint32_t text_begin = 0;
  std::uint32_t text_bytes = 0;
  std::int64_t number = 0;
};

/// The values of one pickle.
class Pickle {
 public:
  using Ref = PickleValue::Ref;

  /// Read the pickle that `source` begins with. `allowed` is the closed list; its index is a global's number.
  /// Errors: input naming the opcode or the global and its byte offset, or the limit of the budget.
  /// Cost: linear in the bytes of the pickle.
  Pickle(const ParsedBytes& source, std::span<const PickleGlobal> allowed);

  Ref root() const { return root_; }
  const PickleValue& at(Ref value) const { return values_[value]; }
  /// Give the items of a tuple, list, dictionary, call or persistent value.
  std::span<const Ref> items(const PickleValue& value) const { return items_[value.items]; }
  std::string_view text(const PickleValue& value) const;
  /// Give all values that stand for something outside the pickle, in order.
  std::span<const Ref> persistent() const { return persistent_; }
  /// Give the bytes of the pickle, its last opcode included.
  std::int64_t size() const { return size_; }
  /// Throw Error{input} at the value's place.
  [[noreturn]] void refuse(const PickleValue& value, ErrorParts parts) const;

 private:
  friend class PickleReader;
  void check_nesting() const;

  ParsedBytes source_;
  std::deque<PickleValue> values_;
  std::deque<std::vector<Ref>> items_{1};
  std::vector<Ref> persistent_;
  Ref root_ = 0;
  std::int64_t size_ = 0;
};

/// Name a value's kind for a message, with an article.
std::string_view kind_name(PickleValue::Kind kind);

}  // namespace sonde::files

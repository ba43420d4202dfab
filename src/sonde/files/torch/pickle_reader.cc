#include <simdjson.h>

#include <algorithm>

#include "sonde/files/message_text_internal.h"
#include "sonde/files/torch/pickle_opcodes_internal.h"
#include "sonde/files/torch/pickle_reader_internal.h"

namespace sonde::files {

using Ref = Pickle::Ref;
using Kind = PickleValue::Kind;

constexpr Ref kAbsent = std::numeric_limits<Ref>::max();

void PickleReader::begin() {
  if (source_.size() == 0 || take(1) != 0x80) {
    refuse({.what = "not a pickle of protocol 2 to 5", .expected = "the opcode PROTO first"});
  }
  protocol();
}

void PickleReader::protocol() {
  const std::uint64_t version = take(1);
  if (version < 2 || version > 5) {
    refuse({.what = "pickle protocol not supported", .got = fmt::to_string(version), .expected = "2 to 5"});
  }
}

void PickleReader::refuse_opcode(char opcode) const {
  const auto known = std::ranges::find(kPickleOpcodes, opcode, &PickleOpcode::code);
  const std::string name = known != kPickleOpcodes.end()
                               ? std::string(known->name)
                               : fmt::format("{:#04x}", static_cast<unsigned char>(opcode));
  refuse({.what = fmt::format("pickle opcode {} is not one that weights need", name),
          .expected = "numbers, texts, tuples, lists, dictionaries and tensors",
          .hint = "convert the file to safetensors where you trust it; nothing in it was executed"});
}

void PickleReader::step(char opcode) {
  if (push_constant(opcode) || push_number(opcode) || push_text(opcode) || build_container(opcode) ||
      use_memo(opcode)) {
    return;
  }
  switch (opcode) {
    case '(':  // MARK
      if (static_cast<std::int64_t>(marks_.size()) >= source_.budget.pickle_depth)
        over_limit("marks at once", source_.budget.pickle_depth);
      marks_.push_back(stack_.size());
      return;
    case '0':  // POP
      pop();
      return;
    case '1':  // POP_MARK
      pop_to_mark();
      return;
    case '2':  // DUP
      need(1);
      push_shared(stack_.back());
      return;
    case 'c':  // GLOBAL
      return global_by_lines();
    case '\x93':  // STACK_GLOBAL
      return global_by_stack();
    case 'i':  // INST
      refuse_instance();
    case 'R':  // REDUCE
      return reduce();
    case 'b':  // BUILD
      return build();
    case 'Q': {  // BINPERSID
      const Ref name = pop();
      const auto number = static_cast<std::int64_t>(pickle_.persistent_.size());
      push_items(Kind::persistent, {name});
      pickle_.values_.back().number = number;
      pickle_.persistent_.push_back(stack_.back());
      return;
    }
    case '\x95':  // FRAME says only how much follows
      return check_frame(take(8));
    case '.':  // STOP
      return stop();
    default:
      refuse_opcode(opcode);
  }
}

void PickleReader::check_frame(std::uint64_t bytes) const {
  if (bytes > static_cast<std::uint64_t>(source_.size() - position_))
    refuse({.what = "pickle frame is longer than the file", .got = fmt::format("{} bytes", bytes)});
}

bool PickleReader::push_constant(char opcode) {
  switch (opcode) {
    case 'N':  // NONE
      push(Kind::none);
      return true;
    case '\x88':  // NEWTRUE
      push_number(Kind::boolean, 1);
      return true;
    case '\x89':  // NEWFALSE
      push_number(Kind::boolean, 0);
      return true;
    case 'G':  // BINFLOAT
      skip(8);
      push(Kind::real);
      return true;
    default:
      return false;
  }
}

bool PickleReader::push_number(char opcode) {
  switch (opcode) {
    case 'J':  // BININT
      push_number(Kind::integer, static_cast<std::int32_t>(take(4)));
      return true;
    case 'K':  // BININT1
      push_number(Kind::integer, static_cast<std::int64_t>(take(1)));
      return true;
    case 'M':  // BININT2
      push_number(Kind::integer, static_cast<std::int64_t>(take(2)));
      return true;
    case '\x8a':  // LONG1
      push_long(1);
      return true;
    case '\x8b':  // LONG4
      push_long(4);
      return true;
    default:
      return false;
  }
}

void PickleReader::push_long(int length_bytes) {
  const std::uint64_t length = take(length_bytes);
  const std::int64_t begin = skip(length);
  if (length > 8) {
    PickleValue& value = push(Kind::big_integer);
    value.text_begin = static_cast<std::uint32_t>(begin);
    value.text_bytes = static_cast<std::uint32_t>(length);
    return;
  }
  std::uint64_t bits = little_endian(source_.bytes, begin, static_cast<int>(length));
  const std::uint64_t shift = 64 - 8 * length;
  // The highest byte carries the sign.
  if (length > 0) bits = static_cast<std::uint64_t>(static_cast<std::int64_t>(bits << shift) >> shift);
  push_number(Kind::integer, static_cast<std::int64_t>(bits));
}

bool PickleReader::push_text(char opcode) {
  switch (opcode) {
    case '\x8c':  // SHORT_BINUNICODE
    case 'U':     // SHORT_BINSTRING, a text of Python 2
      push_counted(Kind::text, 1);
      return true;
    case 'X':  // BINUNICODE
    case 'T':  // BINSTRING
      push_counted(Kind::text, 4);
      return true;
    case '\x8d':  // BINUNICODE8
      push_counted(Kind::text, 8);
      return true;
    case 'C':  // SHORT_BINBYTES
      push_counted(Kind::bytes, 1);
      return true;
    case 'B':  // BINBYTES
      push_counted(Kind::bytes, 4);
      return true;
    case '\x8e':  // BINBYTES8
      push_counted(Kind::bytes, 8);
      return true;
    default:
      return false;
  }
}

void PickleReader::push_counted(Kind kind, int length_bytes) {
  const std::uint64_t length = take(length_bytes);
  const std::int64_t begin = skip(length);
  const char* data = reinterpret_cast<const char*>(source_.bytes.data()) + begin;
  if (kind == Kind::text && !simdjson::validate_utf8(data, length)) {
    refuse({.what = "text in a pickle is not UTF-8", .got = shown({data, length})});
  }
  PickleValue& value = push(kind);
  value.text_begin = static_cast<std::uint32_t>(begin);
  value.text_bytes = static_cast<std::uint32_t>(length);
}

void PickleReader::push_items(Kind kind, std::vector<Ref> items) {
  PickleValue& value = push(kind);
  if (items.empty()) return;
  value.items = static_cast<std::uint32_t>(pickle_.items_.size());
  pickle_.items_.push_back(std::move(items));
}

bool PickleReader::build_container(char opcode) {
  switch (opcode) {
    case ')':  // EMPTY_TUPLE
      push(Kind::tuple);
      return true;
    case '\x85':  // TUPLE1
    case '\x86':  // TUPLE2
    case '\x87':  // TUPLE3
      push_items(Kind::tuple, pop_last(static_cast<std::size_t>(opcode - '\x85') + 1));
      return true;
    case 't':  // TUPLE
      push_items(Kind::tuple, pop_to_mark());
      return true;
    case ']':  // EMPTY_LIST
      push(Kind::list);
      return true;
    case 'a':  // APPEND
      append_items(pop_last(1));
      return true;
    case 'e':  // APPENDS
      append_items(pop_to_mark());
      return true;
    case '}':  // EMPTY_DICT
      push(Kind::dictionary);
      return true;
    case 's':  // SETITEM
      set_items(pop_last(2));
      return true;
    case 'u':  // SETITEMS
      set_items(pop_to_mark());
      return true;
    default:
      return false;
  }
}

std::vector<Ref> PickleReader::pop_last(std::size_t count) {
  need(count);
  std::vector<Ref> taken(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
  stack_.resize(stack_.size() - count);
  return taken;
}

std::vector<Ref> PickleReader::pop_to_mark() {
  if (marks_.empty()) refuse({.what = "pickle looks for a mark that it never set"});
  const std::size_t mark = marks_.back();
  marks_.pop_back();
  std::vector<Ref> taken(stack_.begin() + static_cast<std::ptrdiff_t>(mark), stack_.end());
  stack_.resize(mark);
  return taken;
}

PickleValue& PickleReader::top(Kind kind, std::string_view expected) {
  need(1);
  PickleValue& value = pickle_.values_[stack_.back()];
  if (value.kind == kind) return value;
  refuse({.what = "pickle changes a value that cannot be changed",
          .got = std::string(kind_name(value.kind)),
          .expected = std::string(expected)});
}

std::vector<Ref>& PickleReader::items_of(PickleValue& value) {
  if (value.items == 0) {
    value.items = static_cast<std::uint32_t>(pickle_.items_.size());
    pickle_.items_.emplace_back();
  }
  return pickle_.items_[value.items];
}

void PickleReader::append_items(std::span<const Ref> given) {
  PickleValue& list = top(Kind::list, "a list that the pickle made");
  if (given.empty()) return;
  std::vector<Ref>& items = items_of(list);
  items.insert(items.end(), given.begin(), given.end());
}

void PickleReader::set_items(std::span<const Ref> given) {
  PickleValue& dictionary = top(Kind::dictionary, "a dictionary that the pickle made");
  if (given.size() % 2 != 0) refuse({.what = "pickle sets a key without a value"});
  if (given.empty()) return;
  std::vector<Ref>& items = items_of(dictionary);
  items.insert(items.end(), given.begin(), given.end());
}

bool PickleReader::use_memo(char opcode) {
  switch (opcode) {
    case 'q':  // BINPUT
      remember(static_cast<std::int64_t>(take(1)));
      return true;
    case 'r':  // LONG_BINPUT
      remember(static_cast<std::int64_t>(take(4)));
      return true;
    case '\x94':  // MEMOIZE
      remember(memorised_);
      return true;
    case 'h':  // BINGET
      recall(static_cast<std::int64_t>(take(1)));
      return true;
    case 'j':  // LONG_BINGET
      recall(static_cast<std::int64_t>(take(4)));
      return true;
    default:
      return false;
  }
}

void PickleReader::remember(std::int64_t place) {
  need(1);
  if (place >= source_.budget.pickle_memo) over_limit("remembered values", source_.budget.pickle_memo);
  const auto index = static_cast<std::size_t>(place);
  if (index >= memo_.size()) memo_.resize(index + 1, kAbsent);
  if (memo_[index] == kAbsent) ++memorised_;
  memo_[index] = stack_.back();
}

void PickleReader::recall(std::int64_t place) {
  const auto index = static_cast<std::size_t>(place);
  if (index >= memo_.size() || memo_[index] == kAbsent) {
    refuse({.what = "pickle recalls a value that it never remembered", .got = fmt::to_string(place)});
  }
  push_shared(memo_[index]);
}

std::string_view PickleReader::line() {
  const char* data = reinterpret_cast<const char*>(source_.bytes.data()) + position_;
  const std::string_view rest(data, static_cast<std::size_t>(source_.size() - position_));
  const auto most = static_cast<std::size_t>(source_.budget.global_bytes);
  const std::size_t end = rest.substr(0, most + 1).find('\n');
  if (end == std::string_view::npos) {
    refuse({.what = "name in a pickle is cut short or above the limit",
            .got = shown(rest.substr(0, most)),
            .expected = fmt::format("at most {} bytes and a line feed", most)});
  }
  skip(end + 1);
  return rest.substr(0, end);
}

void PickleReader::global_by_lines() {
  const std::string_view module = line();
  push_global(module, line());
}

void PickleReader::global_by_stack() {
  const std::vector<Ref> names = pop_last(2);
  for (const Ref name : names) {
    const PickleValue& value = pickle_.at(name);
    if (value.kind != Kind::text || value.text_bytes > source_.budget.global_bytes) {
      refuse({.what = "name in a pickle is no short text", .got = std::string(kind_name(value.kind))});
    }
  }
  push_global(pickle_.text(pickle_.at(names[0])), pickle_.text(pickle_.at(names[1])));
}

void PickleReader::refuse_instance() {
  const std::string_view module = line();
  push_global(module, line());
  refuse_opcode('i');
}

void PickleReader::push_global(std::string_view module, std::string_view name) {
  const auto found = std::ranges::find_if(
      allowed_, [&](const PickleGlobal& global) { return global.module == module && global.name == name; });
  if (found == allowed_.end()) {
    refuse({.what = "pickle names a function or class that weights do not need",
            .got = shown(fmt::format("{}.{}", module, name)),
            .expected = "tensors, numbers and texts only",
            .hint = "nothing was executed; where you trust the file, convert its weights to safetensors"});
  }
  push_number(Kind::global, found - allowed_.begin());
}

void PickleReader::reduce() {
  const std::vector<Ref> parts = pop_last(2);
  const PickleValue& function = pickle_.at(parts[0]);
  const PickleValue& arguments = pickle_.at(parts[1]);
  if (function.kind != Kind::global || arguments.kind != Kind::tuple) {
    refuse({.what = "pickle calls something that is no function",
            .got = fmt::format("{} with {}", kind_name(function.kind), kind_name(arguments.kind)),
            .expected = "a listed name with a tuple of arguments"});
  }
  const std::int64_t number = function.number;
  if (allowed_[static_cast<std::size_t>(number)].call == PickleGlobal::Call::dictionary)
    return reduce_dictionary(parts[1]);
  push_items(Kind::call, {parts[1]});
  pickle_.values_.back().number = number;
}

// OrderedDict() is filled by SETITEMS; Python 2 wrote OrderedDict([[key, value], ...]).
void PickleReader::reduce_dictionary(Ref arguments) {
  std::vector<Ref> items;
  for (const Ref argument : pickle_.items(pickle_.at(arguments))) {
    if (pickle_.at(argument).kind != Kind::list || !items.empty())
      refuse({.what = "pickle makes a dictionary from something else than a list of pairs"});
    for (const Ref pair : pickle_.items(pickle_.at(argument))) {
      const std::span<const Ref> both = pickle_.items(pickle_.at(pair));
      if (both.size() != 2)
        refuse({.what = "pickle makes a dictionary from something else than a list of pairs"});
      items.insert(items.end(), both.begin(), both.end());
    }
  }
  push_items(Kind::dictionary, std::move(items));
}

// A state dictionary carries its version numbers as attributes, which change no tensor.
void PickleReader::build() {
  const Ref state = pop();
  top(Kind::dictionary, "a dictionary that the pickle made");
  if (pickle_.at(state).kind != Kind::dictionary) {
    refuse({.what = "pickle sets attributes from something else than a dictionary",
            .got = std::string(kind_name(pickle_.at(state).kind))});
  }
}

void PickleReader::stop() {
  if (stack_.size() != 1 || !marks_.empty()) {
    refuse({.what = "pickle ends with something left over",
            .got = fmt::format("{} values", stack_.size()),
            .expected = "one"});
  }
  pickle_.root_ = stack_.front();
  stopped_ = true;
}

}  // namespace sonde::files

// The machine that a pickle drives: a stack, marks on it, and a memo. It builds values and does nothing else.
#pragma once

#include <fmt/format.h>

#include <limits>

#include "sonde/files/torch/pickle_internal.h"

namespace sonde::files {

/// The machine that a pickle drives: a stack, marks on it, and a memo.
class PickleReader {
 public:
  using Ref = Pickle::Ref;
  using Kind = PickleValue::Kind;

  PickleReader(const ParsedBytes& source, std::span<const PickleGlobal> allowed, Pickle& pickle)
      : source_(source), allowed_(allowed), pickle_(pickle) {}

  /// Run until STOP.
  void run() {
    begin();
    for (std::int64_t steps = 1; !stopped_; ++steps) {
      if (steps > source_.budget.pickle_opcodes) over_limit("opcodes", source_.budget.pickle_opcodes);
      opcode_at_ = position_;
      step(static_cast<char>(take(1)));
    }
    pickle_.size_ = position_;
  }

 private:
  void begin();
  void step(char opcode);
  bool push_constant(char opcode);
  bool push_number(char opcode);
  bool push_text(char opcode);
  bool build_container(char opcode);
  bool use_memo(char opcode);
  void protocol();
  void check_frame(std::uint64_t bytes) const;
  void stop();
  void push_long(int length_bytes);
  void push_counted(Kind kind, int length_bytes);
  void global_by_lines();
  void global_by_stack();
  void push_global(std::string_view module, std::string_view name);
  [[noreturn]] void refuse_instance();
  void reduce();
  void reduce_dictionary(Ref arguments);
  void build();
  void set_items(std::span<const Ref> given);
  void append_items(std::span<const Ref> given);
  void remember(std::int64_t place);
  void recall(std::int64_t place);

  [[noreturn]] void refuse(ErrorParts parts) const { source_.refuse(opcode_at_, std::move(parts)); }
  [[noreturn]] void refuse_opcode(char opcode) const;
  [[noreturn]] void over_limit(std::string_view what, std::int64_t limit) const {
    refuse({.what = fmt::format("pickle has more {} than the limit", what),
            .expected = fmt::format("at most {}", limit)});
  }

  /// Step over `count` bytes and give where they begin.
  std::int64_t skip(std::uint64_t count) {
    if (count > static_cast<std::uint64_t>(source_.size() - position_)) {
      refuse({.what = "pickle is cut short or above the limit",
              .got = fmt::format("{} bytes left", source_.size() - position_),
              .expected = fmt::format("{} more", count)});
    }
    const std::int64_t begin = position_;
    position_ += static_cast<std::int64_t>(count);
    return begin;
  }
  std::uint64_t take(int bytes) {
    return little_endian(source_.bytes, skip(static_cast<std::uint64_t>(bytes)), bytes);
  }
  std::string_view line();

  PickleValue& push(Kind kind) {
    if (static_cast<std::int64_t>(pickle_.values_.size()) >= source_.budget.pickle_values)
      over_limit("values", source_.budget.pickle_values);
    push_shared(static_cast<Ref>(pickle_.values_.size()));
    pickle_.values_.push_back({.kind = kind, .position = static_cast<std::uint32_t>(opcode_at_)});
    return pickle_.values_.back();
  }
  void push_number(Kind kind, std::int64_t number) { push(kind).number = number; }
  void push_items(Kind kind, std::vector<Ref> items);
  void push_shared(Ref value) {
    if (static_cast<std::int64_t>(stack_.size()) >= source_.budget.pickle_values)
      over_limit("values on its stack", source_.budget.pickle_values);
    stack_.push_back(value);
  }

  /// Check that `count` values lie above the last mark.
  void need(std::size_t count) const {
    const std::size_t floor = marks_.empty() ? 0 : marks_.back();
    if (stack_.size() - floor < count) refuse({.what = "pickle takes more from its stack than it put there"});
  }
  Ref pop() {
    need(1);
    const Ref value = stack_.back();
    stack_.pop_back();
    return value;
  }
  std::vector<Ref> pop_last(std::size_t count);
  std::vector<Ref> pop_to_mark();
  PickleValue& top(Kind kind, std::string_view expected);
  std::vector<Ref>& items_of(PickleValue& value);

  const ParsedBytes& source_;
  std::span<const PickleGlobal> allowed_;
  Pickle& pickle_;
  std::vector<Ref> stack_;
  std::vector<std::size_t> marks_;
  std::vector<Ref> memo_;
  std::int64_t memorised_ = 0;
  std::int64_t position_ = 0;
  std::int64_t opcode_at_ = 0;
  bool stopped_ = false;
};

}  // namespace sonde::files

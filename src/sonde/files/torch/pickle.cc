#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "sonde/files/torch/pickle_internal.h"
#include "sonde/files/torch/pickle_reader_internal.h"

namespace sonde::files {

Pickle::Pickle(const ParsedBytes& source, std::span<const PickleGlobal> allowed) : source_(source) {
  // Positions are kept in 32 bits.
  const auto most = static_cast<std::size_t>(
      std::min<std::int64_t>(source.budget.header_bytes, std::numeric_limits<std::uint32_t>::max()));
  const ParsedBytes part =
      source.within(source.bytes.first(std::min(most, source.bytes.size())), source.part);
  PickleReader(part, allowed, *this).run();
  check_nesting();
}

std::string_view Pickle::text(const PickleValue& value) const {
  return {reinterpret_cast<const char*>(source_.bytes.data()) + value.text_begin, value.text_bytes};
}

void Pickle::refuse(const PickleValue& value, ErrorParts parts) const {
  source_.refuse(value.position, std::move(parts));
}

/// Check that no value holds itself, and that none is nested deeper than the budget says.
void Pickle::check_nesting() const {
  struct Visit {
    Ref value;
    std::size_t next = 0;
    std::int64_t below = 0;  // deepest nesting under it so far
  };
  constexpr std::int32_t kOnPath = -1;
  std::vector<std::int32_t> depth(values_.size(), 0);  // 0: not seen; kOnPath; else levels from here down
  std::vector<Visit> path = {{root_}};
  depth[root_] = kOnPath;
  while (!path.empty()) {
    Visit& visit = path.back();
    const std::span<const Ref> children = items(at(visit.value));
    if (visit.next == children.size()) {
      const std::int64_t levels = visit.below + 1;
      depth[visit.value] = static_cast<std::int32_t>(levels);
      path.pop_back();
      if (!path.empty()) path.back().below = std::max(path.back().below, levels);
      continue;
    }
    const Ref child = children[visit.next++];
    if (depth[child] == kOnPath) refuse(at(child), {.what = "value in a pickle holds itself"});
    const std::int64_t levels = static_cast<std::int64_t>(path.size()) + std::max(depth[child], 1);
    if (levels > source_.budget.pickle_depth) {
      refuse(at(child), {.what = "values in a pickle are nested deeper than the limit",
                         .expected = fmt::format("at most {} levels", source_.budget.pickle_depth)});
    }
    if (depth[child] > 0) {
      visit.below = std::max<std::int64_t>(visit.below, depth[child]);
      continue;
    }
    depth[child] = kOnPath;
    path.push_back({child});
  }
}

std::string_view kind_name(PickleValue::Kind kind) {
  constexpr std::string_view kNames[] = {"None",
                                         "a boolean",
                                         "an integer",
                                         "a large integer",
                                         "a real",
                                         "a text",
                                         "bytes",
                                         "a function or class",
                                         "a tuple",
                                         "a list",
                                         "a dictionary",
                                         "a call",
                                         "something outside the pickle"};
  return kNames[static_cast<std::size_t>(kind)];
}

}  // namespace sonde::files

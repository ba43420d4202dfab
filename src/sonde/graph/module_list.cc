#include "sonde/graph/module_list.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <string_view>

namespace sonde::graph {
namespace {

std::string shape_text(const Graph& graph, ValueId value) {
  if (value == kNoValue) return "–";
  const ValueRecord& record = graph.value(value);
  switch (record.rows) {
    case RowSpace::token:
      return fmt::format("[t, {}]", record.width);
    case RowSpace::sequence:
      return fmt::format("[n, {}]", record.width);
    case RowSpace::pair:
      return fmt::format("[{}, t, t]", record.width);
    case RowSpace::table:
      return fmt::format("[{}, {}]", record.table_rows, record.width);
  }
  return "–";
}

// Addresses that differ in one number: hidden states, the modules of layers, the calls of a module.
struct Family {
  std::string before;       // what stands before the number
  std::string range_start;  // how a pattern of some of them starts, for example "layers["
  std::string range_end;
  std::int64_t members = 0;
};

// Neighbouring rows of one member of a family.
struct Span {
  const Family* family = nullptr;
  std::int64_t number = 0;
  std::size_t first = 0;
  std::size_t end = 0;
};

std::vector<Family> families_of(const Graph& graph) {
  std::vector<Family> families = {
      {"hidden[", "hidden[", "", static_cast<std::int64_t>(graph.hidden_states.size())}};
  const auto layers = std::ranges::find(graph.aliases, "layers[i]", &Alias::name);
  if (layers != graph.aliases.end() && layers->layer_paths.empty()) {
    families.push_back({layers->path.substr(0, layers->path.find("{i}")), "layers[", "]", graph.layers});
  }
  for (const ScopeRecord& scope : graph.scopes) {
    if (!scope.path.ends_with("[0]")) continue;
    const std::string before = scope.path.substr(0, scope.path.size() - 2);
    const std::string_view module = std::string_view(before).substr(0, before.size() - 1);
    families.push_back({before, before, "", call_count(graph, module)});
  }
  return families;
}

class Folding {
 public:
  Folding(const Graph& graph, std::span<const ModuleRow> rows) : families_(families_of(graph)), rows_(rows) {}

  std::vector<ModuleRow> run() {
    for (std::size_t at = 0; at < rows_.size();) {
      const Span first = span_at(at);
      Span last = first;
      for (Span next = span_at(last.end); follows(last, next); next = span_at(last.end)) last = next;
      emit(first, last);
      at = last.end;
    }
    return std::move(folded_);
  }

 private:
  // The family and number that an address belongs to, and how many of its characters that takes.
  struct Member {
    const Family* family = nullptr;
    std::int64_t number = 0;
    std::size_t length = 0;
  };

  Member member_of(std::string_view address) const {
    for (const Family& family : families_) {
      if (!address.starts_with(family.before)) continue;
      Member member{&family};
      const char* begin = address.data() + family.before.size();
      const auto [end, failure] = std::from_chars(begin, address.data() + address.size(), member.number);
      if (failure != std::errc{}) continue;
      member.length = static_cast<std::size_t>(end - address.data());
      return member;
    }
    return {};
  }

  Span span_at(std::size_t at) const {
    if (at == rows_.size()) return {nullptr, 0, at, at};
    const Member member = member_of(rows_[at].address);
    std::size_t end = at + 1;
    while (member.family != nullptr && end < rows_.size()) {
      const Member other = member_of(rows_[end].address);
      if (other.family != member.family || other.number != member.number) break;
      ++end;
    }
    return {member.family, member.number, at, end};
  }

  bool alike(const ModuleRow& a, const ModuleRow& b) const {
    return a.kind == b.kind && a.shape == b.shape && a.parameters == b.parameters &&
           a.activations == b.activations &&
           a.address.substr(member_of(a.address).length) == b.address.substr(member_of(b.address).length);
  }

  // Whether `next` is the member after `last`, with the same modules.
  bool follows(const Span& last, const Span& next) const {
    if (next.family == nullptr || next.family != last.family || next.number != last.number + 1) return false;
    return std::ranges::equal(rows_.begin() + last.first, rows_.begin() + last.end,
                              rows_.begin() + next.first, rows_.begin() + next.end,
                              [this](const ModuleRow& a, const ModuleRow& b) { return alike(a, b); });
  }

  void emit(const Span& first, const Span& last) {
    const std::int64_t count = last.number - first.number + 1;
    for (std::size_t i = first.first; i < first.end; ++i) {
      ModuleRow row = rows_[i];
      if (count > 1) {
        const Family& family = *first.family;
        const std::string rest = row.address.substr(member_of(row.address).length);
        row.address = count == family.members ? family.before + "*" + rest
                                              : fmt::format("{}{}:{}{}{}", family.range_start, first.number,
                                                            last.number + 1, family.range_end, rest);
        row.count = count;
      }
      folded_.push_back(std::move(row));
    }
  }

  std::vector<Family> families_;
  std::span<const ModuleRow> rows_;
  std::vector<ModuleRow> folded_;
};

// Parameters of a module and of all below it; a tied parameter counts where it stands first, one that several
// calls share counts once.
std::int64_t parameters_below(const Graph& graph, const std::string& path) {
  std::set<ParameterId> below;
  for (const ScopeRecord& scope : graph.scopes) {
    if (scope.path != path && !scope.path.starts_with(path + ".")) continue;
    below.insert(scope.parameters.begin(), scope.parameters.end());
  }
  std::int64_t count = 0;
  for (const ParameterId id : below) count += graph.own_size(id);
  return count;
}

}  // namespace

std::int64_t call_count(const Graph& graph, std::string_view module) {
  const std::string before = fmt::format("{}[", module);
  return std::ranges::count_if(graph.scopes, [&](const ScopeRecord& scope) {
    return scope.path.starts_with(before) && scope.path.find(']') == scope.path.size() - 1;
  });
}

std::vector<ModuleRow> list_modules(const Graph& graph, const Workload& work) {
  std::vector<ModuleRow> rows;
  const auto add = [&](std::string address, std::string kind, ValueId value) {
    const std::int64_t numbers = value == kNoValue ? 0 : number_count(graph, value, work);
    rows.push_back({std::move(address), std::move(kind), shape_text(graph, value), 0, numbers});
  };
  for (const ScopeRecord& scope : graph.scopes) {
    add(scope.path, scope.kind, scope.output);
    rows.back().parameters = parameters_below(graph, scope.path);
  }
  for (const InnerValue& inner : graph.inner_values) add(inner.path, "inner value", inner.value);
  for (std::size_t i = 0; i < graph.hidden_states.size(); ++i)
    add(fmt::format("hidden[{}]", i), "hidden state", graph.hidden_states[i]);
  return rows;
}

std::vector<ModuleRow> fold_layers(const Graph& graph, std::span<const ModuleRow> rows) {
  return Folding(graph, rows).run();
}

}  // namespace sonde::graph

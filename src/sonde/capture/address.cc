#include "sonde/capture/address.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <set>

#include "sonde/capture/address_pattern.h"
#include "sonde/core/error.h"
#include "sonde/core/nearest.h"
#include "sonde/graph/module_list.h"

namespace sonde::capture {
namespace {

using graph::Graph;
using graph::ValueId;

enum class Port { input, output };

struct PathAndPort {
  std::string path;
  Port port = Port::output;
};

class Resolver {
 public:
  explicit Resolver(const Graph& graph) : graph_(graph) {}

  void resolve(const std::string& text) {
    const std::optional<IndexedAddress> indexed = parse_indexed(text);
    if (indexed && indexed->word == "hidden" && indexed->rest.empty()) return add_hidden(*indexed);
    if (indexed ? add_alias(*indexed) : add_plain_alias(text)) return;
    if (indexed ? add_calls(*indexed) : add_path(text) || add_path(other_spelling(text))) return;
    refuse(text);
  }

  Resolution take() { return std::move(result_); }

 private:
  void add(std::string name, ValueId value) {
    if (!seen_.insert(name).second) return;
    result_.addresses.push_back({std::move(name), value, graph_.value(value).rows});
  }

  void add_hidden(const IndexedAddress& address) {
    for (const std::int64_t i : select(address, static_cast<std::int64_t>(graph_.hidden_states.size()))) {
      add(fmt::format("hidden[{}]", i), graph_.hidden_states[i]);
    }
  }

  // `layers[i]…`: the alias whose name continues furthest into the text.
  bool add_alias(const IndexedAddress& address) {
    const graph::Alias* best = nullptr;
    std::string tail;
    for (const graph::Alias& alias : graph_.aliases) {
      const std::optional<IndexedAddress> shape = parse_indexed(alias.name);
      if (!shape || shape->word != address.word || !address.rest.starts_with(shape->rest)) continue;
      const std::string left = address.rest.substr(shape->rest.size());
      if (!left.empty() && left.front() != '.') continue;
      if (best != nullptr && alias.name.size() < best->name.size()) continue;
      best = &alias;
      tail = left;
    }
    if (best == nullptr) return false;
    bool found = true;
    for (const std::int64_t i : select(address, graph_.layers)) {
      found = add_path(path_of_layer(*best, i) + tail) && found;
    }
    return found;
  }

  static std::string path_of_layer(const graph::Alias& alias, std::int64_t layer) {
    if (!alias.layer_paths.empty()) return alias.layer_paths[static_cast<std::size_t>(layer)];
    std::string path = alias.path;
    return path.replace(path.find("{i}"), 3, std::to_string(layer));
  }

  // `module[k]…`: calls of a module that one pass calls several times.
  bool add_calls(const IndexedAddress& address) {
    bool found = false;
    for (const graph::ScopeRecord& scope : graph_.scopes) {
      if (!scope.path.ends_with("[0]")) continue;
      const std::string module = scope.path.substr(0, scope.path.size() - 3);
      if (!matches(address.word, module) && !matches(other_spelling(address.word), module)) continue;
      for (const std::int64_t call : select(address, graph::call_count(graph_, module))) {
        found = add_path(fmt::format("{}[{}]{}", module, call, address.rest)) || found;
      }
    }
    return found;
  }

  bool add_plain_alias(const std::string& text) {
    for (const graph::Alias& alias : graph_.aliases) {
      if (text == alias.name) return add_path(alias.path);
      if (text.starts_with(alias.name + ".")) return add_path(alias.path + text.substr(alias.name.size()));
    }
    return false;
  }

  // A path of modules, with or without its port. A module that is itself called "output" wins over the port.
  bool add_path(const std::string& text) {
    if (text.empty()) return false;
    if (add_modules({text, Port::output}) || add_inner(text)) return true;
    if (text.ends_with(".output")) return add_modules({text.substr(0, text.size() - 7), Port::output});
    if (text.ends_with(".input")) return add_modules({text.substr(0, text.size() - 6), Port::input});
    return false;
  }

  bool add_modules(const PathAndPort& asked) {
    const bool pattern = is_pattern(asked.path);
    bool found = false;
    for (const graph::ScopeRecord& scope : graph_.scopes) {
      if (!matches(asked.path, scope.path)) continue;
      found = true;
      const ValueId value = asked.port == Port::input ? scope.input : scope.output;
      const std::string name = asked.port == Port::input ? scope.path + ".input" : scope.path;
      const bool per_token = value != graph::kNoValue && graph_.value(value).rows == graph::RowSpace::token;
      if (pattern && !per_token) {
        if (value != graph::kNoValue || asked.port == Port::output) result_.left_out.push_back(name);
      } else if (value == graph::kNoValue || graph_.value(value).rows == graph::RowSpace::table) {
        refuse_without_tokens(scope, value, name);
      } else {
        add(name, value);
      }
    }
    return found;
  }

  [[noreturn]] void refuse_without_tokens(const graph::ScopeRecord& scope, ValueId value,
                                          const std::string& name) const {
    ErrorParts parts{.where = fmt::format("address '{}'", name)};
    if (value != graph::kNoValue) {
      parts.what = "a table that no text changes, not vectors of tokens";
      parts.hint = "its numbers follow from the checkpoint alone";
    } else if (scope.output == graph::kNoValue) {
      parts.what = "no tensor: the model never calls this module";
      parts.hint = "sonde modules lists what has values";
    } else {
      parts.what = "not a tensor of numbers: the module takes token ids";
      parts.hint = "ask for its output";
    }
    throw Error(ErrorCode::usage, std::move(parts));
  }

  // Inner values answer to their own name only, so that `**` stays what modules return.
  bool add_inner(const std::string& text) {
    if (is_pattern(text.substr(text.rfind('.') + 1))) return false;
    bool found = false;
    for (const graph::InnerValue& inner : graph_.inner_values) {
      if (!matches(text, inner.path)) continue;
      add(inner.path, inner.value);
      found = true;
    }
    return found;
  }

  // The same path with the base prefix put on or taken off.
  std::string other_spelling(const std::string& text) const {
    const std::string prefix = graph_.base_name + ".";
    if (graph_.head_class) return prefix + text;
    return text.starts_with(prefix) ? text.substr(prefix.size()) : std::string();
  }

  // An address that would be right if it said which of several calls it means.
  void refuse_without_call(const std::string& text) const {
    for (const Address& address : all_addresses(graph_)) {
      const std::size_t call = address.name.find("[0]");
      if (call == std::string::npos || address.name.starts_with("hidden[")) continue;
      const std::string plain = graph::module_path(address.name);
      if (text != plain && other_spelling(text) != plain && text != plain + ".output") continue;
      const std::int64_t calls = graph::call_count(graph_, address.name.substr(0, call));
      throw Error(ErrorCode::usage, {.where = fmt::format("address '{}'", text),
                                     .what = fmt::format("one pass calls this module {} times", calls),
                                     .expected = fmt::format("'{}' for the first call, up to [{}], or [*]",
                                                             address.name, calls - 1)});
    }
  }

  [[noreturn]] void refuse(const std::string& text) const {
    refuse_without_call(text);
    std::vector<std::string> known;
    // Users leave the base prefix out as often as not, so both spellings are known words.
    const std::string prefix = graph_.base_name + ".";
    const bool prefixed = text.starts_with(prefix);
    for (const Address& address : all_addresses(graph_)) {
      const bool strip = !prefixed && address.name.starts_with(prefix);
      known.push_back(strip ? address.name.substr(prefix.size()) : address.name);
    }
    for (const graph::Alias& alias : graph_.aliases) known.push_back(alias.name);
    throw Error(ErrorCode::usage, {.where = fmt::format("address '{}'", text),
                                   .what = fmt::format("nothing in {} has this address", graph_.model_class),
                                   .hint = did_you_mean(text, known)});
  }

  const Graph& graph_;
  Resolution result_;
  std::set<std::string> seen_;
};

}  // namespace

Resolution resolve(const Graph& graph, std::span<const std::string> asked) {
  Resolver resolver(graph);
  for (const std::string& list : asked) {
    for (const std::string& text : split_list(list)) resolver.resolve(text);
  }
  Resolution resolution = resolver.take();
  if (!resolution.addresses.empty() || !resolution.left_out.empty()) return resolution;
  throw Error(ErrorCode::usage,
              {.where = "addresses", .what = "none is given", .expected = "for example hidden[*]"});
}

std::vector<Address> all_addresses(const Graph& graph) {
  std::vector<Address> addresses;
  const auto add = [&](std::string name, ValueId value) {
    if (value == graph::kNoValue || graph.value(value).rows == graph::RowSpace::table) return;
    addresses.push_back({std::move(name), value, graph.value(value).rows});
  };
  for (std::size_t i = 0; i < graph.hidden_states.size(); ++i) {
    add(fmt::format("hidden[{}]", i), graph.hidden_states[i]);
  }
  for (const graph::ScopeRecord& scope : graph.scopes) {
    add(scope.path + ".input", scope.input);
    add(scope.path, scope.output);
  }
  for (const graph::InnerValue& inner : graph.inner_values) add(inner.path, inner.value);
  return addresses;
}

}  // namespace sonde::capture

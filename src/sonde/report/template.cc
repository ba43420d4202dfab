#include "sonde/report/template.h"

#include <vector>

#include "sonde/core/error.h"
#include "sonde/report/escape.h"

namespace sonde::report {
namespace {

using Json = nlohmann::ordered_json;

/// The objects around the current place, outermost first.
using Scope = std::vector<const Json*>;

const Json* look_up(const Scope& scope, std::string_view name) {
  if (name == ".") return scope.back();
  for (auto item = scope.rbegin(); item != scope.rend(); ++item) {
    if (!(*item)->is_object()) continue;
    const auto found = (*item)->find(std::string(name));
    if (found != (*item)->end()) return &*found;
  }
  return nullptr;
}

bool is_there(const Json* value) {
  if (value == nullptr || value->is_null()) return false;
  if (value->is_boolean()) return value->get<bool>();
  if (value->is_string()) return !value->get_ref<const std::string&>().empty();
  if (value->is_array()) return !value->empty();
  return true;
}

std::string as_text(const Json* value) {
  if (value == nullptr || value->is_null()) return "";
  return value->is_string() ? value->get<std::string>() : value->dump();
}

/// One pass over a template with a place that only moves forward.
class Filler {
 public:
  explicit Filler(std::string_view text) : text_(text) {}

  /// Write up to the end, or to {{/until}}; write nothing when `out` is null.
  void run(Scope& scope, std::string_view until, std::string* out) {
    for (;;) {
      const std::size_t open = text_.find("{{", at_);
      if (open == std::string_view::npos) {
        if (!until.empty())
          assertion_failed("section of a template is closed", std::string(until).c_str(), 0);
        emit(out, text_.substr(at_));
        at_ = text_.size();
        return;
      }
      emit(out, text_.substr(at_, open - at_));
      if (tag(open, scope, until, out)) return;
    }
  }

 private:
  static void emit(std::string* out, std::string_view words) {
    if (out != nullptr) out->append(words);
  }

  /// Handle the tag at `open`; true when it closes `until`.
  bool tag(std::size_t open, Scope& scope, std::string_view until, std::string* out) {
    const bool markup = text_.substr(open, 3) == "{{{";
    const std::size_t start = open + (markup ? 3 : 2);
    const std::size_t close = text_.find(markup ? "}}}" : "}}", start);
    SONDE_ASSERT(close != std::string_view::npos);
    std::string_view name = text_.substr(start, close - start);
    at_ = close + (markup ? 3 : 2);
    const char kind = markup || name.empty() ? '{' : name[0];
    if (kind == '!') return skip_line_end();
    if (kind == '/') return name.substr(1) == until;
    if (kind == '#' || kind == '^') {
      section(kind, name.substr(1), scope, out);
    } else if (out != nullptr) {  // what is skipped is not even looked up: `.` may be the whole view
      const std::string text = as_text(look_up(scope, name));
      emit(out, markup ? text : escape_html(text));
    }
    return false;
  }

  /// A comment takes the line end after it along.
  bool skip_line_end() {
    if (at_ < text_.size() && text_[at_] == '\n') ++at_;
    return false;
  }

  void section(char kind, std::string_view name, Scope& scope, std::string* out) {
    const Json* value = out != nullptr ? look_up(scope, name) : nullptr;
    const bool there = is_there(value);
    const std::size_t begin = at_;
    if (kind == '#' && there && value->is_array()) {
      for (const Json& item : *value) {
        at_ = begin;
        inside(item, scope, name, out);
      }
    } else if (kind == '#' && there) {
      inside(*value, scope, name, out);
    } else {
      run(scope, name, kind == '^' && out != nullptr && !there ? out : nullptr);
    }
  }

  void inside(const Json& item, Scope& scope, std::string_view name, std::string* out) {
    scope.push_back(&item);
    run(scope, name, out);
    scope.pop_back();
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::string fill_template(std::string_view text, const Json& view) {
  std::string out;
  Scope scope{&view};
  Filler(text).run(scope, "", &out);
  return out;
}

}  // namespace sonde::report

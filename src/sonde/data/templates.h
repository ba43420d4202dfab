// Texts with placeholders that columns fill: "{text}" stands for the column `text`, "{{" and "}}" for braces.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sonde::data {

/// A parsed template.
class Template {
 public:
  /// Errors: usage for a brace that is not closed or opened, a placeholder without a name, or no placeholder.
  explicit Template(std::string_view text);

  /// List the names between braces, each once, in order of first appearance.
  const std::vector<std::string>& placeholders() const { return placeholders_; }
  /// Let a placeholder, where there is one of that name, stand for another column.
  void rename(std::string_view from, std::string_view to);
  /// Give the text with every placeholder replaced. Shapes: values, as placeholders().
  std::string fill(std::span<const std::string_view> values) const;

 private:
  void add_placeholder(std::string_view name);

  std::vector<std::string> placeholders_;
  std::vector<std::string> literals_{""};  // one more than slots
  std::vector<std::size_t> slots_;         // which placeholder stands between two literals
};

}  // namespace sonde::data

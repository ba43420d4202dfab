// A model's config.json, read with range checks. Knows no architecture and runs no code that a config may
// name.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sonde/kernels/elementwise.h"

namespace sonde::models {

/// A parsed config.json. A key that is absent or null takes its default, where the getter has one.
class Config {
 public:
  /// Parse the text of a config.json. Errors: input, with the byte offset, when it is not a JSON object.
  static Config parse(std::string_view text);

  /// The model's type, for example "bert". Errors: input when absent.
  std::string model_type() const { return text("model_type"); }
  /// The class the weights were saved from, or `otherwise` when the config names none.
  std::string model_class(std::string_view otherwise) const;

  /// Give a whole number of at least 1 and at most 2³¹−1.
  /// Errors: input when absent, of another type or out of range.
  std::int64_t size(std::string_view key) const;
  std::int64_t size(std::string_view key, std::int64_t otherwise) const;
  /// Give a whole number of at least 0. Errors: as size().
  std::int64_t count(std::string_view key, std::int64_t otherwise) const;
  /// Give a token's id: a whole number of at least 0, or the first of a list of them; nothing when absent.
  /// Errors: input when it is anything else.
  std::optional<std::int32_t> token(std::string_view key) const;
  /// Give the number of layers, which a graph repeats in memory. Errors: as size(), and above 4,096.
  std::int64_t layer_count(std::string_view key) const;
  std::int64_t layer_count(std::string_view key, std::int64_t otherwise) const;
  /// Give a finite number. Errors: input when of another type or not finite.
  double number(std::string_view key, double otherwise) const;
  /// Give the number of classes of a classifier: entries of `id2label`, else `num_labels`, else 2.
  /// Errors: input when there are none, `id2label` is no object, or as size().
  std::int64_t label_count() const;
  bool flag(std::string_view key, bool otherwise) const;
  std::string text(std::string_view key) const;
  std::string text(std::string_view key, std::string_view otherwise) const;
  /// Give a list of texts, empty when absent. Errors: input when it is anything else.
  std::vector<std::string> texts(std::string_view key) const;
  /// Give the words of a list of texts, or of one text that holds them between '|' signs; in lower case,
  /// empty when absent. Errors: input when it is anything else.
  std::vector<std::string> alternatives(std::string_view key) const;
  /// Give a list of finite numbers, empty when absent. Errors: input when it is anything else.
  std::vector<double> numbers(std::string_view key) const;
  /// Whether the key is there and says null, where that means other than being absent.
  bool is_null(std::string_view key) const;
  kernels::Activation activation(std::string_view key, std::string_view otherwise) const;
  /// Give an object inside the config, or nothing.
  std::optional<Config> object(std::string_view key) const;

  /// Report a config whose values do not fit together. Errors: always input.
  [[noreturn]] static void refuse(std::string_view key, std::string got, std::string expected);

 private:
  std::int64_t whole_number(std::string_view key, std::int64_t least) const;
  const nlohmann::json* find(std::string_view key) const;
  nlohmann::json values_;
};

}  // namespace sonde::models

// Writes GGUF files for tests, honest ones and lies.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sonde::files {

template <class T>
std::string le_bytes(T value) {
  std::string bytes(sizeof(T), '\0');
  std::memcpy(bytes.data(), &value, sizeof(T));
  return bytes;
}

inline std::string gguf_text(std::string_view text) {
  return le_bytes<std::uint64_t>(text.size()).append(text);
}

/// A GGUF file in the making; types are the format's numbers.
struct GgufBytes {
  std::uint32_t version = 3;
  std::optional<std::uint64_t> claimed_tensors{}, claimed_keys{};
  std::size_t alignment = 32;
  std::vector<std::string> keys{}, tensors{};

  /// Add a key with the bytes of its value as they are.
  GgufBytes& raw(std::string_view key, std::uint32_t type, std::string_view value) {
    keys.push_back(gguf_text(key) + le_bytes(type) + std::string(value));
    return *this;
  }
  GgufBytes& number(std::string_view key, std::uint32_t value) { return raw(key, 4, le_bytes(value)); }
  GgufBytes& text(std::string_view key, std::string_view value) { return raw(key, 8, gguf_text(value)); }
  GgufBytes& flag(std::string_view key, int value) {
    return raw(key, 7, std::string(1, static_cast<char>(value)));
  }
  GgufBytes& array(std::string_view key, std::uint32_t item, std::uint64_t count, std::string_view items) {
    return raw(key, 9, le_bytes(item) + le_bytes(count) + std::string(items));
  }
  GgufBytes& texts(std::string_view key, const std::vector<std::string>& values) {
    std::string items;
    for (const std::string& value : values) items += gguf_text(value);
    return array(key, 8, values.size(), items);
  }
  /// Add a tensor; `extents` in the file's order, fastest first.
  GgufBytes& tensor(std::string_view name, const std::vector<std::uint64_t>& extents, std::uint32_t type,
                    std::uint64_t offset) {
    std::string entry = gguf_text(name) + le_bytes(static_cast<std::uint32_t>(extents.size()));
    for (const std::uint64_t extent : extents) entry += le_bytes(extent);
    tensors.push_back(entry + le_bytes(type) + le_bytes(offset));
    return *this;
  }
  /// Give the header alone.
  std::string header() const {
    std::string bytes = "GGUF" + le_bytes(version);
    bytes += le_bytes<std::uint64_t>(claimed_tensors.value_or(tensors.size()));
    bytes += le_bytes<std::uint64_t>(claimed_keys.value_or(keys.size()));
    for (const std::string& key : keys) bytes += key;
    for (const std::string& entry : tensors) bytes += entry;
    return bytes;
  }
  /// Give the whole file: header, padding, data.
  std::string with(std::string_view data) const {
    std::string bytes = header();
    bytes.resize((bytes.size() + alignment - 1) / alignment * alignment);
    return bytes.append(data);
  }
};

}  // namespace sonde::files

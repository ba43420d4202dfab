// Writes pickles, zip archives and old torch files byte by byte, right or wrong as a test wants them.
#pragma once

#include <gmock/gmock.h>
#include <zlib.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scratch_folder.h"
#include "sonde/files/container.h"

namespace sonde::files {

/// Give a number as `count` little-endian bytes.
inline std::string little(std::uint64_t value, int count) {
  std::string bytes;
  for (int i = 0; i < count; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xFF);
  return bytes;
}

/// Put texts end to end.
inline std::string joined(std::initializer_list<std::string_view> parts) {
  std::string all;
  for (const std::string_view part : parts) all += part;
  return all;
}

/// Opcodes of a pickle.
namespace op {
inline std::string text(std::string_view word) { return joined({"X", little(word.size(), 4), word}); }
inline std::string name(std::string_view module, std::string_view word) {
  return joined({"c", module, "\n", word, "\n"});
}
inline std::string integer(std::int32_t value) {
  return joined({"J", little(static_cast<std::uint32_t>(value), 4)});
}
inline std::string tuple(std::string_view items) { return joined({"(", items, "t"}); }
inline std::string pickle(std::string_view body, int protocol = 2) {
  return joined({"\x80", little(static_cast<std::uint64_t>(protocol), 1), body, "."});
}
/// A storage of torch by its key.
inline std::string storage(std::string_view key, std::int32_t elements,
                           std::string_view type = "FloatStorage") {
  return tuple(text("storage") + name("torch", type) + text(key) + text("cpu") + integer(elements)) + "Q";
}
inline const std::string kHooks = name("collections", "OrderedDict") + ")R";
/// A tensor of torch from the opcodes of its storage, offset, shape and strides.
inline std::string tensor(const std::string& from, int offset, const std::string& shape,
                          const std::string& strides) {
  return name("torch._utils", "_rebuild_tensor_v2") +
         tuple(from + integer(offset) + tuple(shape) + tuple(strides) + "\x89" + kHooks) + "R";
}
/// The tensor "w" of 4 floats in storage "0", in a dictionary.
inline std::string weights(const std::string& value) { return joined({"}(", text("w"), value, "u"}); }
inline const std::string kGood = weights(tensor(storage("0", 4), 0, integer(4), integer(1)));
}  // namespace op

inline const std::string kFourFloats =
    little(0x3f800000, 4) + little(0x40000000, 4) + little(0x40400000, 4) + little(0x40800000, 4);

/// A record of an archive; what is set here overrides what torch would write.
struct ZipPart {
  std::string name;
  std::string data;
  std::optional<std::string> local_name{};
  std::optional<std::uint32_t> crc{}, size{}, packed_size{}, offset{}, local_crc{}, local_size{};
  std::uint16_t flags = 0x0808, method = 0;
  std::optional<std::uint16_t> local_flags{}, local_method{};
  std::optional<std::string> descriptor{};
  std::string local_extra{}, central_extra{}, comment{};
  bool unlisted = false;
};

/// An archive.
struct ZipSpec {
  std::vector<ZipPart> parts;
  std::string before{}, between{}, before_directory{}, after_directory{}, comment{}, after{};
  int entries_off_by = 0;
  std::optional<std::uint32_t> directory_size{}, directory_offset{};
  bool zip64 = true;
  std::optional<std::uint64_t> entries64{}, size64{}, offset64{}, locator{};
};

inline std::string central_entry(const ZipPart& part, std::uint32_t crc, std::size_t offset) {
  const auto size = part.size.value_or(static_cast<std::uint32_t>(part.data.size()));
  return "PK\x01\x02" + little(0, 4) + little(part.flags, 2) + little(part.method, 2) + little(0, 4) +
         little(part.crc.value_or(crc), 4) + little(part.packed_size.value_or(size), 4) + little(size, 4) +
         little(part.name.size(), 2) + little(part.central_extra.size(), 2) + little(part.comment.size(), 2) +
         little(0, 8) + little(part.offset.value_or(static_cast<std::uint32_t>(offset)), 4) + part.name +
         part.central_extra + part.comment;
}

inline std::string zip_bytes(const ZipSpec& spec) {
  std::string file = spec.before, directory;
  std::size_t entries = static_cast<std::size_t>(spec.entries_off_by);
  for (const ZipPart& part : spec.parts) {
    const std::size_t offset = file.size();
    const auto crc = static_cast<std::uint32_t>(
        ::crc32(0, reinterpret_cast<const Bytef*>(part.data.data()), static_cast<uInt>(part.data.size())));
    const std::string local = part.local_name.value_or(part.name);
    const std::uint32_t local_size = part.local_size.value_or(0);
    file += "PK\x03\x04" + little(0, 2) + little(part.local_flags.value_or(part.flags), 2) +
            little(part.local_method.value_or(part.method), 2) + little(0, 4) +
            little(part.local_crc.value_or(0), 4) + little(local_size, 4) + little(local_size, 4) +
            little(local.size(), 2) + little(part.local_extra.size(), 2) + local + part.local_extra +
            part.data;
    const std::string descriptor =
        "PK\x07\x08" + little(crc, 4) + little(part.data.size(), 4) + little(part.data.size(), 4);
    file += part.descriptor.value_or((part.flags & 8) != 0 ? descriptor : "") + spec.between;
    if (part.unlisted) continue;
    directory += central_entry(part, crc, offset);
    ++entries;
  }
  file += spec.before_directory;
  const std::uint64_t start = file.size();
  file += directory + spec.after_directory;
  const std::uint64_t end64 = file.size();
  if (spec.zip64) {
    const std::string count = little(spec.entries64.value_or(entries), 8);
    file += "PK\x06\x06" + little(44, 8) + little(0x2d031e, 4) + little(0, 8) + count + count +
            little(spec.size64.value_or(directory.size()), 8) + little(spec.offset64.value_or(start), 8);
    file += "PK\x06\x07" + little(0, 4) + little(spec.locator.value_or(end64), 8) + little(1, 4);
  }
  file += "PK\x05\x06" + little(0, 4) + little(entries, 2) + little(entries, 2) +
          little(spec.directory_size.value_or(static_cast<std::uint32_t>(directory.size())), 4) +
          little(spec.directory_offset.value_or(static_cast<std::uint32_t>(start)), 4) +
          little(spec.comment.size(), 2);
  return file + spec.comment + spec.after;
}

/// The parts of a good archive around the opcodes of its object.
inline ZipSpec zip_spec(const std::string& body = op::kGood, const std::string& data = kFourFloats) {
  return {.parts = {{.name = "a/data.pkl", .data = op::pickle(body)},
                    {.name = "a/data/0", .data = data},
                    {.name = "a/version", .data = "3\n"}}};
}

inline const std::string kMagicPickle = op::pickle("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19");
inline const std::string kVersionPickle = op::pickle("M\xe9\x03");
inline const std::string kMachinePickle = op::pickle("}(" + op::text("little_endian") + "\x88u");

/// An old torch file around the opcodes of its object, with storage "0".
inline std::string legacy_bytes(const std::string& body = op::kGood, const std::string& data = kFourFloats) {
  return kMagicPickle + kVersionPickle + kMachinePickle + op::pickle(body) +
         op::pickle("](" + op::text("0") + "e") + little(4, 8) + data;
}

/// Parse a copy of exactly these bytes, so that the address sanitizer sees any step beyond.
inline TensorTable parse_bytes(std::string_view bytes, const Budget& budget, std::vector<std::byte>& copy) {
  const std::filesystem::path path = "lie.bin";
  const auto* data = reinterpret_cast<const std::byte*>(bytes.data());
  copy = std::vector<std::byte>(data, data + bytes.size());
  return choose_container(copy, path).parse(copy, path, budget);
}

/// Give the error that parsing ends in; fails the test when it does not, or when it is not clear.
inline std::string refusal_of(std::string_view bytes, const Budget& budget = {}) {
  std::vector<std::byte> copy;
  const Error error = error_of([&] { parse_bytes(bytes, budget, copy); });
  EXPECT_EQ(error.code(), ErrorCode::input);
  EXPECT_THAT(error.what(), ::testing::HasSubstr("lie.bin"));
  EXPECT_EQ(error.parts().path, "lie.bin");
  EXPECT_TRUE(error.parts().offset.has_value());
  EXPECT_LT(std::string_view(error.what()).size(), 1000u);
  return error.what();
}

/// Read a file of tests/data/files/torch.
inline std::string torch_file(const std::string& name) {
  std::ifstream file(std::filesystem::path(SONDE_TEST_DATA) / "files" / "torch" / name, std::ios::binary);
  EXPECT_TRUE(file.good()) << name;
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace sonde::files

// GGUF files that lie. Every one must be refused with exit code 3 and a message that names the file, the
// place and what is wrong; every cut and every changed byte must give a clean error or a file within its
// bytes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "../gguf_bytes.h"
#include "../scratch_folder.h"
#include "sonde/files/container.h"
#include "sonde/files/convert.h"
#include "sonde/files/gguf_header.h"

namespace sonde::files {
namespace {

using ::testing::HasSubstr;

constexpr std::uint64_t kHuge = ~std::uint64_t{0}, kSign = std::uint64_t{1} << 63;

struct Lie {
  std::string name;
  std::string bytes;
  const char* said;  ///< what the message must contain
};

class Lies {
 public:
  void add(std::string name, std::string bytes, const char* said) {
    lies_.push_back({std::move(name), std::move(bytes), said});
  }
  const std::vector<Lie>& all() const { return lies_; }

 private:
  std::vector<Lie> lies_;
};

GgufBytes empty() { return {}; }
std::string data(std::size_t size) { return std::string(size, '\1'); }
std::string tensor(const std::vector<std::uint64_t>& extents, std::uint32_t type, std::uint64_t offset,
                   std::size_t bytes) {
  return empty().tensor("w", extents, type, offset).with(data(bytes));
}
std::string value(std::uint32_t type, std::string_view bytes) {
  return empty().raw("k", type, bytes).header();
}
std::string array(std::uint32_t item, std::uint64_t count, std::string_view items) {
  return empty().array("k", item, count, items).header();
}

void add_prefix_lies(Lies& lies) {
  lies.add("magic_alone", "GGUF", "the file ends inside the version");
  lies.add("half_a_version", std::string("GGUF\3\0", 6), "the file ends inside the version");
  lies.add("version_alone", std::string("GGUF\3\0\0\0", 8), "the number of tensors");
  lies.add("no_keys", std::string("GGUF\3\0\0\0", 8) + le_bytes<std::uint64_t>(0),
           "the number of metadata keys");
  for (const std::uint32_t version : {0u, 1u, 4u, 255u, 65535u})
    lies.add("version_" + std::to_string(version), GgufBytes{.version = version}.header(),
             "GGUF version not supported");
  lies.add("big_endian", GgufBytes{.version = 3u << 24}.header(), "a big-endian GGUF file; got version 3");
  for (const std::uint64_t count :
       {std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{65537}, std::uint64_t{1} << 32, kSign, kHuge}) {
    lies.add("keys_" + std::to_string(count), GgufBytes{.claimed_keys = count}.header(),
             "more metadata keys than");
    lies.add("tensors_" + std::to_string(count), GgufBytes{.claimed_tensors = count}.header(),
             "more tensors than");
  }
  lies.add("one_key_too_many", GgufBytes{.claimed_keys = 2}.text("a", std::string(40, 'b')).header(),
           "the file ends inside");
  lies.add("one_tensor_too_many", GgufBytes{.claimed_tensors = 2}.tensor("w", {1}, 0, 0).with(data(4)),
           "tensor");
  // 160 bytes that claim gigabytes.
  lies.add("claims_gigabytes",
           GgufBytes{.claimed_tensors = 1'000'000, .claimed_keys = 65'536}.header() + data(130),
           "more metadata keys than");
}

void add_key_lies(Lies& lies) {
  const auto key = [](std::uint64_t length, std::string_view rest) {
    return GgufBytes{.claimed_keys = 1}.header() + le_bytes(length) + std::string(rest);
  };
  for (const std::uint64_t length : {std::uint64_t{20}, std::uint64_t{1} << 31, std::uint64_t{1} << 32,
                                     kSign - 1, kSign, kHuge - 7, kHuge})
    lies.add("key_length_" + std::to_string(length), key(length, "0123456789"),
             "the file ends inside a metadata key");
  lies.add("key_too_long", key(5000, data(6000)), "a metadata key is too long");
  lies.add("key_not_utf8", key(2, "\xff\xfe" + data(20)), "a metadata key is not UTF-8");
  lies.add("key_surrogate", key(3, "\xed\xa0\x80" + data(20)), "not UTF-8");
  lies.add("key_overlong", key(2, "\xc0\xaf" + data(20)), "not UTF-8");
  lies.add("key_twice", empty().number("k", 1).text("a", "b").number("k", 1).header(),
           "metadata key 'k' stands twice");
  for (const std::uint32_t type : {13u, 14u, 255u, 1u << 31, ~0u})
    lies.add("type_" + std::to_string(type), value(type, data(8)), "metadata 'k''s type is not known");
}

void add_value_lies(Lies& lies) {
  for (std::uint32_t type = 0; type < 13; ++type) {
    std::string cut(type == 8 || type == 9 ? 3 : 0, '\0');
    lies.add("value_cut_" + std::to_string(type), value(type, cut), "the file ends inside metadata 'k'");
  }
  for (const char odd : {'\2', '\x7f', '\xff'})
    lies.add("bool_" + std::to_string(static_cast<unsigned char>(odd)), value(7, std::string(1, odd)),
             "is no boolean");
  lies.add("bool_in_array", array(7, 3, std::string("\1\0\2", 3)), "is no boolean");
  for (const std::uint64_t length :
       {std::uint64_t{9}, std::uint64_t{1} << 20, std::uint64_t{1} << 33, kSign, kHuge})
    lies.add("string_length_" + std::to_string(length), value(8, le_bytes(length) + "12345678"),
             "the file ends inside metadata 'k'");
  lies.add("string_not_utf8", value(8, gguf_text("a\x80")), "metadata 'k' is not UTF-8");
  lies.add("string_in_array_not_utf8", array(8, 2, gguf_text("a") + gguf_text("\xf8")), "not UTF-8");
  lies.add("string_in_array_past_end", array(8, 2, gguf_text("a") + le_bytes<std::uint64_t>(100) + "b"),
           "the file ends inside");
  lies.add("string_in_array_too_long", array(8, 1, gguf_text(std::string((1 << 20) + 1, 'a'))),
           "is too long");
  lies.add("array_of_arrays", array(9, 1, data(40)), "is an array of arrays");
  for (const std::uint32_t item : {13u, 99u, ~0u})
    lies.add("array_item_" + std::to_string(item), array(item, 1, data(8)), "item type is not known");
  for (std::uint32_t item = 0; item < 13; ++item) {
    if (item == 9) continue;
    for (const std::uint64_t count :
         {std::uint64_t{33}, std::uint64_t{4'000'001}, std::uint64_t{1} << 61, kSign, kHuge}) {
      lies.add("array_" + std::to_string(item) + "_of_" + std::to_string(count), array(item, count, data(32)),
               "more metadata 'k' items than");
    }
  }
  lies.add("array_over_limit", array(0, 4'000'001, data(4'000'001)), "more metadata 'k' items than");
}

void add_alignment_lies(Lies& lies) {
  const auto aligned = [](std::uint32_t alignment) {
    return empty().number("general.alignment", alignment).tensor("w", {1}, 0, 0).with(data(64));
  };
  for (const std::uint32_t alignment : {0u, 3u, 24u, 33u, 65535u, 65537u, 131072u, 1u << 31, ~0u})
    lies.add("alignment_" + std::to_string(alignment), aligned(alignment),
             "metadata 'general.alignment' makes no sense");
  lies.add("alignment_text", empty().text("general.alignment", "32").header(),
           "got string, expected a whole number");
  lies.add("alignment_real", empty().raw("general.alignment", 6, le_bytes(32.0f)).header(), "got f32");
  lies.add("alignment_array", empty().array("general.alignment", 4, 1, le_bytes(32u)).header(),
           "array of 1 u32");
  lies.add("alignment_negative", empty().raw("general.alignment", 11, le_bytes<std::int64_t>(-32)).header(),
           "makes no sense");
  lies.add("alignment_u64_beyond", empty().raw("general.alignment", 10, le_bytes(kSign)).header(),
           "more than 2^63-1");
  lies.add("no_room_for_data",
           empty().number("general.alignment", 65536).tensor("w", {1}, 0, 0).with(data(8)),
           "the file ends before its tensors");
}

void add_tensor_lies(Lies& lies) {
  lies.add("no_name", empty().tensor("", {1}, 0, 0).with(data(4)), "a tensor without a name");
  lies.add("name_not_utf8", empty().tensor("\xff", {1}, 0, 0).with(data(4)), "a tensor's name is not UTF-8");
  lies.add("name_too_long", empty().tensor(std::string(4097, 'a'), {1}, 0, 0).with(data(4)),
           "a tensor's name is too long");
  lies.add("no_dimensions", tensor({}, 0, 0, 64), "odd number of dimensions; got 0");
  lies.add("five_dimensions", tensor({1, 1, 1, 1, 1}, 0, 0, 64), "got 5 dimensions");
  lies.add("extent_zero", tensor({0}, 0, 0, 64), "extent out of range");
  lies.add("extent_zero_of_two", tensor({4, 0}, 0, 0, 64), "extent out of range");
  for (const std::uint64_t extent : {kSign, kSign + 1, kHuge})
    lies.add("extent_" + std::to_string(extent), tensor({extent}, 0, 0, 64), "extent out of range");
  lies.add("product_wraps", tensor({std::uint64_t{1} << 32, std::uint64_t{1} << 32}, 0, 0, 64),
           "shape that its type cannot have");
  lies.add("product_wraps_to_little", tensor({std::uint64_t{1} << 62, 4}, 0, 0, 64),
           "shape that its type cannot have");
  lies.add("product_of_four_wraps", tensor({65536, 65536, 65536, 65537}, 1, 0, 64),
           "shape that its type cannot have");
  lies.add("block_product_wraps", tensor({256, std::uint64_t{1} << 60}, 12, 0, 64),
           "shape that its type cannot have");
  for (const std::uint32_t type : {2u, 3u, 6u, 7u, 8u}) {
    lies.add("half_block_" + std::to_string(type), tensor({16, 2}, type, 0, 64), "rows of a multiple of 32");
    lies.add("block_and_one_" + std::to_string(type), tensor({33}, type, 0, 640), "rows of a multiple of 32");
    lies.add("block_cut_" + std::to_string(type), tensor({32}, type, 0, 17), "beyond the end of the file");
  }
  for (const std::uint32_t type : {12u, 13u, 14u}) {
    lies.add("half_block_" + std::to_string(type), tensor({128, 2}, type, 0, 999),
             "rows of a multiple of 256");
    lies.add("block_cut_" + std::to_string(type), tensor({256}, type, 0, 143), "beyond the end of the file");
  }
  lies.add("one_byte_short", tensor({2, 2}, 0, 0, 15),
           "lies beyond the end of the file; got 16 bytes at offset 0");
  lies.add("larger_than_file", tensor({1 << 20, 1 << 20}, 0, 0, 64), "beyond the end");
  lies.add("offset_beyond", tensor({1}, 0, 64, 32), "beyond the end");
  for (const std::uint64_t offset : {std::uint64_t{1} << 40, kSign, kHuge - 31})
    lies.add("offset_" + std::to_string(offset), tensor({8}, 0, offset, 64), "beyond the end of the file");
  for (const std::uint64_t offset : {1u, 4u, 16u, 31u, 33u})
    lies.add("offset_" + std::to_string(offset), tensor({1}, 0, offset, 128), "is not aligned");
  lies.add("same_place", empty().tensor("a", {8}, 0, 0).tensor("b", {8}, 0, 0).with(data(64)),
           "overlaps tensor");
  lies.add("partly_same_place", empty().tensor("a", {9}, 0, 0).tensor("b", {8}, 0, 32).with(data(64)),
           "tensor 'b' overlaps tensor 'a'");
  lies.add("inside_another", empty().tensor("a", {64}, 0, 0).tensor("b", {8}, 0, 64).with(data(256)),
           "overlaps tensor 'a'");
  lies.add("overlap_listed_backwards", empty().tensor("b", {8}, 0, 32).tensor("a", {9}, 0, 0).with(data(64)),
           "overlaps tensor");
  lies.add("name_twice", empty().tensor("a", {8}, 0, 0).tensor("a", {8}, 0, 32).with(data(64)),
           "tensor 'a' stands twice");
}

void add_type_lies(Lies& lies) {
  struct Unread {
    std::uint32_t number;
    const char* name;
  };
  for (const Unread type : {Unread{9, "got Q8_1"},     Unread{10, "got Q2_K"},
                            Unread{11, "got Q3_K"},    Unread{15, "got Q8_K"},
                            Unread{16, "got IQ2_XXS"}, Unread{17, "got IQ2_XS"},
                            Unread{18, "got IQ3_XXS"}, Unread{19, "got IQ1_S"},
                            Unread{20, "got IQ4_NL"},  Unread{21, "got IQ3_S"},
                            Unread{22, "got IQ2_S"},   Unread{23, "got IQ4_XS"},
                            Unread{29, "got IQ1_M"},   Unread{34, "got TQ1_0"},
                            Unread{35, "got TQ2_0"},   Unread{39, "got MXFP4"},
                            Unread{4, "got type 4"},   Unread{5, "got type 5"},
                            Unread{31, "got type 31"}, Unread{~0u, "got type 4294967295"}}) {
    lies.add("tensor_type_" + std::to_string(type.number), tensor({256}, type.number, 0, 4096), type.name);
  }
}

std::vector<Lie> all_lies() {
  Lies lies;
  add_prefix_lies(lies);
  add_key_lies(lies);
  add_value_lies(lies);
  add_alignment_lies(lies);
  add_tensor_lies(lies);
  add_type_lies(lies);
  return lies.all();
}

class GgufLie : public ::testing::TestWithParam<Lie> {};

TEST_P(GgufLie, IsRefused) {
  ScratchFolder folder;
  const auto path = folder.write("lie.gguf", GetParam().bytes);
  const Error error = error_of([&] { open_tensors(path); });
  EXPECT_EQ(error.code(), ErrorCode::input);
  EXPECT_THAT(error.what(), HasSubstr(GetParam().said));
  EXPECT_THAT(error.what(), HasSubstr("lie.gguf"));
  EXPECT_EQ(error.parts().path, path.string());
}

INSTANTIATE_TEST_SUITE_P(Corpus, GgufLie, ::testing::ValuesIn(all_lies()),
                         [](const auto& lie) { return lie.param.name; });

/// A small file with every kind of metadata and two tensors.
std::string small_file() {
  GgufBytes bytes;
  bytes.number("general.alignment", 32).text("t", "größe").flag("f", 1).texts("list", {"a", "", "▁b"});
  bytes.array("numbers", 5, 2, le_bytes(1) + le_bytes(-1)).raw("real", 12, le_bytes(0.5));
  bytes.tensor("a", {2, 3}, 0, 0).tensor("q", {32, 2}, 2, 32);
  return bytes.with(data(32 + 36));
}

/// Read everything of a file's bytes: an exact copy, so that the address sanitizer sees a step beyond.
void read_all(std::string_view content) {
  const std::vector<std::byte> bytes(reinterpret_cast<const std::byte*>(content.data()),
                                     reinterpret_cast<const std::byte*>(content.data()) + content.size());
  const std::filesystem::path path = "copy.gguf";
  const TensorTable table = choose_container(bytes, path).parse(bytes, path, {});
  for (const TensorInfo& tensor : table.tensors) {
    if (tensor.dtype < DType::i64 || is_quantized(tensor.dtype)) (void)to_float(tensor);
  }
  const GgufHeader header = GgufHeader::parse(bytes, path);
  for (const GgufEntry& entry : header.entries()) {
    if (entry.type == GgufType::array && entry.item == GgufType::text) (void)header.texts(entry.key);
  }
}

TEST(GgufSweep, EveryTruncationIsRefused) {
  const std::string whole = small_file();
  read_all(whole);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_EQ(error_of([&] { read_all(std::string_view(whole).substr(0, length)); }).code(), ErrorCode::input)
        << "cut to " << length;
  }
}

TEST(GgufSweep, EveryChangedByteGivesAFileOrAnError) {
  const std::string whole = small_file();
  int refused = 0, read = 0;
  for (std::size_t place = 0; place < whole.size(); ++place) {
    for (const int change : {0x01, 0x80, 0xFF}) {
      std::string changed = whole;
      changed[place] = static_cast<char>(changed[place] ^ change);
      try {
        read_all(changed);
        ++read;
      } catch (const Error& error) {
        ++refused;
        EXPECT_EQ(error.code(), ErrorCode::input) << "byte " << place;
      }
    }
  }
  EXPECT_GT(refused, 300);
  EXPECT_GT(read, 100);  // data bytes, and texts that are still texts
}

TEST(GgufSweep, ManyKeysAndTensorsAreReadInOrderNLogN) {
  GgufBytes bytes;
  for (int i = 0; i < 60'000; ++i) bytes.flag(std::to_string(i), 1);
  for (int i = 0; i < 20'000; ++i) bytes.tensor(std::to_string(i), {1}, 0, 32ull * i);
  const std::string content = bytes.with(data(32 * 20'000));
  const auto start = std::chrono::steady_clock::now();
  read_all(content);
  // A quadratic search would take minutes.
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

}  // namespace
}  // namespace sonde::files

// Files that lie. Every one must be refused with exit code 3 and a message that names the file and the field.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../scratch_folder.h"
#include "sonde/files/tensor_file.h"

namespace sonde::files {
namespace {

using ::testing::HasSubstr;

struct Lie {
  const char* name;
  std::string bytes;
  const char* said;  ///< what the message must contain
};

/// A list that is filled call by call: one large braced list of strings takes compilers minutes.
class Lies {
 public:
  void add(const char* name, std::string bytes, const char* said) {
    lies_.push_back({name, std::move(bytes), said});
  }
  const std::vector<Lie>& all() const { return lies_; }

 private:
  std::vector<Lie> lies_;
};

/// A file whose only tensor "w" is described by `fields`.
std::string one(std::string_view fields, std::size_t data) {
  return safetensors_bytes("{\"w\":{" + std::string(fields) + "}}", std::string(data, 'd'));
}

std::string with_length(std::uint64_t length, std::string_view rest) {
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  return bytes.append(rest);
}

std::string nested(int depth) { return std::string(depth, '[') + std::string(depth, ']'); }

const std::string kGood = R"("dtype":"F32","shape":[2],"data_offsets":[0,8])";

Lies prefix_lies() {
  Lies lies;
  lies.add("empty", "", "too short");
  lies.add("one_byte", "\x01", "header");
  lies.add("seven_bytes", std::string(7, '\0'), "too short");
  lies.add("eight_zeros", std::string(8, '\0'), "empty header");
  lies.add("length_zero_with_data", with_length(0, "{}"), "empty header");
  lies.add("length_one_more", with_length(3, "{}"), "header is longer than the file");
  lies.add("length_max", with_length(~0ull, "{}"), "header is longer than the file");
  lies.add("length_sign_bit", with_length(1ull << 63, "{}"), "header is longer than the file");
  lies.add("length_100_million", with_length(100'000'001, "{}"), "header is longer than the file");
  lies.add("length_one_less", with_length(1, "{}"), "not valid JSON");
  lies.add("big_endian_length", std::string("\0\0\0\0\0\0\0\2{}", 10), "header is longer than the file");
  lies.add("starts_with_blank", safetensors_bytes(" {}", ""), "does not start with '{'");
  lies.add("starts_with_list", safetensors_bytes("[]", ""), "does not start with '{'");
  lies.add("starts_with_bom", safetensors_bytes("\xEF\xBB\xBF{}", ""), "does not start with '{'");
  lies.add("starts_with_nul", safetensors_bytes(std::string("\0{}", 3), ""), "does not start with '{'");
  lies.add("text_after_header_object", safetensors_bytes("{}x", ""), "not valid JSON");
  lies.add("two_objects", safetensors_bytes("{}{}", ""), "not valid JSON");
  lies.add("unclosed", safetensors_bytes(R"({"w":)", ""), "not valid JSON");
  lies.add("unclosed_text", safetensors_bytes(R"({"w)", ""), "not valid JSON");
  lies.add("single_quotes", safetensors_bytes("{'w':1}", ""), "not valid JSON");
  lies.add("comment", safetensors_bytes("{/**/}", ""), "not valid JSON");
  lies.add("trailing_comma", safetensors_bytes("{" + ("\"w\":{" + kGood) + "},}", "12345678"),
           "not valid JSON");
  lies.add("nul_in_header", safetensors_bytes(std::string("{\0}", 3), ""), "not valid JSON");
  lies.add("bad_utf8_name", safetensors_bytes("{\"\xff\":{" + kGood + "}}", "12345678"), "not valid JSON");
  lies.add("overlong_utf8_name", safetensors_bytes("{\"\xc0\xaf\":{" + kGood + "}}", "12345678"),
           "not valid JSON");
  lies.add("lone_surrogate_name", safetensors_bytes("{\"\\ud800\":{" + kGood + "}}", "12345678"),
           "not valid JSON");
  lies.add("deep_lists", safetensors_bytes("{\"w\":" + nested(100'000) + "}", ""), "not valid JSON");
  lies.add("deep_shape", one(R"("dtype":"F32","shape":)" + nested(80) + R"(,"data_offsets":[0,8])", 8),
           "not valid JSON");
  lies.add("gguf_inside", "GGUF\3", "ends inside the version");
  lies.add("zip_inside", "PK\3\4________", "zip archive");
  lies.add("pickle_inside", "\x80\x02}q\1________", "pickle");
  lies.add("lfs_pointer", "version https://git-lfs.github.com/spec/v1", "Git LFS pointer");
  return lies;
}

Lies field_lies() {
  Lies lies;
  lies.add("tensor_is_number", safetensors_bytes(R"({"w":1})", ""), "tensor 'w'");
  lies.add("tensor_is_null", safetensors_bytes(R"({"w":null})", ""), "not an object");
  lies.add("tensor_is_list", safetensors_bytes(R"({"w":[]})", ""), "not an object");
  lies.add("no_fields", one("", 0), "dtype is missing");
  lies.add("no_dtype", one(R"("shape":[2],"data_offsets":[0,8])", 8), "dtype is missing");
  lies.add("no_shape", one(R"("dtype":"F32","data_offsets":[0,8])", 8), "shape is missing");
  lies.add("no_offsets", one(R"("dtype":"F32","shape":[2])", 8), "data_offsets is missing");
  lies.add("extra_key", one(kGood + R"(,"stride":[1])", 8), "'stride'");
  lies.add("dtype_twice", one(kGood + R"(,"dtype":"F32")", 8), "stands twice");
  lies.add("shape_twice", one(kGood + R"(,"shape":[2])", 8), "stands twice");
  lies.add("offsets_twice", one(kGood + R"(,"data_offsets":[0,8])", 8), "stands twice");
  lies.add("dtype_unknown", one(R"("dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8])", 8), "'F8_E4M3'");
  lies.add("dtype_lower_case", one(R"("dtype":"f32","shape":[2],"data_offsets":[0,8])", 8), "'f32'");
  lies.add("dtype_empty", one(R"("dtype":"","shape":[2],"data_offsets":[0,8])", 8), "dtype not supported");
  lies.add("dtype_number", one(R"("dtype":32,"shape":[2],"data_offsets":[0,8])", 8), "dtype not supported");
  lies.add("dtype_object", one(R"("dtype":{},"shape":[2],"data_offsets":[0,8])", 8), "dtype not supported");
  lies.add("dtype_with_escape", one(R"("dtype":"F32\u0000","shape":[2],"data_offsets":[0,8])", 8),
           "dtype not supported");
  return lies;
}

Lies shape_lies() {
  Lies lies;
  lies.add("shape_number", one(R"("dtype":"F32","shape":2,"data_offsets":[0,8])", 8), "shape is not a list");
  lies.add("shape_text", one(R"("dtype":"F32","shape":["2"],"data_offsets":[0,8])", 8),
           "bad number in shape");
  lies.add("shape_real", one(R"("dtype":"F32","shape":[2.0],"data_offsets":[0,8])", 8),
           "bad number in shape");
  lies.add("shape_negative", one(R"("dtype":"F32","shape":[-2],"data_offsets":[0,8])", 8),
           "bad number in shape");
  lies.add("shape_two_negatives", one(R"("dtype":"F32","shape":[-1,-2],"data_offsets":[0,8])", 8),
           "bad number in shape");
  lies.add("shape_null", one(R"("dtype":"F32","shape":[null],"data_offsets":[0,8])", 8),
           "bad number in shape");
  lies.add("shape_nested", one(R"("dtype":"F32","shape":[[2]],"data_offsets":[0,8])", 8),
           "bad number in shape");
  lies.add("shape_above_int64", one(R"("dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,8])", 8),
           "bad number in shape");
  lies.add("shape_above_uint64",
           one(R"("dtype":"F32","shape":[18446744073709551616],"data_offsets":[0,8])", 8), "not valid JSON");
  lies.add("shape_too_small", one(R"("dtype":"F32","shape":[1],"data_offsets":[0,8])", 8),
           "shape and bytes disagree");
  lies.add("shape_too_large", one(R"("dtype":"F32","shape":[3],"data_offsets":[0,8])", 8),
           "shape and bytes disagree");
  lies.add("shape_zero_with_bytes", one(R"("dtype":"F32","shape":[0],"data_offsets":[0,8])", 8),
           "expected 0 for F32");
  lies.add("shape_wraps_64_bits",
           one(R"("dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0])", 0), "more than 2^63");
  lies.add("shape_wraps_to_right_size",
           one(R"("dtype":"F32","shape":[4611686018427387906],"data_offsets":[0,8])", 8), "more than 2^63");
  lies.add("dimensions_65",
           one(
               R"("dtype":"U8","shape":[)" +
                   [] {
                     std::string ones = "1";
                     for (int i = 1; i < 65; ++i) ones += ",1";
                     return ones;
                   }() +
                   R"(],"data_offsets":[0,1])",
               1),
           "at most 64 dimensions");
  return lies;
}

Lies range_lies() {
  Lies lies;
  lies.add("offsets_number", one(R"("dtype":"F32","shape":[2],"data_offsets":8)", 8), "not a pair");
  lies.add("offsets_one", one(R"("dtype":"F32","shape":[2],"data_offsets":[8])", 8), "not a pair");
  lies.add("offsets_three", one(R"("dtype":"F32","shape":[2],"data_offsets":[0,4,8])", 8), "not a pair");
  lies.add("offsets_negative", one(R"("dtype":"F32","shape":[2],"data_offsets":[-8,0])", 8),
           "bad number in data_offsets");
  lies.add("offsets_real", one(R"("dtype":"F32","shape":[2],"data_offsets":[0,8.5])", 8),
           "bad number in data_offsets");
  lies.add("offsets_text", one(R"("dtype":"F32","shape":[2],"data_offsets":["0","8"])", 8),
           "bad number in data_offsets");
  lies.add("offsets_backwards", one(R"("dtype":"F32","shape":[2],"data_offsets":[8,0])", 8), "run backwards");
  lies.add("offsets_past_end", one(R"("dtype":"F32","shape":[4],"data_offsets":[0,16])", 8),
           "outside the file");
  lies.add("offsets_far_away",
           one(R"("dtype":"F32","shape":[2],"data_offsets":[9223372036854775799,9223372036854775807])", 8),
           "outside the file");
  lies.add("offsets_swallow_everything",
           one(R"("dtype":"U8","shape":[9223372036854775807],"data_offsets":[0,9223372036854775807])", 8),
           "outside the file");
  lies.add("name_too_long",
           safetensors_bytes("{\"" + std::string(4097, 'n') + "\":{" + kGood + "}}", "12345678"),
           "name above the limit");
  return lies;
}

/// Two tensors "a" and "b" of bytes at the given offsets.
std::string two(std::string_view a, std::string_view b, std::size_t data) {
  const auto tensor = [](std::string_view range) {
    const std::size_t comma = range.find(',');
    const int size = std::stoi(std::string(range.substr(comma + 1))) - std::stoi(std::string(range));
    return R"({"dtype":"U8","shape":[)" + std::to_string(size) + R"(],"data_offsets":[)" +
           std::string(range) + "]}";
  };
  return safetensors_bytes("{\"a\":" + tensor(a) + ",\"b\":" + tensor(b) + "}", std::string(data, 'd'));
}

Lies layout_lies() {
  const std::string w = "\"w\":{" + kGood + "}";
  Lies lies;
  lies.add("same_name_twice", safetensors_bytes("{" + w + "," + w + "}", "12345678"),
           "stands twice in the header");
  lies.add("same_name_by_escape",
           safetensors_bytes("{" + w + R"(,"\u0077":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}})",
                             "1234567812345678"),
           "stands twice in the header");
  lies.add("hole_at_start", two("1,4", "4,8", 8), "hole");
  lies.add("hole_between", two("0,3", "4,8", 8), "hole");
  lies.add("overlap_by_one", two("0,5", "4,8", 8), "overlaps");
  lies.add("same_range", two("0,4", "0,4", 4), "overlaps");
  lies.add("one_inside_other", two("0,8", "2,4", 8), "overlaps");
  lies.add("empty_inside_other", two("0,8", "4,4", 8), "overlaps");
  lies.add("trailing_byte", two("0,4", "4,8", 9), "bytes after the last tensor");
  lies.add("trailing_tensor", two("0,4", "4,8", 16), "bytes after the last tensor");
  lies.add("data_without_tensors", safetensors_bytes("{}", "data"), "bytes after the last tensor");
  lies.add("metadata_list", safetensors_bytes(R"({"__metadata__":[]})", ""), "__metadata__ is not an object");
  lies.add("metadata_text", safetensors_bytes(R"({"__metadata__":"x"})", ""),
           "__metadata__ is not an object");
  lies.add("metadata_number", safetensors_bytes(R"({"__metadata__":{"k":1}})", ""), "'k' is not a text");
  lies.add("metadata_nested", safetensors_bytes(R"({"__metadata__":{"k":{}}})", ""), "'k' is not a text");
  lies.add("metadata_key_twice", safetensors_bytes(R"({"__metadata__":{"k":"1","k":"2"}})", ""),
           "'k' stands twice");
  lies.add("metadata_twice", safetensors_bytes(R"({"__metadata__":{},"__metadata__":{}})", ""),
           "__metadata__ stands twice");
  return lies;
}

class MalformedSafetensors : public ::testing::TestWithParam<Lie> {};

TEST_P(MalformedSafetensors, IsRefused) {
  const ScratchFolder folder;
  const std::filesystem::path path = folder.write("lie.safetensors", GetParam().bytes);
  const Error error = error_of([&] { open_tensors(path); });
  EXPECT_EQ(error.code(), ErrorCode::input);
  EXPECT_THAT(error.what(), HasSubstr(GetParam().said));
  EXPECT_THAT(error.what(), HasSubstr("lie.safetensors"));
  EXPECT_EQ(error.parts().path, path.string());
  EXPECT_TRUE(error.parts().offset.has_value());
  EXPECT_LT(std::string_view(error.what()).size(), 1000u);
  EXPECT_EQ(folder.count(), 1u) << "nothing may be written";
}

const auto kName = [](const auto& info) { return std::string(info.param.name); };
INSTANTIATE_TEST_SUITE_P(Prefix, MalformedSafetensors, ::testing::ValuesIn(prefix_lies().all()), kName);
INSTANTIATE_TEST_SUITE_P(Field, MalformedSafetensors, ::testing::ValuesIn(field_lies().all()), kName);
INSTANTIATE_TEST_SUITE_P(Shape, MalformedSafetensors, ::testing::ValuesIn(shape_lies().all()), kName);
INSTANTIATE_TEST_SUITE_P(Range, MalformedSafetensors, ::testing::ValuesIn(range_lies().all()), kName);
INSTANTIATE_TEST_SUITE_P(Layout, MalformedSafetensors, ::testing::ValuesIn(layout_lies().all()), kName);

}  // namespace
}  // namespace sonde::files

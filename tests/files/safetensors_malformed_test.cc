// Files that lie. Every one must be refused with exit code 3 and a message that names the file and the field.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scratch_folder.h"
#include "sonde/files/tensor_file.h"

namespace sonde::files {
namespace {

using ::testing::HasSubstr;

struct Lie {
  std::string name;
  std::string bytes;
  std::string said;  ///< what the message must contain
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

std::vector<Lie> prefix_lies() {
  return {
      {"empty", "", "too short"},
      {"one_byte", "\x01", "header"},
      {"seven_bytes", std::string(7, '\0'), "too short"},
      {"eight_zeros", std::string(8, '\0'), "empty header"},
      {"length_zero_with_data", with_length(0, "{}"), "empty header"},
      {"length_one_more", with_length(3, "{}"), "header is longer than the file"},
      {"length_max", with_length(~0ull, "{}"), "header is longer than the file"},
      {"length_sign_bit", with_length(1ull << 63, "{}"), "header is longer than the file"},
      {"length_100_million", with_length(100'000'001, "{}"), "header is longer than the file"},
      {"length_one_less", with_length(1, "{}"), "not valid JSON"},
      {"big_endian_length", std::string("\0\0\0\0\0\0\0\2{}", 10), "header is longer than the file"},
      {"starts_with_blank", safetensors_bytes(" {}", ""), "does not start with '{'"},
      {"starts_with_list", safetensors_bytes("[]", ""), "does not start with '{'"},
      {"starts_with_bom", safetensors_bytes("\xEF\xBB\xBF{}", ""), "does not start with '{'"},
      {"starts_with_nul", safetensors_bytes(std::string("\0{}", 3), ""), "does not start with '{'"},
      {"text_after_header_object", safetensors_bytes("{}x", ""), "not valid JSON"},
      {"two_objects", safetensors_bytes("{}{}", ""), "not valid JSON"},
      {"unclosed", safetensors_bytes(R"({"w":)", ""), "not valid JSON"},
      {"unclosed_text", safetensors_bytes(R"({"w)", ""), "not valid JSON"},
      {"single_quotes", safetensors_bytes("{'w':1}", ""), "not valid JSON"},
      {"comment", safetensors_bytes("{/**/}", ""), "not valid JSON"},
      {"trailing_comma", safetensors_bytes("{" + ("\"w\":{" + kGood) + "},}", "12345678"), "not valid JSON"},
      {"nul_in_header", safetensors_bytes(std::string("{\0}", 3), ""), "not valid JSON"},
      {"bad_utf8_name", safetensors_bytes("{\"\xff\":{" + kGood + "}}", "12345678"), "not valid JSON"},
      {"overlong_utf8_name", safetensors_bytes("{\"\xc0\xaf\":{" + kGood + "}}", "12345678"),
       "not valid JSON"},
      {"lone_surrogate_name", safetensors_bytes("{\"\\ud800\":{" + kGood + "}}", "12345678"),
       "not valid JSON"},
      {"deep_lists", safetensors_bytes("{\"w\":" + nested(100'000) + "}", ""), "not valid JSON"},
      {"deep_shape", one(R"("dtype":"F32","shape":)" + nested(80) + R"(,"data_offsets":[0,8])", 8),
       "not valid JSON"},
      {"gguf_inside", "GGUF\3\0\0\0", "GGUF"},
      {"zip_inside", "PK\3\4________", "zip archive"},
      {"pickle_inside", "\x80\x02}q\1________", "pickle"},
      {"lfs_pointer", "version https://git-lfs.github.com/spec/v1", "Git LFS pointer"},
  };
}

std::vector<Lie> field_lies() {
  return {
      {"tensor_is_number", safetensors_bytes(R"({"w":1})", ""), "tensor 'w'"},
      {"tensor_is_null", safetensors_bytes(R"({"w":null})", ""), "not an object"},
      {"tensor_is_list", safetensors_bytes(R"({"w":[]})", ""), "not an object"},
      {"no_fields", one("", 0), "dtype is missing"},
      {"no_dtype", one(R"("shape":[2],"data_offsets":[0,8])", 8), "dtype is missing"},
      {"no_shape", one(R"("dtype":"F32","data_offsets":[0,8])", 8), "shape is missing"},
      {"no_offsets", one(R"("dtype":"F32","shape":[2])", 8), "data_offsets is missing"},
      {"extra_key", one(kGood + R"(,"stride":[1])", 8), "'stride'"},
      {"dtype_twice", one(kGood + R"(,"dtype":"F32")", 8), "stands twice"},
      {"shape_twice", one(kGood + R"(,"shape":[2])", 8), "stands twice"},
      {"offsets_twice", one(kGood + R"(,"data_offsets":[0,8])", 8), "stands twice"},
      {"dtype_unknown", one(R"("dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8])", 8), "'F8_E4M3'"},
      {"dtype_lower_case", one(R"("dtype":"f32","shape":[2],"data_offsets":[0,8])", 8), "'f32'"},
      {"dtype_empty", one(R"("dtype":"","shape":[2],"data_offsets":[0,8])", 8), "dtype not supported"},
      {"dtype_number", one(R"("dtype":32,"shape":[2],"data_offsets":[0,8])", 8), "dtype not supported"},
      {"dtype_object", one(R"("dtype":{},"shape":[2],"data_offsets":[0,8])", 8), "dtype not supported"},
      {"dtype_with_escape", one(R"("dtype":"F32\u0000","shape":[2],"data_offsets":[0,8])", 8),
       "dtype not supported"},
  };
}

std::vector<Lie> shape_lies() {
  return {
      {"shape_number", one(R"("dtype":"F32","shape":2,"data_offsets":[0,8])", 8), "shape is not a list"},
      {"shape_text", one(R"("dtype":"F32","shape":["2"],"data_offsets":[0,8])", 8), "bad number in shape"},
      {"shape_real", one(R"("dtype":"F32","shape":[2.0],"data_offsets":[0,8])", 8), "bad number in shape"},
      {"shape_negative", one(R"("dtype":"F32","shape":[-2],"data_offsets":[0,8])", 8), "bad number in shape"},
      {"shape_two_negatives", one(R"("dtype":"F32","shape":[-1,-2],"data_offsets":[0,8])", 8),
       "bad number in shape"},
      {"shape_null", one(R"("dtype":"F32","shape":[null],"data_offsets":[0,8])", 8), "bad number in shape"},
      {"shape_nested", one(R"("dtype":"F32","shape":[[2]],"data_offsets":[0,8])", 8), "bad number in shape"},
      {"shape_above_int64", one(R"("dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,8])", 8),
       "bad number in shape"},
      {"shape_above_uint64", one(R"("dtype":"F32","shape":[18446744073709551616],"data_offsets":[0,8])", 8),
       "not valid JSON"},
      {"shape_too_small", one(R"("dtype":"F32","shape":[1],"data_offsets":[0,8])", 8),
       "shape and bytes disagree"},
      {"shape_too_large", one(R"("dtype":"F32","shape":[3],"data_offsets":[0,8])", 8),
       "shape and bytes disagree"},
      {"shape_zero_with_bytes", one(R"("dtype":"F32","shape":[0],"data_offsets":[0,8])", 8),
       "expected 0 for F32"},
      {"shape_wraps_64_bits", one(R"("dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0])", 0),
       "more than 2^63"},
      {"shape_wraps_to_right_size",
       one(R"("dtype":"F32","shape":[4611686018427387906],"data_offsets":[0,8])", 8), "more than 2^63"},
      {"dimensions_65",
       one(
           R"("dtype":"U8","shape":[)" +
               [] {
                 std::string ones = "1";
                 for (int i = 1; i < 65; ++i) ones += ",1";
                 return ones;
               }() +
               R"(],"data_offsets":[0,1])",
           1),
       "at most 64 dimensions"},
  };
}

std::vector<Lie> range_lies() {
  return {
      {"offsets_number", one(R"("dtype":"F32","shape":[2],"data_offsets":8)", 8), "not a pair"},
      {"offsets_one", one(R"("dtype":"F32","shape":[2],"data_offsets":[8])", 8), "not a pair"},
      {"offsets_three", one(R"("dtype":"F32","shape":[2],"data_offsets":[0,4,8])", 8), "not a pair"},
      {"offsets_negative", one(R"("dtype":"F32","shape":[2],"data_offsets":[-8,0])", 8),
       "bad number in data_offsets"},
      {"offsets_real", one(R"("dtype":"F32","shape":[2],"data_offsets":[0,8.5])", 8),
       "bad number in data_offsets"},
      {"offsets_text", one(R"("dtype":"F32","shape":[2],"data_offsets":["0","8"])", 8),
       "bad number in data_offsets"},
      {"offsets_backwards", one(R"("dtype":"F32","shape":[2],"data_offsets":[8,0])", 8), "run backwards"},
      {"offsets_past_end", one(R"("dtype":"F32","shape":[4],"data_offsets":[0,16])", 8), "outside the file"},
      {"offsets_far_away",
       one(R"("dtype":"F32","shape":[2],"data_offsets":[9223372036854775799,9223372036854775807])", 8),
       "outside the file"},
      {"offsets_swallow_everything",
       one(R"("dtype":"U8","shape":[9223372036854775807],"data_offsets":[0,9223372036854775807])", 8),
       "outside the file"},
      {"name_too_long", safetensors_bytes("{\"" + std::string(4097, 'n') + "\":{" + kGood + "}}", "12345678"),
       "name above the limit"},
  };
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

std::vector<Lie> layout_lies() {
  const std::string w = "\"w\":{" + kGood + "}";
  return {
      {"same_name_twice", safetensors_bytes("{" + w + "," + w + "}", "12345678"),
       "stands twice in the header"},
      {"same_name_by_escape",
       safetensors_bytes("{" + w + R"(,"\u0077":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}})",
                         "1234567812345678"),
       "stands twice in the header"},
      {"hole_at_start", two("1,4", "4,8", 8), "hole"},
      {"hole_between", two("0,3", "4,8", 8), "hole"},
      {"overlap_by_one", two("0,5", "4,8", 8), "overlaps"},
      {"same_range", two("0,4", "0,4", 4), "overlaps"},
      {"one_inside_other", two("0,8", "2,4", 8), "overlaps"},
      {"empty_inside_other", two("0,8", "4,4", 8), "overlaps"},
      {"trailing_byte", two("0,4", "4,8", 9), "bytes after the last tensor"},
      {"trailing_tensor", two("0,4", "4,8", 16), "bytes after the last tensor"},
      {"data_without_tensors", safetensors_bytes("{}", "data"), "bytes after the last tensor"},
      {"metadata_list", safetensors_bytes(R"({"__metadata__":[]})", ""), "__metadata__ is not an object"},
      {"metadata_text", safetensors_bytes(R"({"__metadata__":"x"})", ""), "__metadata__ is not an object"},
      {"metadata_number", safetensors_bytes(R"({"__metadata__":{"k":1}})", ""), "'k' is not a text"},
      {"metadata_nested", safetensors_bytes(R"({"__metadata__":{"k":{}}})", ""), "'k' is not a text"},
      {"metadata_key_twice", safetensors_bytes(R"({"__metadata__":{"k":"1","k":"2"}})", ""),
       "'k' stands twice"},
      {"metadata_twice", safetensors_bytes(R"({"__metadata__":{},"__metadata__":{}})", ""),
       "__metadata__ stands twice"},
  };
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

const auto kName = [](const auto& info) { return info.param.name; };
INSTANTIATE_TEST_SUITE_P(Prefix, MalformedSafetensors, ::testing::ValuesIn(prefix_lies()), kName);
INSTANTIATE_TEST_SUITE_P(Field, MalformedSafetensors, ::testing::ValuesIn(field_lies()), kName);
INSTANTIATE_TEST_SUITE_P(Shape, MalformedSafetensors, ::testing::ValuesIn(shape_lies()), kName);
INSTANTIATE_TEST_SUITE_P(Range, MalformedSafetensors, ::testing::ValuesIn(range_lies()), kName);
INSTANTIATE_TEST_SUITE_P(Layout, MalformedSafetensors, ::testing::ValuesIn(layout_lies()), kName);

}  // namespace
}  // namespace sonde::files

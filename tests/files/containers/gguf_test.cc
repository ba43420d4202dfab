// GGUF files against what the Python package gguf wrote and read (tests/golden/files_gguf.py).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../gguf_bytes.h"
#include "../scratch_folder.h"
#include "sonde/files/container.h"
#include "sonde/files/convert.h"
#include "sonde/files/gguf_header.h"
#include "sonde/files/safetensors_writer.h"

namespace sonde::files {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::filesystem::path data(std::string_view name) {
  return std::filesystem::path(SONDE_TEST_DATA) / "files" / name;
}

TEST(Gguf, EveryTypeIsReadBitForBit) {
  const auto file = open_tensors(data("all_types.gguf"));
  const auto golden = open_tensors(data("all_types_gguf.safetensors"));
  EXPECT_EQ(file->container(), "gguf");
  ASSERT_EQ(file->names(), golden->names());
  for (const TensorInfo& tensor : file->tensors()) {
    EXPECT_EQ(to_string(tensor.dtype), tensor.name);
    const TensorInfo& expected = golden->at(tensor.name);
    EXPECT_EQ(tensor.shape, expected.shape) << tensor.name;
    const std::vector<float> values = to_float(tensor), wanted = to_float(expected);
    ASSERT_EQ(values.size(), wanted.size()) << tensor.name;
    // As bytes, so that a zero's sign counts.
    EXPECT_EQ(std::memcmp(values.data(), wanted.data(), values.size() * sizeof(float)), 0) << tensor.name;
    const std::vector<double> doubles = to_double(tensor);
    EXPECT_TRUE(std::ranges::equal(doubles, wanted)) << tensor.name;
  }
}

TEST(Gguf, RowsAreThoseOfTheWhole) {
  const auto file = open_tensors(data("all_types.gguf"));
  for (TensorInfo tensor : file->tensors()) {
    const std::vector<float> whole = to_float(tensor);
    const std::size_t rows = static_cast<std::size_t>(tensor.shape[0]), width = whole.size() / rows;
    for (std::size_t row = 0; row < rows; ++row) {
      std::vector<float> one(width);
      rows_to_float(tensor, static_cast<std::int64_t>(row), one);
      EXPECT_TRUE(std::equal(one.begin(), one.end(), &whole[row * width])) << tensor.name << " row " << row;
    }
  }
}

TEST(Gguf, PairedHeadsAndAddedNumbersAreUndone) {
  // Two heads of four rows: the file has 0, 2, 1, 3 of each.
  std::vector<float> values(16);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  TensorInfo tensor{
      .name = "w", .dtype = DType::f32, .shape = {8, 2}, .bytes = std::as_bytes(std::span(values))};
  tensor.form = {.paired_heads = 2, .added = 1};
  EXPECT_EQ(float_view(tensor), std::nullopt);
  EXPECT_THAT(to_float(tensor), ElementsAre(-1, 0, 3, 4, 1, 2, 5, 6, 7, 8, 11, 12, 9, 10, 13, 14));
  std::vector<float> middle(4);
  rows_to_float(tensor, 3, middle);
  EXPECT_THAT(middle, ElementsAre(5, 6, 7, 8));
  tensor.form = {.added = 1};
  EXPECT_EQ(to_float(tensor)[5], 4);
  EXPECT_EQ(to_double(tensor)[15], 14);
}

TEST(Gguf, MetadataKeepsItsTypes) {
  const auto file = open_tensors(data("all_types.gguf"));
  const GgufHeader header = GgufHeader::parse(file->file().bytes(), file->path());
  EXPECT_EQ(header.text("general.architecture"), "test");
  EXPECT_EQ(header.whole_number("test.u8"), 200);
  EXPECT_EQ(header.whole_number("test.i8"), -100);
  EXPECT_EQ(header.whole_number("test.u16"), 60000);
  EXPECT_EQ(header.whole_number("test.i16"), -30000);
  EXPECT_EQ(header.whole_number("test.u32"), 4000000000);
  EXPECT_EQ(header.whole_number("test.i32"), -2000000000);
  EXPECT_EQ(header.whole_number("test.u64"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(header.whole_number("test.i64"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(header.number("test.f32"), 0.1f);
  EXPECT_EQ(header.number("test.f64"), 0.1);
  EXPECT_EQ(header.number("test.i8"), -100);
  EXPECT_EQ(header.flag("test.bool"), true);
  EXPECT_EQ(header.text("test.text"), "größe ▁ 𝄞");
  EXPECT_THAT(*header.texts("test.texts"), ElementsAre("", "a", "▁b"));
  EXPECT_THAT(*header.floats("test.floats"), ElementsAre(0.5f, -1.5f));
  EXPECT_THAT(*header.whole_numbers("test.numbers"), ElementsAre(1, -2, 3));
  EXPECT_EQ(header.text("absent"), std::nullopt);
  EXPECT_EQ(header.texts("absent"), std::nullopt);
  EXPECT_EQ(file->metadata().at("test.text"), "größe ▁ 𝄞");
}

TEST(Gguf, AValueIsOnlyGivenAsTheTypeItHas) {
  const auto file = open_tensors(data("all_types.gguf"));
  const GgufHeader header = GgufHeader::parse(file->file().bytes(), file->path());
  const auto said = [](auto&& read) { return std::string(error_of(read).what()); };
  EXPECT_THAT(said([&] { (void)header.text("test.u8"); }),
              HasSubstr("'test.u8' makes no sense; got u8, expected a string"));
  EXPECT_THAT(said([&] { (void)header.whole_number("test.f32"); }), HasSubstr("expected a whole number"));
  EXPECT_THAT(said([&] { (void)header.whole_number("test.bool"); }), HasSubstr("got bool"));
  EXPECT_THAT(said([&] { (void)header.whole_number("test.u64_beyond"); }), HasSubstr("more than 2^63-1"));
  EXPECT_THAT(said([&] { (void)header.number("test.text"); }), HasSubstr("got string"));
  EXPECT_THAT(said([&] { (void)header.flag("test.u8"); }), HasSubstr("expected true or false"));
  EXPECT_THAT(said([&] { (void)header.texts("test.floats"); }), HasSubstr("got array of 2 f32"));
  EXPECT_THAT(said([&] { (void)header.floats("test.numbers"); }), HasSubstr("expected an array of f32"));
  EXPECT_THAT(said([&] { (void)header.whole_numbers("test.texts"); }), HasSubstr("array of 3 string"));
}

TEST(Gguf, VersionTwoAndOtherAlignmentsAreRead) {
  GgufBytes bytes{.version = 2, .alignment = 8};
  bytes.number("general.alignment", 8).tensor("w", {2}, 0, 8).tensor("v", {1}, 0, 0);
  ScratchFolder folder;
  const std::string values = le_bytes(1.5f) + le_bytes(0.0f) + le_bytes(2.5f) + le_bytes(3.5f);
  const auto file = open_tensors(folder.write("m.gguf", bytes.with(values)));
  EXPECT_THAT(to_float(file->at("v")), ElementsAre(1.5f));
  EXPECT_THAT(to_float(file->at("w")), ElementsAre(2.5f, 3.5f));
}

TEST(Gguf, AFileWithoutTensorsIsAFile) {
  ScratchFolder folder;
  const auto file = open_tensors(folder.write("v.gguf", GgufBytes{}.text("a", "b").header()));
  EXPECT_TRUE(file->tensors().empty());
  EXPECT_EQ(file->metadata().at("a"), "b");
}

TEST(Gguf, APathMeansAFileOrAFolderOfOne) {
  ScratchFolder folder;
  EXPECT_EQ(gguf_file_of(folder.path()), std::nullopt);
  EXPECT_EQ(gguf_file_of(folder.path() / "none.gguf"), std::nullopt);
  const auto file = folder.write("a.gguf", GgufBytes{}.header());
  EXPECT_EQ(gguf_file_of(file), file);
  EXPECT_EQ(gguf_file_of(folder.path()), file);
  folder.write("b.gguf", "");
  const Error error = error_of([&] { (void)gguf_file_of(folder.path()); });
  EXPECT_EQ(error.code(), ErrorCode::input);
  EXPECT_THAT(error.what(),
              HasSubstr("several GGUF files; got 2 of them, expected one; name one, for example 'a.gguf'"));
  folder.write("model.safetensors", "");
  EXPECT_EQ(gguf_file_of(folder.path()), std::nullopt);
  EXPECT_EQ(gguf_file_of(folder.path() / "model.safetensors"), std::nullopt);
}

TEST(Gguf, SafetensorsNeitherReadNorWriteBlocks) {
  EXPECT_EQ(parse_dtype("Q4_0"), std::nullopt);
  EXPECT_EQ(parse_dtype("BF16"), DType::bf16);
  ScratchFolder folder;
  EXPECT_EQ(error_of([&] { SafetensorsWriter(folder.path() / "a", {{"x", DType::q4_k, {256}}}, {}); }).code(),
            ErrorCode::internal);
  EXPECT_EQ(folder.count(), 0u);
}

}  // namespace
}  // namespace sonde::files

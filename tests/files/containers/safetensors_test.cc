// The safetensors parser on sound files: what it reads, and that no cut or changed byte goes unnoticed or
// crashes it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "../scratch_folder.h"
#include "sonde/files/container.h"
#include "sonde/files/convert.h"
#include "sonde/files/tensor_file.h"

namespace sonde::files {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TensorTable parse(std::string_view bytes, const Budget& budget = {}) {
  for (const ContainerRecord* record : containers()) {
    if (record->name == "safetensors")
      return record->parse(std::as_bytes(std::span(bytes)), "m.safetensors", budget);
  }
  throw std::logic_error("no safetensors entry");
}

constexpr std::string_view kHeader =
    R"({"__metadata__":{"made":"by hand"},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
    R"("a":{"dtype":"U8","shape":[1,3],"data_offsets":[8,11]}})";
const std::string kData = std::string("\0\0\x80\x3f\0\0\0\x40", 8) + "xyz";

TEST(Safetensors, ReadsTensorsInOrderOfName) {
  const std::string bytes = safetensors_bytes(kHeader, kData);
  const TensorTable table = parse(bytes);
  ASSERT_EQ(table.tensors.size(), 2u);
  EXPECT_EQ(table.tensors[0].name, "a");
  EXPECT_EQ(table.tensors[0].dtype, DType::u8);
  EXPECT_THAT(table.tensors[0].shape, ElementsAre(1, 3));
  EXPECT_EQ(table.tensors[0].bytes.data(),
            reinterpret_cast<const std::byte*>(bytes.data() + bytes.size() - 3));
  EXPECT_THAT(to_float(table.tensors[1]), ElementsAre(1.0f, 2.0f));
  EXPECT_EQ(table.metadata.at("made"), "by hand");
}

TEST(Safetensors, ReadsEmptyFileScalarsAndEmptyTensors) {
  EXPECT_TRUE(parse(safetensors_bytes("{}", "")).tensors.empty());
  const std::string bytes = safetensors_bytes(R"({"s":{"dtype":"I16","shape":[],"data_offsets":[0,2]},)"
                                              R"("z":{"dtype":"F64","shape":[3,0],"data_offsets":[2,2]},)"
                                              R"("y":{"dtype":"F64","shape":[0],"data_offsets":[0,0]}}   )",
                                              "\x07\x01");
  const TensorTable table = parse(bytes);
  EXPECT_THAT(to_integers(table.tensors[0]), ElementsAre(263));
  EXPECT_EQ(element_count(table.tensors[0]), 1);
  EXPECT_EQ(element_count(table.tensors[2]), 0);
}

TEST(Safetensors, HugeExtentsOfAnEmptyTensorAreEmpty) {
  const TensorTable table = parse(safetensors_bytes(
      R"({"z":{"dtype":"F64","shape":[4611686018427387904,4611686018427387904,0],"data_offsets":[0,0]}})",
      ""));
  EXPECT_EQ(element_count(table.tensors[0]), 0);
}

// The file and what Python's safetensors saw in it were recorded together; see
// tests/golden/files_safetensors.py.
TEST(Safetensors, AgreesWithPython) {
  const std::filesystem::path folder = std::filesystem::path(SONDE_TEST_DATA) / "files";
  const auto file = open_tensors(folder / "all_types.safetensors");
  std::ifstream stream(folder / "all_types.json");
  const nlohmann::json golden = nlohmann::json::parse(stream);
  ASSERT_EQ(file->tensors().size(), golden["tensors"].size());
  EXPECT_EQ(file->metadata().at("note"), golden["metadata"]["note"]);
  for (const auto& [name, expected] : golden["tensors"].items()) {
    SCOPED_TRACE(name);
    const TensorInfo& tensor = file->at(name);
    EXPECT_EQ(to_string(tensor.dtype), expected["dtype"]);
    EXPECT_EQ(tensor.shape, expected["shape"].get<std::vector<std::int64_t>>());
    if (expected["kind"] == "real") {
      EXPECT_EQ(to_double(tensor), expected["values"].get<std::vector<double>>());
    } else {
      EXPECT_EQ(to_integers(tensor), expected["values"].get<std::vector<std::int64_t>>());
    }
  }
}

TEST(Safetensors, EveryTruncationIsRefused) {
  const std::string whole = safetensors_bytes(kHeader, kData);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    SCOPED_TRACE(length);
    // A copy of exactly this length lets the address sanitizer see a read past its end.
    const std::string cut(whole, 0, length);
    EXPECT_EQ(error_of([&] { parse(cut); }).code(), ErrorCode::input);
  }
}

TEST(Safetensors, EveryChangedHeaderByteGivesTheSameTensorsOrACleanError) {
  const std::string whole = safetensors_bytes(kHeader, kData);
  int refused = 0;
  for (std::size_t i = 0; i < 8 + kHeader.size(); ++i) {
    for (const int change : {1, 0x20, 0x80}) {
      std::string bytes = whole;
      bytes[i] = static_cast<char>(bytes[i] ^ change);
      try {
        for (const TensorInfo& tensor : parse(bytes).tensors) {
          // What parses must lie inside the bytes it was parsed from.
          EXPECT_GE(tensor.bytes.data(), reinterpret_cast<const std::byte*>(bytes.data()));
          EXPECT_LE(tensor.bytes.data() + tensor.bytes.size(),
                    reinterpret_cast<const std::byte*>(bytes.data() + bytes.size()));
        }
      } catch (const Error& error) {
        ++refused;
        EXPECT_EQ(error.code(), ErrorCode::input) << error.what();
        EXPECT_THAT(error.what(), HasSubstr("m.safetensors"));
      }
    }
  }
  EXPECT_GT(refused, 300);
}

TEST(Safetensors, TenThousandTensorsAreReadInOrder) {
  std::string header = "{";
  for (int i = 9'999; i >= 0; --i) {
    header += (header.size() > 1 ? "," : "") + ("\"t" + std::to_string(i)) +
              R"(":{"dtype":"U8","shape":[1],"data_offsets":[)" + std::to_string(i) + "," +
              std::to_string(i + 1) + "]}";
  }
  const std::string bytes = safetensors_bytes(header + "}", std::string(10'000, 'q'));
  const TensorTable table = parse(bytes);
  ASSERT_EQ(table.tensors.size(), 10'000u);
  EXPECT_TRUE(std::ranges::is_sorted(table.tensors, {}, &TensorInfo::name));
}

TEST(Safetensors, LimitsOfTheBudgetHold) {
  const std::string bytes = safetensors_bytes(kHeader, kData);
  EXPECT_THAT(error_of([&] { parse(bytes, {.header_bytes = 16}); }).what(),
              HasSubstr("header above the limit"));
  EXPECT_THAT(error_of([&] { parse(bytes, {.entries = 1}); }).what(),
              HasSubstr("more tensors than the limit"));
  EXPECT_THAT(error_of([&] { parse(bytes, {.name_bytes = 0}); }).what(), HasSubstr("name above the limit"));
  EXPECT_THAT(error_of([&] { parse(bytes, {.depth = 2}); }).what(), HasSubstr("not valid JSON"));
}

}  // namespace
}  // namespace sonde::files

// What is written is read back with the same bits, whatever the order and thread it arrived in.
#include "sonde/files/safetensors_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "scratch_folder.h"
#include "sonde/files/convert.h"
#include "sonde/files/read_file.h"

namespace sonde::files {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;

TEST(SafetensorsWriter, RoundTripsAllThatItWrites) {
  const ScratchFolder folder;
  const std::vector<float> floats = {0.1f, -0.0f, 3e38f, std::numeric_limits<float>::quiet_NaN(), 1e-45f, 2};
  const std::vector<std::int64_t> integers = {-1, 1ll << 62};
  const std::vector<TensorInfo> tensors = {float_tensor("hidden[0]", {2, 3}, floats),
                                           integer_tensor("labels", {2}, integers),
                                           float_tensor("none", {0, 5}, {})};
  write_safetensors(folder.path() / "f.safetensors", tensors, {{"classes", R"(["a","b\n\u2028\"<"])"}});
  const auto file = open_tensors(folder.path() / "f.safetensors");
  EXPECT_THAT(file->names(), ElementsAre("hidden[0]", "labels", "none"));
  for (const TensorInfo& tensor : tensors) {
    EXPECT_EQ(file->at(tensor.name).shape, tensor.shape);
    EXPECT_THAT(file->at(tensor.name).bytes, ElementsAreArray(tensor.bytes));
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(file->at(tensor.name).bytes.data()) % 4, 0u);
  }
  EXPECT_EQ(file->metadata().at("classes"), R"(["a","b\n\u2028\"<"])");
}

TEST(SafetensorsWriter, MetadataAloneAndNothingAtAllAreFiles) {
  const ScratchFolder folder;
  write_safetensors(folder.path() / "m", {}, {{"k", "v"}});
  EXPECT_EQ(open_tensors(folder.path() / "m")->metadata().at("k"), "v");
  write_safetensors(folder.path() / "n", {}, {});
  EXPECT_TRUE(open_tensors(folder.path() / "n")->tensors().empty());
}

TEST(SafetensorsWriter, BytesDoNotDependOnTheOrderOfArrival) {
  const ScratchFolder folder;
  constexpr std::int64_t kRows = 64, kCols = 8;
  Matrix values(kRows, kCols);
  for (std::int64_t i = 0; i < kRows * kCols; ++i) values.data()[i] = static_cast<float>(i) / 7;
  const std::vector<std::int64_t> labels(kRows, 3);
  const std::vector<TensorInfo> whole = {integer_tensor("labels", {kRows}, labels),
                                         matrix_tensor("x", values.view())};
  write_safetensors(folder.path() / "whole", whole, {{"a", "b"}});

  SafetensorsWriter writer(folder.path() / "rows",
                           {{"labels", DType::i64, {kRows}}, {"x", DType::f32, {kRows, kCols}}},
                           {{"a", "b"}});
  const auto put_every_second = [&](std::int64_t first) {
    for (std::int64_t i = kRows - 2 + first; i >= 0; i -= 2) {
      // A wider stride than the row, as a view into a larger matrix has.
      writer.put_rows(1, i, {.data = values.row(i).data(), .rows = 1, .cols = kCols, .stride = 100});
    }
  };
  std::thread other(put_every_second, 1);
  put_every_second(0);
  other.join();
  writer.put(0, 0, std::as_bytes(std::span(labels)));
  writer.commit();
  EXPECT_EQ(read_file(folder.path() / "rows", 1 << 20), read_file(folder.path() / "whole", 1 << 20));
}

TEST(SafetensorsWriter, RefusesNamesTwiceAndUnfinishedFiles) {
  const ScratchFolder folder;
  EXPECT_EQ(error_of([&] {
              SafetensorsWriter writer(folder.path() / "a", {{"x", DType::u8, {1}}, {"x", DType::u8, {1}}},
                                       {});
            }).code(),
            ErrorCode::usage);
  EXPECT_EQ(error_of([&] {
              SafetensorsWriter writer(folder.path() / "a", {{"__metadata__", DType::u8, {1}}}, {});
            }).code(),
            ErrorCode::usage);
  {
    SafetensorsWriter writer(folder.path() / "a", {{"x", DType::f32, {2, 2}}}, {});
    EXPECT_EQ(error_of([&] { writer.commit(); }).code(), ErrorCode::internal);
    const std::vector<float> row = {1, 2};
    EXPECT_EQ(error_of([&] { writer.put_rows(0, 2, {row.data(), 1, 2, 2}); }).code(), ErrorCode::internal);
  }
  EXPECT_EQ(folder.count(), 0u);
}

}  // namespace
}  // namespace sonde::files

// Checkpoints that torch 1.4, 1.6 and 2.15 saved, against the bits that torch.load read from them
// (tests/golden/files_torch.py); and what becomes of them when they are cut short or a byte changes.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "../torch_files.h"
#include "sonde/files/tensor_file.h"

namespace sonde::files {
namespace {

using nlohmann::json;

std::string hex(std::span<const std::byte> bytes) {
  std::string text;
  for (const std::byte byte : bytes) {
    text += "0123456789abcdef"[std::to_integer<int>(byte) >> 4];
    text += "0123456789abcdef"[std::to_integer<int>(byte) & 15];
  }
  return text;
}

/// The tensors of a table in the form of the goldens.
json recorded(std::span<const TensorInfo> tensors) {
  json all = json::object();
  for (const TensorInfo& tensor : tensors) {
    all[tensor.name] = {
        {"dtype", to_string(tensor.dtype)}, {"shape", tensor.shape}, {"bits", hex(tensor.bytes)}};
  }
  return all;
}

/// The name of a test from its file or version.
const auto kName = [](const auto& info) {
  std::string name = info.param;
  std::ranges::replace(name, '.', '_');
  return name;
};

class TorchGolden : public ::testing::TestWithParam<const char*> {};

TEST_P(TorchGolden, EveryTensorHasTheBitsThatTorchReads) {
  const json goldens = json::parse(torch_file(std::string("bits_") + GetParam() + ".json"));
  ASSERT_GE(goldens.size(), 3u);
  for (const auto& [name, tensors] : goldens.items()) {
    SCOPED_TRACE(name);
    const auto file = open_tensors(std::filesystem::path(SONDE_TEST_DATA) / "files" / "torch" / name);
    EXPECT_EQ(file->container(), name.starts_with("zip") ? "torch_zip" : "torch_legacy");
    EXPECT_EQ(recorded(file->tensors()), tensors);
  }
}

INSTANTIATE_TEST_SUITE_P(Versions, TorchGolden, ::testing::Values("1.4", "1.6", "2.15"), kName);

TEST(TorchFiles, TensorsInRowMajorOrderStayInTheFileAndTiedOnesShareIt) {
  for (const char* name : {"zip_kinds_2.15.bin", "legacy_kinds_2.15.bin"}) {
    const auto file = open_tensors(std::filesystem::path(SONDE_TEST_DATA) / "files" / "torch" / name);
    const auto inside = [&](const char* tensor) {
      const std::span<const std::byte> all = file->file().bytes(), part = file->at(tensor).bytes;
      return part.data() >= all.data() && part.data() + part.size() <= all.data() + all.size();
    };
    for (const char* tensor : {"F32", "offset", "rows", "parameter", "scalar"})
      EXPECT_TRUE(inside(tensor)) << tensor;
    for (const char* tensor : {"transposed", "every other", "expanded"})
      EXPECT_FALSE(inside(tensor)) << tensor;
    EXPECT_EQ(file->at("decoder.weight").bytes.data(), file->at("embeddings.weight").bytes.data());
  }
}

class TorchDamage : public ::testing::TestWithParam<const char*> {};

TEST_P(TorchDamage, EveryTruncationIsRefused) {
  const std::string whole = torch_file(GetParam());
  for (std::size_t length = 0; length < whole.size(); ++length) {
    SCOPED_TRACE(length);
    refusal_of(std::string_view(whole).substr(0, length));
  }
}

// A changed byte of an archive is refused or changes nothing, because all bytes that mean something are
// checked; the old layout has no checksum, so there only crashes and unclear errors are looked for.
TEST_P(TorchDamage, EveryChangedByteIsRefusedOrHarmless) {
  const std::string whole = torch_file(GetParam());
  const bool checked = std::string_view(GetParam()).starts_with("zip");
  std::vector<std::byte> copy;
  const json before = recorded(parse_bytes(whole, {}, copy).tensors);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const int change : {0x01, 0x80, 0xFF}) {
      std::string changed = whole;
      changed[at] = static_cast<char>(changed[at] ^ change);
      try {
        const TensorTable table = parse_bytes(changed, {}, copy);
        if (!checked) continue;
        EXPECT_EQ(recorded(table.tensors), before) << "byte " << at << " by " << change;
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::input) << "byte " << at << ": " << error.what();
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Files, TorchDamage,
                         ::testing::Values("zip_module_1.6.bin", "zip_training_2.15.bin",
                                           "zip_kinds_2.15.bin", "legacy_kinds_1.4.bin",
                                           "legacy_training_2.15.bin", "legacy_protocol4_2.15.bin"),
                         kName);

}  // namespace
}  // namespace sonde::files

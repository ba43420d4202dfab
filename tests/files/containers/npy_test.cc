// NumPy's container: what numpy.save wrote is read back, and everything else is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../scratch_folder.h"
#include "sonde/files/convert.h"
#include "sonde/files/tensor_file.h"

namespace sonde::files {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string npy(std::string_view header, std::string_view data, char version = 1) {
  std::string bytes = std::string("\x93NUMPY", 6) + version + '\0';
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i)
    bytes += static_cast<char>(header.size() >> (8 * i) & 0xFF);
  return bytes.append(header).append(data);
}

// numpy.arange(6, dtype=float32).reshape(2, 3) / 3, written by tests/golden/files_safetensors.py.
TEST(Npy, ReadsWhatNumpySaved) {
  const auto file = open_tensors(std::filesystem::path(SONDE_TEST_DATA) / "files" / "matrix.npy");
  EXPECT_EQ(file->container(), "npy");
  const TensorInfo& array = file->at("array");
  EXPECT_THAT(array.shape, ElementsAre(2, 3));
  EXPECT_THAT(to_float(array), ElementsAre(0.0f, 1.0f / 3, 2.0f / 3, 1.0f, 4.0f / 3, 5.0f / 3));
}

TEST(Npy, ReadsVersionsTypesAndLayouts) {
  const ScratchFolder folder;
  const auto open = [&](std::string_view bytes) { return open_tensors(folder.write("a.bin", bytes)); };
  EXPECT_THAT(to_integers(open(npy("{'descr': '<i2', 'fortran_order': False, 'shape': (2,), }\n",
                                   std::string("\1\0\2\0", 4)))
                              ->at("array")),
              ElementsAre(1, 2));
  EXPECT_THAT(to_integers(open(npy("{\"shape\":(1,2),\"fortran_order\":False,\"descr\":\"|b1\"}",
                                   std::string("\0\1", 2), 2))
                              ->at("array")),
              ElementsAre(0, 1));
  EXPECT_THAT(open(npy("{'descr': '|u1', 'fortran_order': True, 'shape': (), }", "x", 3))->at("array").shape,
              ElementsAre());
}

struct Lie {
  std::string header;
  std::string said;
};

TEST(Npy, MalformedHeadersAreRefused) {
  const ScratchFolder folder;
  const std::vector<Lie> lies = {
      {"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", "Python objects"},
      {"{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }", "'>f4'"},
      {"{'descr': '<U4', 'fortran_order': False, 'shape': (1,), }", "type not supported"},
      {"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", "malformed npy header"},
      {"{'descr': '<f4', 'fortran_order': True, 'shape': (1, 1), }", "Fortran order"},
      {"{'descr': '<f4', 'fortran_order': 0, 'shape': (1,), }", "malformed npy header"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", "a tuple of sizes"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (1e0,), }", "malformed npy header"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }", "a tuple of sizes"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387905,), }", "more than 2^63"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "shape and bytes disagree"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (0,), }", "shape and bytes disagree"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,", "malformed npy header"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': [1], }", "malformed npy header"},
      {"{'descr': '<f4', 'fortran_order': False, }", "once each"},
      {"{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", "once each"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': 1}", "once each"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,), } or exit()", "nothing after the header"},
      {"__import__('os')", "malformed npy header"},
      {"", "malformed npy header"},
  };
  for (const Lie& lie : lies) {
    SCOPED_TRACE(lie.header);
    const auto path = folder.write("a.npy", npy(lie.header, "1234"));
    const Error error = error_of([&] { open_tensors(path); });
    EXPECT_EQ(error.code(), ErrorCode::input);
    EXPECT_THAT(error.what(), HasSubstr(lie.said));
    EXPECT_TRUE(error.parts().offset.has_value());
  }
}

TEST(Npy, EveryTruncationIsRefused) {
  const ScratchFolder folder;
  const std::string whole = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n", "12345678");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    SCOPED_TRACE(length);
    const auto path = folder.write("a.npy", std::string_view(whole).substr(0, length));
    EXPECT_EQ(error_of([&] { open_tensors(path); }).code(), ErrorCode::input);
  }
}

}  // namespace
}  // namespace sonde::files

// Old torch files that lie. Every one must be refused with exit code 3 and a message that names what is
// wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../torch_files.h"
#include "sonde/files/convert.h"
#include "sonde/files/tensor_file.h"

namespace sonde::files {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kKeys = op::pickle("](" + op::text("0") + "e");

/// A file of the given pickles around the good object.
std::string around(const std::string& before, const std::string& keys, const std::string& rest) {
  return before + op::pickle(op::kGood) + keys + rest;
}
const std::string kHead = kMagicPickle + kVersionPickle + kMachinePickle;
const std::string kStorage = little(4, 8) + kFourFloats;

TEST(TorchLegacy, ReadsWhatTheTestWrites) {
  const ScratchFolder folder;
  const auto file = open_tensors(folder.write("m.bin", legacy_bytes()));
  EXPECT_EQ(file->container(), "torch_legacy");
  EXPECT_THAT(to_float(file->at("w")), ElementsAre(1, 2, 3, 4));
}

TEST(TorchLegacy, ReadsTextsAndDictionariesOfPython2) {
  const auto word = [](std::string_view text) { return "U" + little(text.size(), 1) + std::string(text); };
  const std::string storage = op::tuple(word("storage") + op::name("torch", "FloatStorage") + word("0") +
                                        word("cpu") + op::integer(4)) +
                              "Q";
  const std::string tensor =
      op::name("torch._utils", "_rebuild_tensor") +
      op::tuple(storage + op::integer(0) + op::tuple(op::integer(4)) + op::tuple(op::integer(1))) + "R";
  const std::string body = op::name("collections", "OrderedDict") + "(](](" + word("w") + tensor + "eetR";
  const std::string keys = op::pickle("](" + word("0") + "e");
  std::vector<std::byte> copy;
  const TensorTable table = parse_bytes(kHead + op::pickle(body) + keys + kStorage, {}, copy);
  ASSERT_EQ(table.tensors.size(), 1u);
  EXPECT_THAT(to_float(table.tensors[0]), ElementsAre(1, 2, 3, 4));
}

struct Lie {
  std::string bytes;
  const char* said;
};

TEST(TorchLegacy, LiesAreRefused) {
  const std::string magic = kMagicPickle;
  const std::string big_endian = op::pickle("}(" + op::text("little_endian") + "\x89u");
  const std::vector<Lie> lies = {
      {op::pickle("N"), "torch's magic number"},
      {op::pickle("K\x01"), "torch's magic number; got an integer"},
      {op::pickle("}"), "torch's magic number"},
      {op::pickle("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x18"), "torch's magic number"},
      {magic, "not a pickle of protocol 2 to 5"},
      {magic + op::pickle("M\xe8\x03"), "torch protocol not supported; got 1000, expected 1001"},
      {magic + op::pickle("N"), "torch protocol not supported"},
      {magic + kVersionPickle + op::pickle("}"), "does not tell its byte order"},
      {magic + kVersionPickle + op::pickle("N"), "does not tell its byte order"},
      {around(magic + kVersionPickle + big_endian, kKeys, kStorage), "another byte order"},
      {around(kHead, op::pickle("]"), kStorage), "list of storages and pickle disagree; got 0 keys"},
      {around(kHead, op::pickle("N"), kStorage), "list of storages and pickle disagree"},
      {around(kHead, op::pickle("](" + op::text("1") + "e"), kStorage), "does not name, or twice"},
      {around(kHead,
              op::pickle("](K\x01"
                         "e"),
              kStorage),
       "does not name, or twice"},
      {around(kHead, kKeys, ""), "storage '0' is cut short"},
      {around(kHead, kKeys, little(4, 8)), "storage '0' is cut short"},
      {around(kHead, kKeys, little(5, 8) + kFourFloats), "disagree; got 5 elements, expected 4"},
      {around(kHead, kKeys, little(~0ull, 8) + kFourFloats), "disagree; got 18446744073709551615 elements"},
      {around(kHead, kKeys, kStorage + "x"), "bytes after the last storage"},
      {around(kHead, kKeys, kStorage + kStorage), "bytes after the last storage"},
      {legacy_bytes(op::weights(op::tensor(op::storage("0", 2147483647), 0, op::integer(4), op::integer(1)))),
       "storage '0' is cut short"},
  };
  for (const Lie& lie : lies) {
    SCOPED_TRACE(lie.said);
    EXPECT_THAT(refusal_of(lie.bytes), HasSubstr(lie.said));
  }
}

TEST(TorchLegacy, AKeyMayStandOnceInTheList) {
  const std::string two = "}(" + op::text("a") +
                          op::tensor(op::storage("0", 4), 0, op::integer(4), op::integer(1)) + op::text("b") +
                          op::tensor(op::storage("1", 4), 0, op::integer(4), op::integer(1)) + "u";
  const auto keys = [](const char* first, const char* second) {
    return op::pickle("](" + op::text(first) + op::text(second) + "e");
  };
  std::vector<std::byte> copy;
  EXPECT_EQ(
      parse_bytes(kHead + op::pickle(two) + keys("1", "0") + kStorage + kStorage, {}, copy).tensors.size(),
      2u);
  EXPECT_THAT(refusal_of(kHead + op::pickle(two) + keys("0", "0") + kStorage + kStorage),
              HasSubstr("twice in the list"));
}

}  // namespace
}  // namespace sonde::files

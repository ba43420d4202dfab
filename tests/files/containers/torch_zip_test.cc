// Archives that lie. Every one must be refused with exit code 3 and a message that names what is wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../torch_files.h"
#include "sonde/files/convert.h"
#include "sonde/files/tensor_file.h"

namespace sonde::files {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Lie {
  std::string name;
  std::string bytes;
  std::string said;  ///< what the message must contain
};

/// A list of archives, each a good one after one change.
class Lies {
 public:
  template <class Change>
  void add(const char* name, const char* said, Change change) {
    ZipSpec spec = zip_spec();
    change(spec);
    lies_.push_back({name, zip_bytes(spec), said});
  }
  /// Add an archive that holds this pickle.
  void add_pickle(const char* name, const char* said, const std::string& body) {
    add(name, said, [&](ZipSpec& spec) { spec.parts[0].data = op::pickle(body); });
  }
  const std::vector<Lie>& all() const { return lies_; }

 private:
  std::vector<Lie> lies_;
};

TEST(TorchZip, ReadsWhatTheTestWrites) {
  for (const bool zip64 : {true, false}) {
    ZipSpec spec = zip_spec();
    spec.zip64 = zip64;
    spec.parts.push_back({.name = "a/byteorder", .data = "little"});
    spec.parts.push_back({.name = "a/.data/serialization_id", .data = "17"});
    spec.parts[0].local_extra = "FB" + little(3, 2) + "ZZZ";
    const ScratchFolder folder;
    const auto file = open_tensors(folder.write("m.bin", zip_bytes(spec)));
    EXPECT_EQ(file->container(), "torch_zip");
    EXPECT_THAT(to_float(file->at("w")), ElementsAre(1, 2, 3, 4));
  }
}

// A record that begins beyond 4 GiB has its offset and descriptor in 64 bits; miniz writes them for any such.
TEST(TorchZip, ReadsWideOffsetsAndDescriptors) {
  ZipSpec spec = zip_spec();
  ZipPart& wide = spec.parts[1];
  const auto crc =
      static_cast<std::uint32_t>(::crc32(0, reinterpret_cast<const Bytef*>(kFourFloats.data()), 16));
  wide.descriptor = "PK\x07\x08" + little(crc, 4) + little(16, 8) + little(16, 8);
  wide.offset = 0xFFFFFFFF;
  const std::size_t first = 30 + std::string("a/data.pkl").size() + op::pickle(op::kGood).size() + 16;
  wide.central_extra = little(1, 2) + little(8, 2) + little(first, 8);
  const ScratchFolder folder;
  EXPECT_THAT(to_float(open_tensors(folder.write("m.bin", zip_bytes(spec)))->at("w")),
              ElementsAre(1, 2, 3, 4));
}

Lies record_lies() {
  Lies lies;
  using S = ZipSpec&;
  lies.add("deflated", "compressed zip record", [](S s) { s.parts[1].method = 8; });
  lies.add("deflated_in_local_header", "disagree on the method", [](S s) { s.parts[1].local_method = 8; });
  lies.add("encrypted", "encrypted zip record", [](S s) { s.parts[1].flags = 0x0809; });
  lies.add("encrypted_locally", "disagree on flags", [](S s) { s.parts[1].local_flags = 0x0809; });
  lies.add("strong_encryption", "flags that torch does not write", [](S s) { s.parts[1].flags = 0x0848; });
  lies.add("masked_headers", "flags that torch does not write", [](S s) { s.parts[1].flags = 0x2808; });
  lies.add("wrong_crc", "directory disagree on the CRC", [](S s) { s.parts[1].crc = 7; });
  lies.add("wrong_crc_without_descriptor", "are damaged", [](S s) {
    s.parts[1].flags = 0x0800;
    s.parts[1].crc = s.parts[1].local_crc = 7;
    s.parts[1].local_size = 16;
  });
  lies.add("changed_byte", "are damaged", [](S s) {
    s.parts[1].descriptor = "PK\x07\x08" + little(7, 4) + little(16, 4) + little(16, 4);
    s.parts[1].crc = 7;
  });
  lies.add("wrong_local_crc", "disagree on the CRC", [](S s) { s.parts[1].local_crc = 7; });
  lies.add("wrong_local_size", "disagree on the", [](S s) { s.parts[1].local_size = 8; });
  lies.add("no_local_size_and_no_descriptor", "disagree on the", [](S s) { s.parts[1].flags = 0x0800; });
  lies.add("size_one_more", "a descriptor of 16 or 24 bytes", [](S s) { s.parts[1].size = 17; });
  lies.add("size_one_less", "a descriptor of 16 or 24 bytes", [](S s) { s.parts[1].size = 15; });
  lies.add("size_past_end", "outside the file", [](S s) { s.parts[1].size = 1 << 30; });
  lies.add("size_swallows_next", "overlap", [](S s) { s.parts[1].size = 40; });
  lies.add("two_sizes", "of two sizes", [](S s) { s.parts[1].packed_size = 15; });
  lies.add("size_in_absent_zip64", "outside the file", [](S s) { s.parts[1].size = 0xFFFFFFFF; });
  lies.add("zip64_size_absurd", "outside the file", [](S s) {
    s.parts[1].size = 0xFFFFFFFF;
    s.parts[1].central_extra = little(1, 2) + little(16, 2) + little(~0ull, 8) + little(~0ull, 8);
  });
  lies.add("zip64_that_is_not_used", "nothing refers to",
           [](S s) { s.parts[1].central_extra = little(1, 2) + little(8, 2) + little(16, 8); });
  lies.add("zip64_twice", "two zip64 fields", [](S s) {
    s.parts[1].central_extra =
        little(1, 2) + little(8, 2) + little(0, 8) + little(1, 2) + little(8, 2) + little(0, 8);
  });
  lies.add("foreign_extra", "extra field that torch does not write",
           [](S s) { s.parts[1].central_extra = little(0x7075, 2) + little(0, 2); });
  lies.add("foreign_local_extra", "extra field that torch does not write",
           [](S s) { s.parts[1].local_extra = little(0x7075, 2) + little(0, 2); });
  lies.add("extra_stump", "a stump", [](S s) { s.parts[1].local_extra = "FB"; });
  lies.add("extra_past_end", "extra field that torch does not write",
           [](S s) { s.parts[1].local_extra = "FB" + little(9, 2) + "ZZ"; });
  lies.add("comment_on_record", "record with a comment", [](S s) { s.parts[1].comment = "x"; });
  lies.add("descriptor_mark", "descriptor without its mark",
           [](S s) { s.parts[1].descriptor = std::string(16, 'x'); });
  lies.add("descriptor_absent", "a descriptor of 16 or 24 bytes", [](S s) { s.parts[1].descriptor = ""; });
  lies.add("descriptor_size", "disagree on the size", [](S s) {
    const auto crc =
        static_cast<std::uint32_t>(::crc32(0, reinterpret_cast<const Bytef*>(kFourFloats.data()), 16));
    s.parts[1].descriptor = "PK\x07\x08" + little(crc, 4) + little(16, 4) + little(15, 4);
  });
  return lies;
}

Lies name_lies() {
  Lies lies;
  using S = ZipSpec&;
  lies.add("other_local_name", "disagree on a name", [](S s) { s.parts[1].local_name = "a/data/1"; });
  lies.add("longer_local_name", "disagree on a name", [](S s) { s.parts[1].local_name = "a/data/0x"; });
  const auto add = [&](const char* label, const std::string& name) {
    lies.add(label, "unsafe file name in the archive", [&](S s) { s.parts[1].name = name; });
  };
  add("dot_dot", "a/../data/0");
  add("dot_dot_first", "../a/data/0");
  add("dot", "a/./data/0");
  add("absolute", "/a/data/0");
  add("double_slash", "a//data/0");
  add("folder", "a/data/0/");
  add("backslash", "a\\data\\0");
  add("drive", "C:\\a\\data\\0");
  add("nul", std::string("a/data/0\0.txt", 13));
  add("line_feed", "a/data/0\n");
  add("no_name", "");
  add("long_name", "a/" + std::string(5000, 'n'));
  lies.add("same_name_twice", "stands twice", [](S s) { s.parts.push_back(s.parts[1]); });
  lies.add("two_folders", "do not share one folder", [](S s) { s.parts[1].name = "b/data/0"; });
  lies.add("folder_by_case", "do not share one folder", [](S s) { s.parts[1].name = "A/data/0"; });
  lies.add("no_folder", "do not share one folder",
           [](S s) { s.parts = {{.name = "arr_0.npy", .data = "x"}}; });
  lies.add("foreign_record", "foreign record; got 'code.py'",
           [](S s) { s.parts.push_back({.name = "a/code.py", .data = "x"}); });
  lies.add("script", "TorchScript archive", [](S s) {
    s.parts.push_back({.name = "a/constants.pkl", .data = "x"});
    s.parts.push_back({.name = "a/code/x.py", .data = "x"});
  });
  lies.add("no_pickle", "archive without data.pkl", [](S s) { s.parts.erase(s.parts.begin()); });
  lies.add("no_version", "archive of unknown version; got none", [](S s) { s.parts.pop_back(); });
  lies.add("version_eleven", "archive of unknown version", [](S s) { s.parts[2].data = "11\n"; });
  lies.add("version_text", "archive of unknown version", [](S s) { s.parts[2].data = "x"; });
  lies.add("big_endian", "another byte order",
           [](S s) { s.parts.push_back({.name = "a/byteorder", .data = "big"}); });
  lies.add("no_storage", "archive lacks storage '0'", [](S s) { s.parts[1].name = "a/data/1"; });
  return lies;
}

Lies layout_lies() {
  Lies lies;
  using S = ZipSpec&;
  lies.add("bytes_before", "bytes before the first zip record", [](S s) { s.before = "PK\x03\x04"; });
  lies.add("bytes_between", "a descriptor of 16 or 24 bytes", [](S s) { s.between = "hidden"; });
  lies.add("eight_bytes_between", "disagree on the size", [](S s) { s.between = "12345678"; });
  lies.add("bytes_before_directory", "a descriptor of 16 or 24 bytes", [](S s) { s.before_directory = "x"; });
  lies.add("bytes_after_directory", "does not end where the end record starts",
           [](S s) { s.after_directory = "x"; });
  lies.add("comment", "does not end with its end record", [](S s) { s.comment = "x"; });
  lies.add("comment_that_is_an_end_record", "does not end where the end record starts", [](S s) {
    s.comment = "PK\x05\x06" + std::string(18, '\0');
    s.zip64 = false;
  });
  lies.add("trailing_byte", "does not end with its end record", [](S s) { s.after = "x"; });
  lies.add("unlisted_record", "a descriptor of 16 or 24 bytes", [](S s) {
    s.parts.insert(s.parts.begin() + 1, {.name = "a/hidden", .data = "x", .unlisted = true});
  });
  lies.add("unlisted_first", "bytes before the first zip record",
           [](S s) { s.parts.insert(s.parts.begin(), {.name = "a/hidden", .data = "x", .unlisted = true}); });
  lies.add("same_bytes_twice", "overlap", [](S s) { s.parts[1].offset = 0; });
  lies.add("offset_past_end", "outside the file", [](S s) { s.parts[1].offset = 1 << 30; });
  lies.add("offset_at_directory", "bytes between zip records",
           [](S s) { s.parts[2].offset = static_cast<std::uint32_t>(zip_bytes(zip_spec()).size() - 30); });
  lies.add("count_one_more", "cut short or counts too many", [](S s) { s.entries_off_by = 1; });
  lies.add("count_one_less", "bytes after the last entry", [](S s) { s.entries_off_by = -1; });
  lies.add("nothing_listed", "without records", [](S s) { s.parts.clear(); });
  lies.add("directory_size", "disagree", [](S s) { s.directory_size = 1; });
  lies.add("directory_offset", "disagree", [](S s) { s.directory_offset = 1; });
  lies.add("size_64", "claims more than the file holds", [](S s) { s.size64 = ~0ull; });
  lies.add("offset_64", "disagree", [](S s) { s.offset64 = 1; });
  lies.add("entries_64", "claims more than the file holds", [](S s) { s.entries64 = 1ull << 62; });
  lies.add("locator", "locator points elsewhere", [](S s) { s.locator = 0; });
  lies.add("two_directories", "zip64 locator points elsewhere", [](S s) {
    // A second archive behind the first: readers that search forwards and backwards would see different ones.
    s.before = zip_bytes(zip_spec());
    s.locator = s.before.size() - 98;
  });
  return lies;
}

// A pickle of one tensor.
std::string pickled_tensor(const std::string& storage, int offset, const std::string& shape,
                           const std::string& strides) {
  return op::weights(op::tensor(storage, offset, shape, strides));
}

Lies storage_lies() {
  Lies lies;
  const std::string good = op::storage("0", 4), i1 = op::integer(1), i4 = op::integer(4);
  lies.add_pickle("elements_one_more", "storage '0' and its bytes disagree",
                  pickled_tensor(op::storage("0", 5), 0, i4, i1));
  lies.add_pickle("elements_one_less", "storage '0' and its bytes disagree",
                  pickled_tensor(op::storage("0", 3), 0, i1, i1));
  lies.add_pickle("elements_of_other_type", "bytes disagree; got 16 bytes, expected 4 elements of F64",
                  pickled_tensor(op::storage("0", 4, "DoubleStorage"), 0, i4, i1));
  lies.add_pickle("elements_negative", "no storage", pickled_tensor(op::storage("0", -4), 0, i4, i1));
  lies.add_pickle("storage_of_two_types", "described in two ways",
                  "}(" + op::text("a") + op::tensor(good, 0, i4, i1) + op::text("b") +
                      op::tensor(op::storage("0", 4, "IntStorage"), 0, i4, i1) + "u");
  lies.add_pickle("storage_type_unknown", "'torch.QInt8Storage'",
                  pickled_tensor(op::storage("0", 4, "QInt8Storage"), 0, i4, i1));
  lies.add_pickle("storage_is_a_module", "no storage",
                  pickled_tensor(op::tuple(op::text("module") + op::text("x")) + "Q", 0, i4, i1));
  lies.add_pickle("storage_is_a_text", "no storage", pickled_tensor(op::text("0") + "Q", 0, i4, i1));
  lies.add_pickle(
      "view_of_storage", "no storage",
      pickled_tensor(op::tuple(op::text("storage") + op::name("torch", "FloatStorage") + op::text("0") +
                               op::text("cpu") + i4 + op::tuple(op::text("1") + op::integer(0) + i4)) +
                         "Q",
                     0, i4, i1));
  return lies;
}

Lies shape_lies() {
  Lies lies;
  const std::string good = op::storage("0", 4), i1 = op::integer(1), i4 = op::integer(4);
  lies.add_pickle("shape_one_more", "leaves its storage", pickled_tensor(good, 0, op::integer(5), i1));
  lies.add_pickle("offset_one_more", "leaves its storage", pickled_tensor(good, 1, i4, i1));
  lies.add_pickle("offset_negative", "in place of a size", pickled_tensor(good, -1, i4, i1));
  lies.add_pickle("stride_too_wide", "leaves its storage", pickled_tensor(good, 0, op::integer(2), i4));
  lies.add_pickle("stride_negative", "in place of a size", pickled_tensor(good, 0, i4, op::integer(-1)));
  lies.add_pickle("shape_negative", "in place of a size", pickled_tensor(good, 0, op::integer(-4), i1));
  lies.add_pickle(
      "shape_overflows", "leaves its storage",
      pickled_tensor(good, 0, "\x8a\x08" + little(1ull << 62, 8) + "\x8a\x08" + little(1ull << 62, 8),
                     i4 + i1));
  lies.add_pickle("shape_repeats_too_much", "repeats more of the file than the limit",
                  pickled_tensor(good, 0, op::integer(1 << 30) + i4, op::integer(0) + i1));
  lies.add_pickle("repeat_overflows", "repeats more of the file than the limit",
                  pickled_tensor(good, 0, op::integer(1 << 30) + op::integer(1 << 30) + op::integer(1 << 30),
                                 op::integer(0) + op::integer(0) + op::integer(0)));
  lies.add_pickle("strides_missing", "shape and strides disagree", pickled_tensor(good, 0, i4, ""));
  lies.add_pickle("dimensions", "at most 64 integers", pickled_tensor(good, 0, std::string(65 * 2, 'K'), i1));
  lies.add_pickle("shape_of_texts", "a text in place of a size", pickled_tensor(good, 0, op::text("4"), i1));
  return lies;
}

Lies object_lies() {
  Lies lies;
  const std::string good = op::storage("0", 4), i1 = op::integer(1), i4 = op::integer(4);
  lies.add_pickle("no_storage_at_all", "of unknown form", pickled_tensor("N", 0, i4, i1));
  lies.add_pickle("few_arguments", "of unknown form",
                  op::weights(op::name("torch._utils", "_rebuild_tensor_v2") + op::tuple(good) + "R"));
  lies.add_pickle("flags", "carries hooks or flags",
                  op::weights(op::name("torch._utils", "_rebuild_tensor_v2") +
                              op::tuple(good + op::integer(0) + op::tuple(i4) + op::tuple(i1) + "\x89" +
                                        op::kHooks + "}(" + op::text("neg") + "\x88u") +
                              "R"));
  lies.add_pickle("parameter_of_nothing", "no dictionary of tensors",
                  op::weights(op::name("torch._utils", "_rebuild_parameter") + op::tuple("N\x89N") + "R"));
  lies.add_pickle("number_as_name", "under a key that is no short text",
                  "}(K\x01" + op::tensor(good, 0, i4, i1) + "u");
  lies.add_pickle(
      "name_twice", "tensor 'w' stands twice",
      "}(" + op::text("w") + op::tensor(good, 0, i4, i1) + op::text("w") + op::tensor(good, 0, i4, i1) + "u");
  lies.add_pickle("tensor_alone", "no dictionary of tensors; got a call", op::tensor(good, 0, i4, i1));
  lies.add_pickle("list_of_tensors", "no dictionary of tensors; got a list",
                  "](" + op::tensor(good, 0, i4, i1) + "e");
  lies.add_pickle("empty", "no dictionary of tensors", "}");
  lies.add_pickle("two_models", "several dictionaries of tensors; got 'g', 'd'",
                  "}(" + op::text("g") + op::kGood + op::text("d") + op::kGood + "u");
  lies.add_pickle("item_set_on_a_tensor", "changes a value that cannot be changed; got a call",
                  op::weights(op::tensor(good, 0, i4, i1) + "(K\x02K\x01u"));
  lies.add_pickle("state_set_on_a_tensor", "changes a value that cannot be changed; got a call",
                  op::weights(op::tensor(good, 0, i4, i1) + "}b"));
  lies.add_pickle("appended_to_a_storage", "changes a value that cannot be changed",
                  op::weights(good + "K\x01"
                                     "a"));
  lies.add_pickle("byte_after_pickle", "bytes after the pickle's end", op::kGood + ".x");
  lies.add_pickle("second_stop", "bytes after the pickle's end", op::kGood + ".");
  return lies;
}

class MalformedArchive : public ::testing::TestWithParam<Lie> {};

TEST_P(MalformedArchive, IsRefused) { EXPECT_THAT(refusal_of(GetParam().bytes), HasSubstr(GetParam().said)); }

const auto kName = [](const auto& info) { return info.param.name; };
INSTANTIATE_TEST_SUITE_P(Record, MalformedArchive, ::testing::ValuesIn(record_lies().all()), kName);
INSTANTIATE_TEST_SUITE_P(Name, MalformedArchive, ::testing::ValuesIn(name_lies().all()), kName);
INSTANTIATE_TEST_SUITE_P(Layout, MalformedArchive, ::testing::ValuesIn(layout_lies().all()), kName);
INSTANTIATE_TEST_SUITE_P(Storage, MalformedArchive, ::testing::ValuesIn(storage_lies().all()), kName);
INSTANTIATE_TEST_SUITE_P(Shape, MalformedArchive, ::testing::ValuesIn(shape_lies().all()), kName);
INSTANTIATE_TEST_SUITE_P(Object, MalformedArchive, ::testing::ValuesIn(object_lies().all()), kName);

TEST(TorchZip, LimitsComeFromTheBudget) {
  const std::string good = zip_bytes(zip_spec());
  EXPECT_THAT(refusal_of(good, {.entries = 2}), HasSubstr("directory above the limit"));
  EXPECT_THAT(refusal_of(good, {.header_bytes = 100}), HasSubstr("directory above the limit"));
  EXPECT_THAT(refusal_of(good, {.name_bytes = 9}), HasSubstr("unsafe file name"));
}

}  // namespace
}  // namespace sonde::files

// Mapping, digests and what happens when files are not what they seem or change under us.
#include "sonde/files/mapped_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scratch_folder.h"
#include "sonde/files/container.h"
#include "sonde/files/digest.h"
#include "sonde/files/message_text_internal.h"
#include "sonde/files/read_file.h"

namespace sonde::files {
namespace {

using ::testing::HasSubstr;

TEST(MappedFile, GivesTheBytes) {
  const ScratchFolder folder;
  const MappedFile file(folder.write("a", "hello"));
  ASSERT_EQ(file.bytes().size(), 5u);
  EXPECT_EQ(static_cast<char>(file.bytes()[1]), 'e');
  file.advise(Access::sequential);
  file.advise(Access::dont_need);
  EXPECT_EQ(static_cast<char>(file.bytes()[4]), 'o');
  file.verify_unchanged();
  EXPECT_TRUE(MappedFile(folder.write("b", "")).bytes().empty());
}

TEST(MappedFile, ChangesAreNoticed) {
  const ScratchFolder folder;
  const auto path = folder.write("a", std::string(100, 'x'));
  const MappedFile file(path);
  std::filesystem::resize_file(path, 40);
  EXPECT_THAT(error_of([&] { file.verify_unchanged(); }).what(), HasSubstr("got 40 bytes"));
  std::filesystem::remove(path);
  EXPECT_EQ(error_of([&] { file.verify_unchanged(); }).code(), ErrorCode::input);
  folder.write("a", std::string(100, 'y'));
  EXPECT_THAT(error_of([&] { file.verify_unchanged(); }).what(), HasSubstr("changed while it was in use"));
}

TEST(MappedFile, FoldersDevicesAndPipesAreRefused) {
  const ScratchFolder folder;
  EXPECT_THAT(error_of([&] { MappedFile file(folder.path()); }).what(), HasSubstr("a folder"));
  EXPECT_THAT(error_of([&] { MappedFile file("/dev/zero"); }).what(), HasSubstr("a device"));
  ASSERT_EQ(::mkfifo((folder.path() / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(error_of([&] { MappedFile file(folder.path() / "pipe"); }).what(), HasSubstr("pipe"));
  const Error missing = error_of([&] { MappedFile file(folder.path() / "missing"); });
  EXPECT_EQ(missing.code(), ErrorCode::input);
  EXPECT_THAT(missing.what(), HasSubstr("No such file"));
}

TEST(ReadFile, ObeysItsLimit) {
  const ScratchFolder folder;
  const auto path = folder.write("a", "12345");
  EXPECT_EQ(read_file(path, 5), "12345");
  EXPECT_THAT(error_of([&] { read_file(path, 4); }).what(), HasSubstr("above the limit"));
}

// The vectors of FIPS 180-2, appendix B.
TEST(Digest, EqualsThePublishedVectors) {
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Digest, OfAFileIsThatOfItsBytes) {
  const ScratchFolder folder;
  const std::string content(3'000'001, 'q');
  EXPECT_EQ(sha256_of_file(folder.write("a", content)), sha256(content));
}

TEST(Container, UnknownFormatsAreNamedWithWhatIsSupported) {
  const ScratchFolder folder;
  const Error text = error_of([&] { open_tensors(folder.write("a.csv", "text,label\n")); });
  EXPECT_THAT(text.what(), HasSubstr("'text,lab', expected safetensors (.safetensors) or npy (.npy) or "
                                     "torch_zip (.bin) or torch_legacy (.bin) or gguf (.gguf)"));
  EXPECT_THAT(error_of([&] { open_tensors(folder.write("empty", "")); }).what(), HasSubstr("an empty file"));
}

TEST(MessageText, CannotSteerATerminal) {
  EXPECT_EQ(shown("plain ünïcode"), "'plain ünïcode'");
  EXPECT_EQ(shown("\x1b[2J\n"), "'\\x1b[2J\\x0a'");
  EXPECT_EQ(shown("a\xff z"), "'a\\xff z'");
  EXPECT_EQ(shown("\xc2\x9b"), "'\\xc2\\x9b'");
  EXPECT_EQ(shown("\xe2\x80\xae"), "'\\xe2\\x80\\xae'");
  EXPECT_LT(shown(std::string(10'000, 'x')).size(), 200u);
}

}  // namespace
}  // namespace sonde::files

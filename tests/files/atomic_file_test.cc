// Writing: files and folders appear whole or not at all, also when the disk is full.
#include "sonde/files/atomic_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "scratch_folder.h"
#include "sonde/files/output_folder.h"
#include "sonde/files/read_file.h"
#include "sonde/files/safetensors_writer.h"

namespace sonde::files {
namespace {

using ::testing::HasSubstr;

/// Files of this process may not grow beyond `bytes` while this lives: a full disk without privileges.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) : handler_(::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_ = {};
  void (*handler_)(int);
};

TEST(AtomicFile, AppearsOnCommitOnly) {
  const ScratchFolder folder;
  const auto target = folder.path() / "result.json";
  {
    AtomicFile file(target);
    file.write("half");
    EXPECT_FALSE(std::filesystem::exists(target));
  }
  EXPECT_EQ(folder.count(), 0u);
  AtomicFile file(target);
  file.write("whole ");
  file.write("text");
  file.commit();
  EXPECT_EQ(read_file(target, 100), "whole text");
  EXPECT_EQ(folder.count(), 1u);
}

TEST(AtomicFile, RefusesOrReplaces) {
  const ScratchFolder folder;
  const auto target = folder.write("result.json", "old");
  const Error error = error_of([&] { AtomicFile file(target); });
  EXPECT_EQ(error.code(), ErrorCode::usage);
  EXPECT_THAT(error.what(), HasSubstr("--force"));
  write_file(target, "new", Existing::replace);
  EXPECT_EQ(read_file(target, 100), "new");
  EXPECT_EQ(folder.count(), 1u);
}

TEST(AtomicFile, RefusesATargetThatAppearedMeanwhile) {
  const ScratchFolder folder;
  AtomicFile file(folder.path() / "a");
  file.write("mine");
  folder.write("a", "theirs");
  EXPECT_EQ(error_of([&] { file.commit(); }).code(), ErrorCode::usage);
  EXPECT_EQ(read_file(folder.path() / "a", 100), "theirs");
}

TEST(AtomicFile, PlacesThatCannotBeWrittenAreUsageErrors) {
  const ScratchFolder folder;
  EXPECT_EQ(error_of([&] { AtomicFile file(folder.path() / "no" / "folder"); }).code(), ErrorCode::usage);
  EXPECT_EQ(error_of([&] { AtomicFile file(folder.path(), Existing::replace); }).code(), ErrorCode::usage);
  folder.write("file", "");
  EXPECT_EQ(error_of([&] { AtomicFile file(folder.path() / "file" / "x"); }).code(), ErrorCode::usage);
  EXPECT_EQ(error_of([&] { AtomicFile file(folder.path() / std::string(300, 'n')); }).code(),
            ErrorCode::usage);
}

TEST(AtomicFile, FullDiskIsALimitAndLeavesNothing) {
  const ScratchFolder folder;
  for (const std::size_t room : {std::size_t{0}, std::size_t{1}, std::size_t{4096}, std::size_t{99'999}}) {
    SCOPED_TRACE(room);
    const FullDisk full(room);
    const Error error = error_of([&] { write_file(folder.path() / "a", std::string(100'000, 'x')); });
    EXPECT_EQ(error.code(), ErrorCode::limit);
    EXPECT_THAT(error.what(), HasSubstr("File too large"));
    EXPECT_EQ(folder.count(), 0u);
  }
}

TEST(AtomicFile, FullDiskKeepsTheOldFile) {
  const ScratchFolder folder;
  const auto target = folder.write("a", "old");
  {
    const FullDisk full(10);
    EXPECT_EQ(error_of([&] { write_file(target, std::string(100, 'x'), Existing::replace); }).code(),
              ErrorCode::limit);
  }
  EXPECT_EQ(read_file(target, 100), "old");
  EXPECT_EQ(folder.count(), 1u);
}

TEST(SafetensorsWriter, FullDiskShowsBeforeTheWork) {
  const ScratchFolder folder;
  const FullDisk full(1000);
  const Error error =
      error_of([&] { SafetensorsWriter writer(folder.path() / "a", {{"x", DType::f32, {1000}}}, {}); });
  EXPECT_EQ(error.code(), ErrorCode::limit);
  EXPECT_EQ(folder.count(), 0u);
}

TEST(OutputFolder, AppearsOnCommitOnly) {
  const ScratchFolder folder;
  const auto target = folder.path() / "runs" / "deep" / "one";
  {
    const OutputFolder run(target);
    write_file(run.building() / "result.json", "{}");
    EXPECT_FALSE(std::filesystem::exists(target));
  }
  EXPECT_EQ(folder.count(), 0u) << "the parents that were made must go again";
  OutputFolder run(target);
  write_file(run.building() / "result.json", "{}");
  std::filesystem::create_directory(run.building() / "probes");
  run.commit();
  EXPECT_EQ(read_file(target / "result.json", 10), "{}");
  EXPECT_TRUE(std::filesystem::is_directory(target / "probes"));
  std::size_t entries = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(target.parent_path()))
    ++entries;
  EXPECT_EQ(entries, 1u);
}

TEST(OutputFolder, ReplacesOnlyRunsAndOnlyWhenTold) {
  const ScratchFolder folder;
  const auto target = folder.path() / "run";
  std::filesystem::create_directory(target);
  const Error exists = error_of([&] { OutputFolder run(target); });
  EXPECT_EQ(exists.code(), ErrorCode::usage);
  EXPECT_THAT(exists.what(), HasSubstr("add --force"));
  folder.write("run/diary.txt", "precious");
  const Error foreign = error_of([&] { OutputFolder run(target, {.existing = Existing::replace}); });
  EXPECT_EQ(foreign.code(), ErrorCode::usage);
  EXPECT_THAT(foreign.what(), HasSubstr("other things than a run"));
  folder.write("run/result.json", "old");
  OutputFolder run(target, {.existing = Existing::replace});
  write_file(run.building() / "result.json", "new");
  EXPECT_EQ(read_file(target / "result.json", 10), "old");
  run.commit();
  EXPECT_EQ(read_file(target / "result.json", 10), "new");
  EXPECT_FALSE(std::filesystem::exists(target / "diary.txt"));
  EXPECT_EQ(folder.count(), 1u);
}

TEST(OutputFolder, FilesAndLinksInItsPlaceAreRefused) {
  const ScratchFolder folder;
  folder.write("file", "");
  std::filesystem::create_symlink("file", folder.path() / "link");
  for (const char* name : {"file", "link", "file/below"}) {
    EXPECT_EQ(
        error_of([&] { OutputFolder run(folder.path() / name, {.existing = Existing::replace}); }).code(),
        ErrorCode::usage);
  }
  EXPECT_EQ(folder.count(), 2u);
}

TEST(OutputFolder, RelativeAndTrailingSlashTargetsWork) {
  const ScratchFolder folder;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  OutputFolder("one").commit();
  OutputFolder("two/").commit();
  std::filesystem::current_path(before);
  EXPECT_TRUE(std::filesystem::is_directory(folder.path() / "one"));
  EXPECT_TRUE(std::filesystem::is_directory(folder.path() / "two"));
}

}  // namespace
}  // namespace sonde::files

#include "sonde/files/output_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "sonde/core/error.h"
#include "sonde/files/file_handle.h"
#include "sonde/files/temporary_name_internal.h"

namespace sonde::files {

namespace fs = std::filesystem;

[[noreturn]] static void refuse(const fs::path& target, std::string what, std::string hint) {
  throw Error(
      ErrorCode::usage,
      {.where = target.string(), .what = std::move(what), .hint = std::move(hint), .path = target.string()});
}

/// Check that what stands at the target, if anything, may be replaced.
static void check_target(const fs::path& target, const OutputFolderOptions& options) {
  std::error_code error;
  const fs::file_status status = fs::symlink_status(target, error);
  if (!fs::exists(status)) return;
  if (!fs::is_directory(status)) refuse(target, "exists and is not a folder", "choose another folder");
  if (options.existing == Existing::refuse) {
    refuse(target, "folder exists", "add --force to replace it, or choose another with --out");
  }
  if (!fs::is_empty(target, error) && !fs::exists(target / options.marker, error)) {
    refuse(target, fmt::format("folder holds other things than a run: no {} in it", options.marker),
           "choose another folder with --out, or empty this one yourself");
  }
}

/// Make the parents of `target`; give the topmost one that was made, or an empty path.
static fs::path make_parents(const fs::path& target) {
  fs::path first_made;
  std::error_code error;
  for (fs::path parent = target.parent_path(); !parent.empty() && !fs::exists(parent, error);
       parent = parent.parent_path()) {
    first_made = parent;
  }
  if (first_made.empty()) return first_made;
  fs::create_directories(target.parent_path(), error);
  if (error) throw_write_error(error.value(), target, "make the folder of");
  return first_made;
}

static void remove_parents(const fs::path& target, const fs::path& first_made) noexcept {
  if (first_made.empty()) return;
  // rmdir leaves a folder that somebody else put something into meanwhile.
  for (fs::path parent = target.parent_path(); ::rmdir(parent.c_str()) == 0 && parent != first_made;
       parent = parent.parent_path()) {
  }
}

OutputFolder::OutputFolder(const fs::path& target, const OutputFolderOptions& options)
    : target_(target.has_filename() ? target : target.parent_path()), options_(options) {
  target_ = fs::absolute(target_).lexically_normal();
  check_target(target_, options_);
  first_made_ = make_parents(target_);
  building_ = temporary_beside(target_);
  if (::mkdir(building_.c_str(), 0777) != 0) {
    const int error_number = errno;
    remove_parents(target_, first_made_);
    throw_write_error(error_number, target_, "create");
  }
}

OutputFolder::~OutputFolder() {
  if (building_.empty()) return;
  std::error_code error;
  fs::remove_all(building_, error);
  remove_parents(target_, first_made_);
}

static void sync_tree(const fs::path& folder) {
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file() && !entry.is_directory()) continue;
    const FileHandle handle(::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (handle.is_open() && ::fsync(handle.get()) != 0 && errno != EINVAL) {
      throw_write_error(errno, entry.path(), "write");
    }
  }
}

void OutputFolder::commit() {
  SONDE_ASSERT(!building_.empty());
  sync_tree(building_);
  check_target(target_, options_);
  if (!rename_to_new(building_, target_)) {
    // An older run stands there and may be replaced: after the exchange it has the temporary name.
    exchange_names(building_, target_);
    std::error_code error;
    fs::remove_all(building_, error);
  }
  building_.clear();
  sync_folder_of(target_);
}

}  // namespace sonde::files

// Names for things that are being built beside their final place, and the durable rename to it.
#pragma once

#include <filesystem>

namespace sonde::files {

/// Give a hidden name in the target's folder that nobody else uses: `.NAME.<random>.partial`.
/// Errors: usage when the target's own name is too long for a file system.
std::filesystem::path temporary_beside(const std::filesystem::path& target);

/// Rename to a name that must be free; never replaces anything.
/// Returns false when the name is taken. Errors: as throw_write_error().
bool rename_to_new(const std::filesystem::path& from, const std::filesystem::path& to);

/// Exchange what two names of one file system stand for, in one step where the file system can.
/// Errors: as throw_write_error(); then both are as before.
void exchange_names(const std::filesystem::path& one, const std::filesystem::path& other);

/// Make a rename in the folder that holds `path` survive a crash of the machine.
void sync_folder_of(const std::filesystem::path& path);

}  // namespace sonde::files

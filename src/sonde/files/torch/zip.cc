#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <limits>
#include <string_view>

#include "sonde/files/message_text_internal.h"
#include "sonde/files/torch/zip_internal.h"

namespace sonde::files {
namespace {

constexpr std::uint64_t kLocalMark = 0x04034b50;
constexpr std::uint64_t kCentralMark = 0x02014b50;
constexpr std::uint64_t kEndMark = 0x06054b50;
constexpr std::uint64_t kEnd64Mark = 0x06064b50;
constexpr std::uint64_t kLocatorMark = 0x07064b50;
constexpr std::uint64_t kDescriptorMark = 0x08074b50;
constexpr std::int64_t kLocalBytes = 30, kCentralBytes = 46;
constexpr std::int64_t kEndBytes = 22, kEnd64Bytes = 56, kLocatorBytes = 20;
constexpr std::uint64_t kNone16 = 0xFFFF, kNone32 = 0xFFFFFFFF;  // "see the zip64 field"
constexpr std::uint64_t kEncrypted = 1, kDescriptor = 1 << 3, kUtf8 = 1 << 11;
constexpr std::uint64_t kZip64Extra = 1;
constexpr std::uint64_t kPaddingExtra = 0x4246;  // "FB": torch aligns a record's bytes with it

/// One record as the central directory describes it.
struct Entry {
  std::string_view name;
  std::uint64_t flags = 0;
  std::uint64_t crc = 0;
  std::int64_t size = 0;
  std::int64_t offset = 0;
};

/// Where the central directory lies.
struct Directory {
  std::int64_t offset = 0;
  std::int64_t size = 0;
  std::int64_t entries = 0;
};

std::string_view text_of(const ParsedBytes& file, std::int64_t offset, std::uint64_t size) {
  return {reinterpret_cast<const char*>(file.bytes.data()) + offset, static_cast<std::size_t>(size)};
}

/// Refuse unless `found` is `wanted`.
void need(const ParsedBytes& file, std::int64_t offset, std::string_view what, std::uint64_t found,
          std::uint64_t wanted) {
  if (found == wanted) return;
  file.refuse(offset,
              {.what = std::string(what), .got = fmt::to_string(found), .expected = fmt::to_string(wanted)});
}

std::uint64_t read(const ParsedBytes& file, std::int64_t offset, int bytes) {
  return little_endian(file.bytes, offset, bytes);
}

/// Read a size or an offset, which must fit the file.
std::int64_t read_extent(const ParsedBytes& file, std::int64_t offset, int bytes) {
  const std::uint64_t value = read(file, offset, bytes);
  if (value > static_cast<std::uint64_t>(file.size())) {
    file.refuse(offset, {.what = "zip archive claims more than the file holds",
                         .got = fmt::format("{} bytes", value),
                         .expected = fmt::format("at most {}", file.size())});
  }
  return static_cast<std::int64_t>(value);
}

/// Read the zip64 end record, where there is one, into `found`; give where the end records start.
std::int64_t read_end64(const ParsedBytes& file, std::int64_t end, Directory& found) {
  const std::int64_t locator = end - kLocatorBytes;
  const std::int64_t end64 = locator - kEnd64Bytes;
  if (locator < 0 || read(file, locator, 4) != kLocatorMark) return end;
  if (end64 < 0 || read(file, end64, 4) != kEnd64Mark) {
    file.refuse(locator, {.what = "zip64 locator without its end record right before it"});
  }
  need(file, locator + 4, "zip archive of several disks", read(file, locator + 4, 4), 0);
  need(file, locator + 8, "zip64 locator points elsewhere", read(file, locator + 8, 8),
       static_cast<std::uint64_t>(end64));
  need(file, locator + 16, "zip archive of several disks", read(file, locator + 16, 4), 1);
  need(file, end64 + 4, "zip64 end record of unusual size", read(file, end64 + 4, 8), kEnd64Bytes - 12);
  need(file, end64 + 16, "zip archive of several disks", read(file, end64 + 16, 8), 0);
  need(file, end64 + 24, "zip end record counts twice", read(file, end64 + 24, 8), read(file, end64 + 32, 8));
  found.entries = read_extent(file, end64 + 32, 8);
  found.size = read_extent(file, end64 + 40, 8);
  found.offset = read_extent(file, end64 + 48, 8);
  return end64;
}

/// Take a field of the end record: alone, or saying the same as its zip64 twin.
void settle(const ParsedBytes& file, std::int64_t offset, int bytes, bool has_twin, std::int64_t& value) {
  const std::uint64_t field = read(file, offset, bytes);
  if (has_twin && field == (bytes == 2 ? kNone16 : kNone32)) return;
  if (has_twin) {
    need(file, offset, "zip end records disagree", field, static_cast<std::uint64_t>(value));
    return;
  }
  value = read_extent(file, offset, bytes);
}

Directory find_directory(const ParsedBytes& file) {
  const std::int64_t end = file.size() - kEndBytes;
  if (end < 0 || read(file, end, 4) != kEndMark) {
    file.refuse(std::max<std::int64_t>(end, 0),
                {.what = "zip archive does not end with its end record",
                 .expected = "an archive as torch.save writes it, without a comment",
                 .hint = "the file may be cut short; fetch it again"});
  }
  Directory found;
  const std::int64_t directory_end = read_end64(file, end, found);
  const bool zip64 = directory_end != end;
  need(file, end + 4, "zip archive of several disks", read(file, end + 4, 4), 0);
  need(file, end + 8, "zip end record counts twice", read(file, end + 8, 2), read(file, end + 10, 2));
  need(file, end + 20, "zip archive with a comment", read(file, end + 20, 2), 0);
  settle(file, end + 10, 2, zip64, found.entries);
  settle(file, end + 12, 4, zip64, found.size);
  settle(file, end + 16, 4, zip64, found.offset);
  need(file, end + 12, "zip directory does not end where the end record starts",
       static_cast<std::uint64_t>(found.offset) + static_cast<std::uint64_t>(found.size),
       static_cast<std::uint64_t>(directory_end));
  if (found.entries > file.budget.entries || found.size > file.budget.header_bytes) {
    file.refuse(end,
                {.what = "zip directory above the limit",
                 .got = fmt::format("{} records in {} bytes", found.entries, found.size),
                 .expected = fmt::format("at most {} in {}", file.budget.entries, file.budget.header_bytes)});
  }
  return found;
}

/// Check that extra fields are of the two kinds torch writes; give the zip64 one.
std::span<const std::byte> zip64_extra(const ParsedBytes& file, std::int64_t begin, std::int64_t size) {
  std::span<const std::byte> found;
  std::int64_t at = begin;
  while (at < begin + size) {
    const bool whole = begin + size - at >= 4;
    const std::uint64_t kind = whole ? read(file, at, 2) : 0;
    const std::int64_t length = whole ? static_cast<std::int64_t>(read(file, at + 2, 2)) : 0;
    if ((kind != kZip64Extra && kind != kPaddingExtra) || length > begin + size - at - 4) {
      file.refuse(at, {.what = "zip extra field that torch does not write",
                       .got = whole ? fmt::format("kind {:#06x} of {} bytes", kind, length) : "a stump",
                       .expected = "padding or zip64 sizes"});
    }
    if (kind == kZip64Extra) {
      if (!found.empty()) file.refuse(at, {.what = "two zip64 fields in one header"});
      found = file.bytes.subspan(static_cast<std::size_t>(at + 4), static_cast<std::size_t>(length));
    }
    at += 4 + length;
  }
  return found;
}

void check_name(const ParsedBytes& file, std::int64_t offset, std::string_view name) {
  bool good = !name.empty() && static_cast<std::int64_t>(name.size()) <= file.budget.name_bytes;
  std::string_view rest = name;
  while (good && !rest.empty()) {
    const std::size_t slash = rest.find('/');
    const std::string_view step = rest.substr(0, slash);
    good = !step.empty() && step != "." && step != ".." && slash != rest.size() - 1;
    rest.remove_prefix(slash == std::string_view::npos ? rest.size() : slash + 1);
  }
  const auto unsafe = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\\' || c == 0x7f; };
  if (good && std::ranges::none_of(name, unsafe)) return;
  file.refuse(offset, {.what = "unsafe file name in the archive",
                       .got = shown(name),
                       .expected = "a plain path below one folder"});
}

void check_storing(const ParsedBytes& file, std::int64_t offset, std::uint64_t flags, std::uint64_t method) {
  if ((flags & kEncrypted) != 0) file.refuse(offset, {.what = "encrypted zip record"});
  if ((flags & ~(kDescriptor | kUtf8)) != 0) {
    file.refuse(offset,
                {.what = "zip flags that torch does not write", .got = fmt::format("{:#06x}", flags)});
  }
  if (method != 0) {
    file.refuse(offset, {.what = "compressed zip record",
                         .got = fmt::format("method {}", method),
                         .expected = "stored records, as torch.save writes them"});
  }
}

/// Read one entry of the directory and step over it.
Entry read_entry(const ParsedBytes& file, std::int64_t& at, std::int64_t directory_end) {
  if (directory_end - at < kCentralBytes || read(file, at, 4) != kCentralMark) {
    file.refuse(at, {.what = "zip directory is cut short or counts too many records"});
  }
  const auto name_bytes = static_cast<std::int64_t>(read(file, at + 28, 2));
  const auto extra_bytes = static_cast<std::int64_t>(read(file, at + 30, 2));
  need(file, at + 32, "zip record with a comment", read(file, at + 32, 2), 0);
  need(file, at + 34, "zip archive of several disks", read(file, at + 34, 2), 0);
  if (directory_end - at - kCentralBytes < name_bytes + extra_bytes) {
    file.refuse(at, {.what = "zip directory is cut short or counts too many records"});
  }
  Entry entry;
  entry.flags = read(file, at + 8, 2);
  check_storing(file, at, entry.flags, read(file, at + 10, 2));
  entry.crc = read(file, at + 16, 4);
  entry.name = text_of(file, at + kCentralBytes, static_cast<std::uint64_t>(name_bytes));
  check_name(file, at + kCentralBytes, entry.name);
  std::uint64_t fields[3] = {read(file, at + 24, 4), read(file, at + 20, 4), read(file, at + 42, 4)};
  std::span<const std::byte> wide = zip64_extra(file, at + kCentralBytes + name_bytes, extra_bytes);
  for (std::uint64_t& field : fields) {
    if (field != kNone32 || wide.size() < 8) continue;
    field = little_endian(wide, 0, 8);
    wide = wide.subspan(8);
  }
  if (!wide.empty()) file.refuse(at, {.what = "zip64 sizes that nothing refers to"});
  need(file, at + 20, "stored zip record of two sizes", fields[1], fields[0]);
  const auto most = static_cast<std::uint64_t>(file.size());
  if (fields[0] > most || fields[2] > most) {
    file.refuse(at, {.what = "zip record lies outside the file", .got = shown(entry.name)});
  }
  entry.size = static_cast<std::int64_t>(fields[0]);
  entry.offset = static_cast<std::int64_t>(fields[2]);
  at += kCentralBytes + name_bytes + extra_bytes;
  return entry;
}

/// Check what follows a record's bytes against the directory.
void check_descriptor(const ParsedBytes& file, const Entry& entry, std::int64_t at, std::int64_t end) {
  const std::int64_t length = end - at;
  const bool wanted = (entry.flags & kDescriptor) != 0;
  if (length != (wanted ? 16 : 0) && !(wanted && length == 24)) {
    file.refuse(at, {.what = length < 0 ? "zip records overlap" : "bytes between zip records",
                     .got = fmt::format("{} bytes after {}", length, shown(entry.name)),
                     .expected = wanted ? "a descriptor of 16 or 24 bytes" : "the next record"});
  }
  if (!wanted) return;
  const int width = length == 24 ? 8 : 4;
  need(file, at, "zip descriptor without its mark", read(file, at, 4), kDescriptorMark);
  need(file, at + 4, "zip descriptor and directory disagree on the CRC", read(file, at + 4, 4), entry.crc);
  for (int i = 0; i < 2; ++i) {
    need(file, at + 8 + i * width, "zip descriptor and directory disagree on the size",
         read(file, at + 8 + i * width, width), static_cast<std::uint64_t>(entry.size));
  }
}

/// Check a local header against the directory, and give the record's bytes. `end` is where the next begins.
std::span<const std::byte> record_bytes(const ParsedBytes& file, const Entry& entry, std::int64_t end) {
  const std::int64_t at = entry.offset;
  if (end - at < kLocalBytes || read(file, at, 4) != kLocalMark) {
    file.refuse(at, {.what = "zip records overlap or lack a header", .got = shown(entry.name)});
  }
  const std::uint64_t name_bytes = read(file, at + 26, 2), extra_bytes = read(file, at + 28, 2);
  const std::int64_t begin = at + kLocalBytes + static_cast<std::int64_t>(name_bytes + extra_bytes);
  if (begin > end || end - begin < entry.size) {
    file.refuse(at, {.what = "zip records overlap", .got = shown(entry.name)});
  }
  const std::string_view name = text_of(file, at + kLocalBytes, name_bytes);
  if (name != entry.name) {
    file.refuse(at + kLocalBytes, {.what = "zip header and directory disagree on a name",
                                   .got = shown(name),
                                   .expected = shown(entry.name)});
  }
  zip64_extra(file, at + kLocalBytes + static_cast<std::int64_t>(name_bytes),
              static_cast<std::int64_t>(extra_bytes));
  need(file, at + 6, "zip header and directory disagree on flags", read(file, at + 6, 2), entry.flags);
  need(file, at + 8, "zip header and directory disagree on the method", read(file, at + 8, 2), 0);
  // With a descriptor behind the bytes, a writer may leave these fields at zero.
  const bool later = (entry.flags & kDescriptor) != 0 && read(file, at + 14, 4) == 0 &&
                     read(file, at + 18, 4) == 0 && read(file, at + 22, 4) == 0;
  if (!later) {
    need(file, at + 14, "zip header and directory disagree on the CRC", read(file, at + 14, 4), entry.crc);
    for (const std::int64_t field : {18, 22}) {
      need(file, at + field, "zip header and directory disagree on the size", read(file, at + field, 4),
           static_cast<std::uint64_t>(entry.size));
    }
  }
  check_descriptor(file, entry, begin + entry.size, end);
  return file.bytes.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(entry.size));
}

void check_crc(const ParsedBytes& file, const Entry& entry, std::span<const std::byte> bytes) {
  const auto* data = reinterpret_cast<const Bytef*>(bytes.data());
  const std::uint64_t crc = ::crc32_z(0, data, bytes.size());
  if (crc == entry.crc) return;
  file.refuse(bytes.data() - file.bytes.data(),
              {.what = fmt::format("bytes of zip record {} are damaged", shown(entry.name)),
               .got = fmt::format("CRC-32 {:08x}", crc),
               .expected = fmt::format("{:08x}", entry.crc),
               .hint = "fetch the file again"});
}

/// Check that all names lie in one folder, each once, and take the folder off.
void strip_folder(const ParsedBytes& file, std::vector<ZipRecord>& records) {
  const auto folder_of = [](std::string_view name) { return name.substr(0, name.find('/') + 1); };
  const std::string folder(folder_of(records.front().name));
  for (ZipRecord& record : records) {
    if (folder.empty() || folder_of(record.name) != folder) {
      file.refuse(0, {.what = "zip records do not share one folder",
                      .got = shown(record.name),
                      .expected = folder.empty() ? "a folder around all records" : shown(folder),
                      .hint = "a .npz or another kind of archive cannot be read as a checkpoint"});
    }
    record.name.erase(0, folder.size());
  }
  std::ranges::sort(records, {}, &ZipRecord::name);
  const auto twice = std::ranges::adjacent_find(records, {}, &ZipRecord::name);
  if (twice != records.end()) {
    file.refuse(0, {.what = "zip record stands twice", .got = shown(twice->name)});
  }
}

}  // namespace

std::vector<ZipRecord> read_zip(const ParsedBytes& file) {
  const Directory directory = find_directory(file);
  std::vector<Entry> entries;
  std::int64_t at = directory.offset;
  const std::int64_t directory_end = directory.offset + directory.size;
  for (std::int64_t i = 0; i < directory.entries; ++i) entries.push_back(read_entry(file, at, directory_end));
  if (at != directory_end || entries.empty()) {
    file.refuse(at, {.what = entries.empty() ? "zip archive without records"
                                             : "bytes after the last entry of the zip directory"});
  }
  std::ranges::stable_sort(entries, {}, &Entry::offset);
  need(file, 0, "bytes before the first zip record", static_cast<std::uint64_t>(entries.front().offset), 0);
  std::vector<ZipRecord> records;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const std::int64_t end = i + 1 < entries.size() ? entries[i + 1].offset : directory.offset;
    const std::span<const std::byte> bytes = record_bytes(file, entries[i], end);
    check_crc(file, entries[i], bytes);
    records.push_back({.name = std::string(entries[i].name), .bytes = bytes});
  }
  strip_folder(file, records);
  return records;
}

}  // namespace sonde::files

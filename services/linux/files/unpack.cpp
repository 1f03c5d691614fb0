// The archive: cpio "newc" (cpio(5)): for each file a header of 110 hexadecimal characters, its name, its data, each padded
// to four bytes. An archive made by tools lists a directory and then all in it, so the directory walked last is
// remembered: thousands of files cost one look-up each at most.
#include "services/linux/files/unpack.hpp"

#include <string_view>

#include "services/linux/files/volume.hpp"

namespace hinge::linux_service {
namespace {

constexpr usize header_bytes = 110;
constexpr std::string_view prefix = "root/", trailer = "TRAILER!!!";
constexpr i64 second_ns = 1'000'000'000;

struct Entry {
  u32 mode, owner, group, links, seconds, major, minor, inode;
  std::string_view name;
  std::string_view data;
};

class Archive {
 public:
  Archive(char const* begin, usize bytes) : rest_{begin, bytes} {}

  /// False at the end.
  Attempt<bool> next(Entry& e) {
    // Archives may be padded with zeros to a block.
    while (rest_.starts_with('\0')) rest_.remove_prefix(1), ++at_;
    if (rest_.empty()) return false;
    if (rest_.size() < header_bytes || !rest_.starts_with("070701")) return fail(Errno::io);
    u32 fields[13];
    for (u32 i = 0; i < 13; ++i) fields[i] = ATTEMPT(hex(rest_.substr(6 + 8 * i, 8)));
    u32 const data_bytes = fields[6], name_bytes = fields[11];
    if (name_bytes == 0) return fail(Errno::io);
    std::string_view const name = ATTEMPT(take(header_bytes, name_bytes));
    e = {fields[1], fields[2], fields[3], fields[4], fields[5], fields[9], fields[10], fields[0], name.substr(0, name_bytes - 1), {}};
    e.data = ATTEMPT(take(0, data_bytes));
    return e.name != trailer;
  }

 private:
  static Attempt<u32> hex(std::string_view text) {
    u32 value = 0;
    for (char c : text) {
      u32 const digit = c >= '0' && c <= '9' ? u32(c - '0') : (c | 32) >= 'a' && (c | 32) <= 'f' ? u32((c | 32) - 'a' + 10) : 16;
      if (digit == 16) return fail(Errno::io);
      value = value << 4 | digit;
    }
    return value;
  }
  /// `bytes` after `skip`, then up to the next multiple of four in the archive.
  Attempt<std::string_view> take(usize skip, usize bytes) {
    usize const end = align_up(at_ + skip + bytes, 4) - at_;
    if (bytes > rest_.size() || skip > rest_.size() - bytes) return fail(Errno::io);
    std::string_view const taken = rest_.substr(skip, bytes);
    usize const step = std::min(end, rest_.size());
    rest_.remove_prefix(step);
    at_ += step;
    return taken;
  }

  std::string_view rest_;
  usize at_ = 0;
};

/// Places files by name below the volume's root.
class Unpacker {
 public:
  explicit Unpacker(Volume& volume) : volume_{volume} {}

  Attempt<> place(Entry const& e, std::string_view path) {
    usize const slash = path.rfind('/');
    std::string_view const name = slash == path.npos ? path : path.substr(slash + 1);
    Ref<VolumeInode> const parent = ATTEMPT(directory(slash == path.npos ? std::string_view{} : path.substr(0, slash)));
    i64 const time = i64{e.seconds} * second_ns;
    if (FileType(e.mode & file_type_mask) == FileType::symlink) return symlink(*parent, name, e, time);
    NewNode const node{e.mode & (file_type_mask | permission_mask), e.owner, e.group, u64{e.major} << 32 | e.minor};
    auto const made = volume_.create(*parent, name, node, time);
    if (!made) {
      // A directory may come again (".", or made on the way to its first file).
      bool const again = made.error() == Errno::exists && FileType(e.mode & file_type_mask) == FileType::directory;
      return again ? Attempt<>{ok} : fail(made.error());
    }
    if (FileType(e.mode & file_type_mask) == FileType::regular) ATTEMPT((*made)->fill(e.data.data(), e.data.size(), time));
    return ok;
  }

 private:
  Attempt<Ref<VolumeInode>> directory(std::string_view path) {
    if (last_ && path == last_path_) return last_;
    Ref<VolumeInode> at = volume_.top();
    for (std::string_view rest = path; !rest.empty();) {
      usize const slash = rest.find('/');
      std::string_view const name = rest.substr(0, slash);
      rest = slash == rest.npos ? std::string_view{} : rest.substr(slash + 1);
      if (!name.empty()) at = ATTEMPT(volume_.child(*at, name));
    }
    last_ = at;
    last_path_ = path;
    return at;
  }
  Attempt<> symlink(VolumeInode& parent, std::string_view name, Entry const& e, i64 time) {
    // The request's buffer must lie in our slot, and the archive does.
    return volume_.symlink(parent, name, e.data, time);
  }

  Volume& volume_;
  Ref<VolumeInode> last_;
  std::string_view last_path_;  ///< In the archive.
};

}  // namespace

Attempt<> unpack_root(Volume& volume, Lifecycle::Start const& boot) {
  Archive archive{reinterpret_cast<char const*>(boot.boot_image), boot.boot_bytes};
  Unpacker unpacker{volume};
  for (Entry e; ATTEMPT(archive.next(e));) {
    if (!e.name.starts_with(prefix) || e.name.size() == prefix.size()) continue;
    ATTEMPT(unpacker.place(e, e.name.substr(prefix.size())));
  }
  return ok;
}

}  // namespace hinge::linux_service

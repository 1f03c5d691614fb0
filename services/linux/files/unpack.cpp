// The archive's members (base/cpio.hpp) as inodes of a volume. An archive made by tools lists a directory and then all in
// it, so the directory walked last is remembered: thousands of files cost one look-up each at most.
#include "services/linux/files/unpack.hpp"

#include <string_view>

#include "base/cpio.hpp"
#include "services/linux/files/volume.hpp"

namespace hinge::linux_service {
namespace {

constexpr i64 second_ns = 1'000'000'000;

std::string_view text_of(cpio::Entry const& e) { return {reinterpret_cast<char const*>(e.data.data()), e.data.size()}; }

/// Places files by name below the volume's root.
class Unpacker {
 public:
  explicit Unpacker(Volume& volume) : volume_{volume} {}

  Attempt<> place(cpio::Entry const& e, std::string_view path) {
    usize const slash = path.rfind('/');
    std::string_view const name = slash == path.npos ? path : path.substr(slash + 1);
    Ref<VolumeInode> const parent = ATTEMPT(directory(slash == path.npos ? std::string_view{} : path.substr(0, slash)));
    i64 const time = i64{e.modified} * second_ns;
    if (FileType(e.mode & file_type_mask) == FileType::symlink) return symlink(*parent, name, e, time);
    NewNode const node{e.mode & (file_type_mask | permission_mask), e.user, e.group, u64{e.device_major} << 32 | e.device_minor};
    auto const made = volume_.create(*parent, name, node, time);
    if (!made) {
      // A directory may come again (".", or made on the way to its first file).
      bool const again = made.error() == Errno::exists && FileType(e.mode & file_type_mask) == FileType::directory;
      return again ? Attempt<>{ok} : fail(made.error());
    }
    if (FileType(e.mode & file_type_mask) == FileType::regular) ATTEMPT((*made)->fill(text_of(e).data(), e.data.size(), time));
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
  Attempt<> symlink(VolumeInode& parent, std::string_view name, cpio::Entry const& e, i64 time) {
    // The request's buffer must lie in our slot, and the archive does.
    return volume_.symlink(parent, name, text_of(e), time);
  }

  Volume& volume_;
  Ref<VolumeInode> last_;
  std::string_view last_path_;  ///< In the archive.
};

}  // namespace

Attempt<> unpack_archive(Volume& volume, Lifecycle::Start const& boot, std::string_view prefix) {
  cpio::Reader archive{{reinterpret_cast<u8 const*>(boot.boot_image), boot.boot_bytes}};
  Unpacker unpacker{volume};
  for (;;) {
    auto const entry = archive.next();
    if (!entry && entry.error() == Error::not_found) return ok;
    if (!entry) return fail(from(entry.error()));
    if (!entry->name.starts_with(prefix) || entry->name.size() == prefix.size()) continue;
    ATTEMPT(unpacker.place(*entry, entry->name.substr(prefix.size())));
  }
}

}  // namespace hinge::linux_service

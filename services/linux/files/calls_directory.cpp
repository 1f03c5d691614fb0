// Listings, the current directory and root, umask.
#include <cstring>

#include "services/linux/core/syscall.hpp"
#include "services/linux/files/fs_context.hpp"
#include "services/linux/files/permissions.hpp"
#include "services/linux/files/user_path.hpp"

namespace hinge::linux_service {
namespace {

constexpr u8 type_of(FileType type) { return u8(u32(type) >> 12); }

/// Builds getdents' records in own memory; they are copied out in one go.
class Records final : public EntrySink {
 public:
  Records(char* at, usize room, bool wide) : at_{at}, room_{room}, wide_{wide} {}
  bool add(std::string_view name, u64 inode, FileType type, u64 next) override {
    // struct linux_dirent64: inode, offset, length, type, name; the older form has the type in its last byte.
    usize const head = wide_ ? 19 : 18;
    usize const bytes = (head + name.size() + (wide_ ? 1 : 2) + 7) & ~usize{7};
    if (bytes > room_ - done_) {
      full_ = true;
      return false;
    }
    char* const r = at_ + done_;
    std::memset(r, 0, bytes);
    u16 const length = u16(bytes);
    std::memcpy(r, &inode, 8);
    std::memcpy(r + 8, &next, 8);
    std::memcpy(r + 16, &length, 2);
    if (wide_) r[18] = char(type_of(type));
    else r[bytes - 1] = char(type_of(type));
    std::memcpy(r + head, name.data(), name.size());
    done_ += bytes;
    return true;
  }
  [[nodiscard]] usize bytes() const { return done_; }
  [[nodiscard]] bool full() const { return full_; }

 private:
  char* const at_;
  usize const room_;
  usize done_ = 0;
  bool const wide_;
  bool full_ = false;
};

Value list(Thread& self, i32 fd, UserAddr to, u32 room, bool wide) {
  constexpr u32 most = 8 * 1024;  // Programs ask for more; the heap keeps blocks of this size, larger ones are made for each call.
  Ref<File> const file = ATTEMPT(file_at(self, fd));
  if (file->is_path()) return Errno::bad_descriptor;
  u32 const bytes = std::min(room, most);
  auto* const space = static_cast<char*>(host::allocate(std::max<u32>(bytes, 8)));
  if (!space) return Errno::no_memory;
  Records records{space, bytes, wide};
  auto const after = file->list(self, file->position.load(std::memory_order_relaxed), records);
  Value result = after ? Value{records.bytes()} : Value{after.error()};
  if (after && records.bytes() == 0 && records.full()) result = Errno::invalid;
  if (after && records.bytes()) {
    if (auto const copied = copy_to_user(self, to, space, records.bytes()); !copied) result = copied.error();
    else file->position.store(*after, std::memory_order_relaxed);
  }
  host::release(space);
  return result;
}

Value enter(Thread& self, Path const& place) {
  if (!place.inode().is_directory()) return Errno::not_directory;
  ATTEMPT(check_permission(*self.credentials, place.inode(), may::execute));
  self.process().fs->set_cwd(place);
  return 0;
}

}  // namespace

Value sys_getdents64(Thread& self, Args const& a) { return list(self, a.integer(0), a.address(1), a.word(2), true); }
Value sys_getdents(Thread& self, Args const& a) { return list(self, a.integer(0), a.address(1), a.word(2), false); }

Value sys_chdir(Thread& self, Args const& a) { return enter(self, ATTEMPT(path_at(self, at_flag::current_directory, a.address(0), true))); }
Value sys_fchdir(Thread& self, Args const& a) {
  Ref<File> const file = ATTEMPT(file_at(self, a.integer(0)));
  if (!file->path()) return Errno::not_directory;
  return enter(self, file->path());
}

Value sys_chroot(Thread& self, Args const& a) {
  Path const place = ATTEMPT(path_at(self, at_flag::current_directory, a.address(0), true));
  if (!place.inode().is_directory()) return Errno::not_directory;
  ATTEMPT(check_permission(*self.credentials, place.inode(), may::execute));
  if (!self.credentials->has(Capability::sys_chroot)) return Errno::not_permitted;
  self.process().fs->set_root(place);
  return 0;
}

Value sys_getcwd(Thread& self, Args const& a) {
  Path const cwd = self.process().fs->cwd();
  if (cwd.name->removed()) return Errno::no_entry;
  auto* const text = static_cast<char*>(host::allocate(UserPath::most_bytes));
  if (!text) return Errno::no_memory;
  auto const length = text_of(cwd, self.process().fs->root(), text, UserPath::most_bytes - 1, false);
  Value result = length ? Value{*length + 1} : Value{length.error()};
  if (length) {
    text[*length] = '\0';
    if (*length + 1 > a[1]) result = Errno::range;
    else if (auto const copied = copy_to_user(self, a.address(0), text, *length + 1); !copied) result = copied.error();
  }
  host::release(text);
  return result;
}

Value sys_umask(Thread& self, Args const& a) { return self.process().fs->umask.exchange(a.word(0) & 0777, std::memory_order_relaxed); }

}  // namespace hinge::linux_service

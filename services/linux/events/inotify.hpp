// inotify(7): a file to read, which tells what happens to inodes that are watched, and to the names in directories that are.
// The calls that change files say so here (tell, tell_path); while nobody watches anything that costs one load.
#pragma once

#include "services/linux/files/file.hpp"

namespace hinge::linux_service {

class Inotify;

namespace inotify {

/// IN_... bits, as in Linux' uapi/linux/inotify.h.
inline constexpr u32 access = 1, modify = 2, attributes = 4, close_write = 8, close_other = 0x10, open = 0x20, moved_from = 0x40,
                     moved_to = 0x80, create = 0x100, remove = 0x200, remove_self = 0x400, move_self = 0x800, all_events = 0xfff;
inline constexpr u32 overflow = 0x4000, ignored = 0x8000, only_directory = 0x0100'0000, no_follow = 0x0200'0000,
                     not_removed = 0x0400'0000, must_be_new = 0x1000'0000, add_to_mask = 0x2000'0000, directory = 0x4000'0000,
                     once = 0x8000'0000;

extern constinit std::atomic<u32> watch_count;
/// Whether anything is watched at all.
inline bool any() { return watch_count.load(std::memory_order_relaxed) != 0; }

/// Something happened to an inode, or to a name in it. `cookie` ties the two halves of a rename together.
void tell(Inode& inode, u32 events, std::string_view name = {}, u32 cookie = 0);
/// Something happened to what a path names: told of the inode, and with its name of the directory it is in.
void tell_path(Path const& path, u32 events);
/// When the last name of an inode has gone: that is told, and nobody watches it any more.
void end_if_nameless(Thread& self, Inode& inode);
[[nodiscard]] u32 new_cookie();
/// F_NOTIFY in fcntl(2): the caller hears of what happens in this directory by a signal, once or (DN_MULTISHOT) always.
/// Events add up; none ends it. not_directory.
Attempt<> notify_owner(Thread& self, File& directory, i32 fd, u32 events);
/// A descriptor of a directory is closed: its table asked in vain.
void stop_notifying(Thread& self, File& directory);

}  // namespace inotify

/// One inode watched by one Inotify, or for the owner of an open directory. On the inode's list and the Inotify's, under the
/// one lock of all this.
struct InotifyWatch {
  InotifyWatch *next_of_inode = nullptr, *next_of_owner = nullptr;
  Inotify* owner = nullptr;       ///< Null: F_NOTIFY.
  File* directory = nullptr;      ///< Then this one, asked for by a table of descriptors.
  void const* table = nullptr;
  i32 fd = 0;
  Ref<Inode> inode;
  i32 number = 0;
  u32 events = 0;
};

class Inotify final : public File {
 public:
  explicit Inotify(u32 flags) : File{flags | open_flag::read_only, Path{}} {}
  void dispose() override;
  Value read(Thread& self, Transfer& into, u64) override;
  u32 ready() override;
  PollSource* poll_source() override { return &source_; }
  [[nodiscard]] bool signals_readiness() const override { return true; }
  Value control(Thread& self, u32 request, u64 argument) override;
  Inotify* watches() override { return this; }
  usize describe(char* to, usize room) override { return describe_as("anon_inode:inotify", to, room); }

  /// The number of a new watch, or of the one there is, whose events are replaced or added to.
  Attempt<i32> add(Inode& inode, u32 mask);
  Attempt<> remove(i32 number);

 private:
  friend void inotify::tell(Inode&, u32, std::string_view, u32);
  friend void inotify::end_if_nameless(Thread&, Inode&);
  friend Attempt<> inotify::notify_owner(Thread&, File&, i32, u32);
  friend void inotify::stop_notifying(Thread&, File&);
  struct Event;
  struct Ended;
  static constexpr u32 most_events = 16384;
  /// Under the lock. What memory does not suffice for is an overflow.
  void put(i32 number, u32 events, std::string_view name, u32 cookie);
  static InotifyWatch* unlink(InotifyWatch& watch, bool say_so);

  Event *first_ = nullptr, *last_ = nullptr;   ///< All below: under the lock.
  u32 count_ = 0, bytes_ = 0;
  bool overflowed_ = false;
  i32 last_number_ = 0;
  InotifyWatch* watches_ = nullptr;
  WaitQueue waiting_;
  PollSource source_;
};

}  // namespace hinge::linux_service

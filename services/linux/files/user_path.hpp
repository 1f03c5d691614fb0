// Paths as calls get them: a text in the caller's memory, and the directory it starts from.
#pragma once

#include "services/linux/core/user_memory.hpp"
#include "services/linux/files/file.hpp"
#include "services/linux/files/walk.hpp"

namespace hinge::linux_service {

/// Flags of the ...at calls, as in Linux' uapi/linux/fcntl.h.
namespace at_flag {
inline constexpr i32 current_directory = -100;
inline constexpr u32 no_follow = 0x100, effective_access = 0x200, remove_directory = 0x200, follow = 0x400;
inline constexpr u32 no_automount = 0x800, empty_path = 0x1000, sync_mask = 0x6000;
}  // namespace at_flag

/// A copy of a path: short ones in place, others on the heap.
class UserPath {
 public:
  static constexpr usize most_bytes = 4096;  ///< PATH_MAX, with the zero.

  UserPath() = default;
  UserPath(UserPath const&) = delete;
  ~UserPath() { host::release(long_); }
  /// name_too_long, bad_address, no_memory.
  Attempt<> read(Thread& self, UserAddr from);
  [[nodiscard]] std::string_view text() const { return {long_ ? long_ : short_, bytes_}; }

 private:
  char short_[256];
  char* long_ = nullptr;
  usize bytes_ = 0;
};

/// Where a relative path starts: bad_descriptor, not_directory. Null for an absolute one, which does not look at `directory`.
Attempt<Path> starting_point(Thread& self, i32 directory, std::string_view path);

/// The place that {directory, path, flags} of a ...at call names. With at_flag::empty_path and an empty path: the
/// descriptor's own (which has no Path if it is a pipe: then `file` is set instead).
struct Place {
  Path path;
  Ref<File> file;
};
Attempt<Place> place_at(Thread& self, i32 directory, UserAddr path, bool follow, bool may_be_empty);
/// The same, when it must be a path.
Attempt<Path> path_at(Thread& self, i32 directory, UserAddr path, bool follow);

/// The file of a descriptor of the calling process, to keep, or for this request.
Attempt<Ref<File>> file_at(Thread& self, i32 fd);
Attempt<FileInUse> file_in_use(Thread& self, i32 fd);

}  // namespace hinge::linux_service

// Walk: from a path's text to a place in the tree (path_resolution(7)): mounts are crossed, symbolic links followed (40 at
// most), search permission asked of each directory. Known names cost no file system a call.
//
// A walk ends either at the whole path, or before its last component, for calls that make, remove or rename it. It owns
// the text of links it followed, so last() is valid as long as it lives.
#pragma once

#include <string_view>

#include "services/linux/core/thread.hpp"
#include "services/linux/files/path.hpp"

namespace hinge::linux_service {

/// What may be asked of a walk besides (openat2's RESOLVE_ bits have the same meaning and values).
namespace resolve {
inline constexpr u32 no_mounts = 1, no_magic_links = 2, no_symlinks = 4, beneath = 8, in_root = 16, cached = 32;
}

class Walk {
 public:
  static constexpr u32 most_links = 40;

  /// For one path. Relative ones start at `start`, absolute ones at the process' root, and then `start` may be null unless
  /// a walk is to stay beneath it.
  Walk(Thread& self, Path start, u32 restrictions = 0) : self_{self}, start_{std::move(start)}, restrictions_{restrictions} {}
  Walk(Walk const&) = delete;
  ~Walk();

  /// The place that the whole path names; a final link is followed if asked, or if a slash follows it.
  Attempt<Path> whole(std::string_view path, bool follow_last);

  /// Up to the directory that holds the last component.
  enum class Last { name, dot, dot_dot, root };
  Attempt<> to_last(std::string_view path);
  [[nodiscard]] Path const& directory() const { return at_; }
  [[nodiscard]] std::string_view last() const { return last_; }
  [[nodiscard]] Last last_kind() const { return kind_; }
  /// A slash came after the last component: it must be a directory.
  [[nodiscard]] bool trailing_slash() const { return trailing_slash_; }
  /// What the last component names now; its Name may be negative. Mounts are crossed, links not followed.
  Attempt<Path> look_up_last();
  /// The last component is this link: goes on to the last component of its target. For open with O_CREAT.
  Attempt<> follow_to_last(Path const& link);

  /// One name in a directory, from the cache or the file system; may be negative. Search permission was checked.
  static Attempt<Ref<Name>> look_up(Thread& self, Path const& directory, std::string_view text);
  /// The same when the directory's names_lock is held.
  static Attempt<Ref<Name>> look_up_locked(Thread& self, Name& directory, std::string_view text);

 private:
  Attempt<> begin(std::string_view path);
  Attempt<> walk_to_last();
  Attempt<> step(std::string_view component, bool follow);
  Attempt<> step_up();
  Attempt<> follow_link(Inode& link);
  Attempt<> enter(Ref<Name> next);
  [[nodiscard]] bool bounded() const { return restrictions_ & (resolve::beneath | resolve::in_root); }
  /// Where absolute paths start. Most walks never ask.
  Path const& root();
  std::string_view next_component();

  Thread& self_;
  Path at_;
  Path start_;                 ///< Moved into at_ by begin(), unless bounded().
  Path root_;                  ///< Null until root() is asked.
  u32 const restrictions_;
  std::string_view rest_;
  std::string_view last_;
  Last kind_ = Last::name;
  bool trailing_slash_ = false;
  u32 links_ = 0;
  char* text_ = nullptr;       ///< Of links followed, with what came after them.
};

/// The text of an absolute path to `place`, as seen from `root`; returns its length, or name_too_long. A place that is
/// not below the root is shown as far up as it goes. Removed names get " (deleted)" if `mark_removed`.
Attempt<usize> text_of(Path const& place, Path const& root, char* to, usize room, bool mark_removed);

}  // namespace hinge::linux_service

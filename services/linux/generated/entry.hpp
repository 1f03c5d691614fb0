// What a generated file system (proc, sys, devpts) consists of: tables of entries, written down as constants. An entry
// says what its file is and which functions make its content; a Subject says whom it is about, so that one table serves
// all processes, or all services.
#pragma once

#include <span>
#include <string_view>

#include "services/linux/core/thread.hpp"
#include "services/linux/files/path.hpp"
#include "services/linux/files/status.hpp"
#include "services/linux/generated/text.hpp"

namespace hinge::linux_service::generated {

/// Whom an entry is about; each table says which fields it uses.
struct Subject {
  i32 process = 0;
  i32 thread = 0;
  u64 number = 0;              ///< A descriptor, a service, a pseudo-terminal.
};

struct Entry;

/// A name that was looked up in a directory whose names come and go.
struct Found {
  Entry const* entry;
  Subject subject;
  u32 owner = 0, group = 0;
};

/// Takes the names of such a directory, in order. `position` is above 2 and grows; false: stop.
class Names {
 public:
  virtual bool add(std::string_view name, FileType type, u64 position) = 0;

 protected:
  ~Names() = default;
};

struct Entry {
  std::string_view name;
  u32 mode;                    ///< Type and permissions.

  /// Regular files: the content. Fails when the subject is gone.
  Attempt<> (*read)(Thread& self, Subject const& of, Text& to) = nullptr;
  /// Regular files: takes one write, whole.
  Attempt<> (*write)(Thread& self, Subject const& of, std::string_view text) = nullptr;
  /// Symlinks: the target as text, and for links that lead to a place rather than along a text, that place.
  Attempt<> (*target)(Thread& self, Subject const& of, Text& to) = nullptr;
  Attempt<Path> (*follow)(Thread& self, Subject const& of) = nullptr;
  /// Directories: fixed entries, then the names that come and go.
  std::span<Entry const> children = {};
  Attempt<Found> (*find)(Thread& self, Subject const& of, std::string_view name) = nullptr;
  /// Names at positions above `from`.
  Attempt<> (*list)(Thread& self, Subject const& of, u64 from, Names& names) = nullptr;
  bool settled = false;        ///< What `find` finds was there from the start and stays: names are cached, and can be mounted on.
  /// Device nodes.
  u64 (*device)(Subject const& of) = nullptr;
};

inline constexpr u32 directory_mode = u32(FileType::directory) | 0555;
inline constexpr u32 file_mode = u32(FileType::regular) | 0444;
inline constexpr u32 writable_mode = u32(FileType::regular) | 0644;
inline constexpr u32 private_mode = u32(FileType::regular) | 0400;
inline constexpr u32 link_mode = u32(FileType::symlink) | 0777;

/// The decimal number that `name` is; no_entry when it is none, or has leading zeros.
Attempt<u64> number_in(std::string_view name);
/// A number as text, into a small buffer that outlives the view.
struct Digits {
  explicit Digits(u64 number);
  [[nodiscard]] std::string_view view() const { return {text + begin, sizeof text - begin}; }
  char text[20];
  usize begin;
};

}  // namespace hinge::linux_service::generated
